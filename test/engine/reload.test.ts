import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { PipelineEvent } from "../../pipeline/contract/events.js";
import type * as Library from "../../pipeline/index.js";
import type { RunHandle } from "../../pipeline/engine/run/handle.js";
import { packageRoot } from "../../pipeline/system/paths.js";
import { temporaryFolder } from "../support/pipelines.js";

// The library as a program has it: a stage of one's own that names files finds its schemas there.
const { loadPipeline, startRun } = (await import(join(packageRoot, "dist/pipeline/index.js"))) as typeof Library;
const stage = (name: string) => join(packageRoot, `test/support/stages/${name}.mjs`);

const published = async (cwd: string) => await readFile(join(cwd, "data/test/numbers.txt"), "utf8");
const manifestOf = async (cwd: string) => await readFile(join(cwd, "data/test/manifest.json"), "utf8");
const said = (word: string) => Array.from({ length: 60 }, (_, number) => `${word} ${number}\n`).join("");

/** Two steps put a word before 60 numbers, each as a file of its own says. */
async function sayingPipeline(delay = 5, { limit }: { readonly limit?: number } = {}) {
  const cwd = await temporaryFolder();
  const journal = join(cwd, "journal");
  const write = async (file: string, word: string) => await writeFile(join(cwd, file), `word: ${word}\n`);
  await write("first.yaml", "one");
  await write("second.yaml", "two");
  const limited = limit === undefined ? "" : `, limit: ${limit}`;
  await writeFile(
    join(cwd, "test.yaml"),
    `name: test
seed: 1
steps:
  - { stage: ${stage("numbers")}, with: { count: 60 } }
  - { stage: ${stage("say")}, id: first, with: { words: first.yaml, journal: ${journal}, delay: ${delay} } }
  - { stage: ${stage("say")}, id: second, with: { words: second.yaml, journal: ${journal}, delay: ${delay}${limited} } }
  - { stage: ${stage("write-out")} }
`,
  );
  const pipeline = await loadPipeline("test.yaml", { cwd });
  const start = (workers = 2) => startRun(pipeline, { cwd, cacheDir: join(cwd, "cache"), sandbox: "none", workers });
  return { cwd, journal, write, start };
}

/** Does something once, when the run tells of what is meant; answers all events. */
async function once(
  handle: RunHandle,
  isMeant: (event: PipelineEvent) => boolean,
  work: () => Promise<void>,
): Promise<PipelineEvent[]> {
  const events: PipelineEvent[] = [];
  let done = false;
  for await (const event of handle.events) {
    events.push(event);
    if (done || !isMeant(event)) continue;
    done = true;
    await work();
  }
  await handle.done;
  return events;
}

const isAtWork = (step: string) => (event: PipelineEvent) =>
  event.type === "step-progress" && event.step === step && event.done > 5;
const stepsStarted = (events: readonly PipelineEvent[]) =>
  events.flatMap((event) => (event.type === "step-started" ? [event.step] : []));

/** What a run leaves that begins with these files. */
async function fromTheBeginning(first: string, second: string) {
  const { cwd, write, start } = await sayingPipeline(0);
  await write("first.yaml", first);
  await write("second.yaml", second);
  await start().done;
  return { text: await published(cwd), manifest: JSON.parse(await manifestOf(cwd)) as { files: unknown } };
}

describe("a file that is read anew while the run goes on", () => {
  it("is what the step that runs goes by, all of it; outputs are those of a run that began with it", async () => {
    const { cwd, journal, write, start } = await sayingPipeline();
    const handle = start(1);
    const events = await once(handle, isAtWork("second"), async () => {
      await write("second.yaml", "three");
      expect(await handle.reload("second.yaml")).toEqual(["second"]);
    });
    expect(await handle.done).toMatchObject({ status: "done" });
    expect(stepsStarted(events)).toEqual(["numbers", "first", "second", "second", "write-out"]);
    expect(events.filter(({ type }) => type === "step-finished").length).toBe(4);
    expect(events).toContainEqual({ type: "reloaded", file: "second.yaml", steps: ["second"] });
    expect(await published(cwd)).toBe(said("three one"));
    const expected = await fromTheBeginning("one", "three");
    expect(expected.text).toBe(await published(cwd));
    expect((JSON.parse(await manifestOf(cwd)) as { files: unknown }).files).toEqual(expected.manifest.files);
    const old = (await readFile(journal, "utf8")).split("\n").filter((line) => line.startsWith("two"));
    expect(old.length).toBeLessThan(60);
    // The next run finds nothing to do: what the manifests say is what was done.
    expect(await start().done).toMatchObject({ nothingToDo: true });
  });

  it("takes the run back where a step has finished with the old one", async () => {
    const { cwd, write, start } = await sayingPipeline();
    const handle = start();
    const events = await once(handle, isAtWork("second"), async () => {
      await write("first.yaml", "zero");
      expect(await handle.reload(join(cwd, "first.yaml"))).toEqual(["first"]);
    });
    expect(stepsStarted(events)).toEqual(["numbers", "first", "second", "first", "second", "write-out"]);
    expect(await published(cwd)).toBe(said("two zero"));
  });

  it("leaves the step alone that feeds the one that it changes: that begins anew, and this goes on", async () => {
    const { cwd, journal, write, start } = await sayingPipeline();
    const handle = start();
    const events = await once(handle, isAtWork("second"), async () => {
      await write("second.yaml", "three");
      await handle.reload("second.yaml");
    });
    expect(stepsStarted(events)).toEqual(["numbers", "first", "second", "second", "write-out"]);
    expect(await published(cwd)).toBe(said("three one"));
    const ofFirst = (await readFile(journal, "utf8")).split("\n").filter((line) => line.startsWith("one"));
    expect(ofFirst.length).toBe(60);
  });

  it("waits for a step that has not begun, while the one that runs goes on", async () => {
    // Which records a limit takes is known when all are there.
    const { cwd, write, start } = await sayingPipeline(5, { limit: 60 });
    const handle = start();
    const events = await once(handle, isAtWork("first"), async () => {
      await write("second.yaml", "three");
      await handle.reload("second.yaml");
    });
    expect(stepsStarted(events)).toEqual(["numbers", "first", "second", "write-out"]);
    expect(await published(cwd)).toBe(said("three one"));
  });

  it("changes nothing where it says what it said, and is refused where it is wrong or nobody names it", async () => {
    const { cwd, start } = await sayingPipeline();
    const handle = start();
    const events = await once(handle, isAtWork("first"), async () => {
      expect(await handle.reload("first.yaml")).toEqual([]);
      await writeFile(join(cwd, "second.yaml"), "wrod: two\n");
      await expect(handle.reload("second.yaml")).rejects.toMatchObject({
        locations: [{ file: join(cwd, "second.yaml"), line: 1 }],
      });
      await expect(handle.reload("secnod.yaml")).rejects.toMatchObject({
        code: "reference",
        message: 'no option of this pipeline names the file "secnod.yaml"',
        hint: expect.stringContaining("second.yaml"),
      });
    });
    expect(stepsStarted(events)).toEqual(["numbers", "first", "second", "write-out"]);
    expect(await published(cwd)).toBe(said("two one"));
    await expect(handle.reload("first.yaml")).rejects.toMatchObject({ code: "usage" });
  });

  it("can be read anew while the run is paused", async () => {
    const { cwd, write, start } = await sayingPipeline();
    const handle = start(1);
    await once(handle, isAtWork("second"), async () => {
      await handle.pause();
      await write("second.yaml", "three");
      await handle.reload("second.yaml");
      handle.resume();
    });
    expect(await published(cwd)).toBe(said("three one"));
  });
});
