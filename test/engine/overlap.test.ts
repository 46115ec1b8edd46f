import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { PipelineEvent } from "../../pipeline/contract/events.js";
import type { Pipeline } from "../../pipeline/engine/config/pipeline.js";
import type { RunHandle } from "../../pipeline/engine/run/handle.js";
import { pipelineOf, runAll, startOne, temporaryFolder } from "../support/pipelines.js";

const numbers = { stage: "numbers", with: { count: 100 } };
const all = Array.from({ length: 100 }, (_, number) => `${number}\n`).join("");
const published = async (cwd: string) => await readFile(join(cwd, "data/test/numbers.txt"), "utf8");
const linesOf = async (path: string) => (await readFile(path, "utf8")).split("\n").filter(Boolean);

interface Relays {
  readonly first?: object;
  readonly second?: object;
}

/** 100 numbers that one step passes on to another; the first waits at its 60th number for what `first` says. */
async function relays({ first = {}, second = {} }: Relays = {}) {
  const cwd = await temporaryFolder();
  const [one, two] = [join(cwd, "one"), join(cwd, "two")];
  const pipeline = await pipelineOf(cwd, [
    numbers,
    { stage: "relay", id: "first", with: { journal: one, ...first } },
    { stage: "relay", id: "second", with: { journal: two, ...second } },
    { stage: "write-out" },
  ]);
  return { cwd, one, two, pipeline };
}

/** The same, where the first step does not get past its 60th number before the second has done so many. */
async function overlapping(lines: number, { first = {}, second = {} }: Relays = {}) {
  const waiting = await relays();
  const waits = { at: 60, file: waiting.two, lines };
  const pipeline = await pipelineOf(waiting.cwd, [
    numbers,
    { stage: "relay", id: "first", with: { journal: waiting.one, waits, ...first } },
    { stage: "relay", id: "second", with: { journal: waiting.two, ...second } },
    { stage: "write-out" },
  ]);
  return { ...waiting, pipeline };
}

/** All that the finished steps say of themselves, by step. */
async function manifests(cwd: string): Promise<Record<string, string>> {
  const folder = join(cwd, ".pipeline/steps");
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith("manifest.json"));
  return Object.fromEntries(
    await Promise.all(
      names.toSorted().map(async (name) => [name, await readFile(join(folder, name), "utf8")] as const),
    ),
  );
}

/** What the steps have left, without manifests and what these name. */
async function leftovers(cwd: string): Promise<string[]> {
  return (await readdir(join(cwd, ".pipeline/steps"), { recursive: true })).filter((name) => /part-\d+/u.test(name));
}

const toldOf = (events: readonly PipelineEvent[], type: "step-started" | "step-finished") =>
  events.flatMap((event) => (event.type === type ? [event.step] : []));
const indexOf = (events: readonly PipelineEvent[], type: PipelineEvent["type"], step: string) =>
  events.findIndex((event) => event.type === type && "step" in event && event.step === step);

function refusalOf(work: () => void): unknown {
  try {
    work();
    return undefined;
  } catch (error) {
    return error;
  }
}

/** Goes on when both steps have done something. */
async function bothAtWork({ events }: RunHandle): Promise<void> {
  const seen = new Set<string>();
  for await (const event of events) {
    if (event.type === "step-progress" && event.done > 0) seen.add(event.step);
    if (seen.has("first") && seen.has("second")) return;
  }
  throw new Error("the two steps were never under way at once");
}

/** What is there when the same steps have run one after the other. */
async function oneAfterTheOther({ cwd, pipeline, two }: { cwd: string; pipeline: Pipeline; two: string }) {
  await writeFile(two, "\n".repeat(100));
  for (const until of ["numbers", "first", "second", "write-out"]) await runAll(pipeline, { cwd, until });
  return { text: await published(cwd), manifests: await manifests(cwd) };
}

describe("steps that are under way at once", () => {
  it("leave what they leave one after the other: the second begins with what the first has done", async () => {
    const { cwd, pipeline, ...rest } = await overlapping(50);
    const { events, error } = await runAll(pipeline, { cwd });
    expect(error).toBeUndefined();
    expect(indexOf(events, "step-started", "second")).toBeLessThan(indexOf(events, "step-finished", "first"));
    expect(await leftovers(cwd)).toEqual([]);
    const [text, made] = [await published(cwd), await manifests(cwd)];
    expect(text).toBe(all);
    await rm(join(cwd, ".pipeline"), { recursive: true });
    await rm(join(cwd, "data"), { recursive: true });
    expect(await oneAfterTheOther({ cwd, pipeline, ...rest })).toEqual({ text, manifests: made });
    expect((await runAll(pipeline, { cwd })).steps.every(({ cached }) => cached)).toBe(true);
  });

  it("tell how far each is: of the second, what the first has passed on so far", async () => {
    const { cwd, pipeline } = await overlapping(50);
    const { events } = await runAll(pipeline, { cwd });
    const ofSecond = events.filter((event) => event.type === "step-progress" && event.step === "second");
    expect(ofSecond[0]).toMatchObject({ growing: true });
    expect(ofSecond.at(-1)).toMatchObject({ done: 100, total: 100 });
    expect(ofSecond.at(-1)).not.toHaveProperty("growing");
  });

  it("make no difference to a step that has to know how much those before it put out: it waits", async () => {
    const { cwd, pipeline, two } = await overlapping(1, { second: { looksBack: true } });
    const running = startOne(pipeline, { cwd });
    for await (const event of running.events) if (event.type === "step-started" && event.step === "second") break;
    await writeFile(two, "go on\n");
    expect(await running.done).toMatchObject({ status: "done" });
    const records = await readdir(join(cwd, ".pipeline/steps/second"), { recursive: true });
    const file = records.find((name) => /records-/u.test(name)) ?? "";
    const counted = (await linesOf(join(cwd, ".pipeline/steps/second", file))).map(
      (line) => (JSON.parse(line) as { labels: { before: unknown } }).labels.before,
    );
    expect(counted.length).toBe(100);
    expect(new Set(counted)).toEqual(new Set(["numbers 100,first 100"]));
  });

  it("leave what one of them had failed to the next run, and do no more again than follows from it", async () => {
    const flag = "down";
    const down = await overlapping(30, { first: { flag: "", fails: 35 } });
    const { cwd, one, two } = down;
    const pipeline = await pipelineOf(cwd, [
      numbers,
      {
        stage: "relay",
        id: "first",
        with: { journal: one, waits: { at: 60, file: two, lines: 30 }, flag: join(cwd, flag), fails: 35 },
      },
      { stage: "relay", id: "second", with: { journal: two } },
      { stage: "write-out" },
    ]);
    await writeFile(join(cwd, flag), "");
    const { steps, error } = await runAll(pipeline, { cwd });
    expect(error).toBeUndefined();
    expect(steps.map(({ step, failed }) => [step, failed])).toEqual([
      ["numbers", 0],
      ["first", 1],
      ["second", 0],
      ["write-out", 0],
    ]);
    expect(await published(cwd)).toBe(all.replace("35\n", ""));
    // The second began with three partitions before it was known that the first would not be what it was to be.
    expect((await linesOf(two)).toSorted()).toEqual([...new Set(await linesOf(two))].toSorted());
    await rm(join(cwd, flag));
    expect((await runAll(pipeline, { cwd })).error).toBeUndefined();
    expect(await published(cwd)).toBe(all);
    const times = (number: number, lines: readonly string[]) => lines.filter((line) => line === String(number)).length;
    const [ofFirst, ofSecond] = [await linesOf(one), await linesOf(two)];
    expect(ofFirst.length).toBe(101);
    expect([0, 29].map((number) => times(number, ofSecond))).toEqual([1, 1]);
  });

  it("end together where one of them fails, and go on from there", async () => {
    const { cwd, one, two } = await relays();
    const flag = join(cwd, "down");
    const pipeline = await pipelineOf(cwd, [
      numbers,
      {
        stage: "relay",
        id: "first",
        with: { journal: one, waits: { at: 60, file: two, lines: 20 }, flag, throws: 60 },
      },
      { stage: "relay", id: "second", with: { journal: two } },
      { stage: "write-out" },
    ]);
    await writeFile(flag, "");
    const { error } = await runAll(pipeline, { cwd });
    expect(error).toMatchObject({ code: "stage", message: expect.stringContaining("cannot bear 60") });
    const before = await linesOf(two);
    await rm(flag);
    expect((await runAll(pipeline, { cwd })).error).toBeUndefined();
    expect(await published(cwd)).toBe(all);
    // What was finished of the second is not done again.
    const again = (await linesOf(two)).slice(before.length);
    expect(again).not.toContain("0");
    expect(again.length).toBeLessThanOrEqual(90);
  });

  it("rest together while the run is paused, and then give what they give without a pause", async () => {
    const { cwd, one, two, pipeline } = await relays({ first: { delay: 4 }, second: { delay: 4 } });
    const handle = startOne(pipeline, { cwd });
    await bothAtWork(handle);
    await handle.pause();
    const begun = [await linesOf(one), await linesOf(two)];
    const other = await relays({ first: { delay: 4 } });
    await startOne(other.pipeline, { cwd: other.cwd }).done;
    expect([await linesOf(one), await linesOf(two)]).toEqual(begun);
    handle.resume();
    expect(await handle.done).toMatchObject({ status: "done" });
    expect(await published(cwd)).toBe(all);
  });

  it("stop together, and go on from there", async () => {
    const { cwd, one, pipeline } = await relays({ first: { delay: 4 }, second: { delay: 4 } });
    const handle = startOne(pipeline, { cwd });
    await bothAtWork(handle);
    await handle.stop();
    expect(await handle.done).toMatchObject({ status: "interrupted" });
    const begun = (await linesOf(one)).length;
    expect(begun).toBeLessThan(100);
    expect((await runAll(pipeline, { cwd })).error).toBeUndefined();
    expect(await published(cwd)).toBe(all);
    // Two partitions at most were half done.
    expect((await linesOf(one)).length).toBeLessThan(120);
  });

  it("leave an item out that is skipped, of the one that is named", async () => {
    const { cwd, two, pipeline } = await relays({ first: { delay: 2 }, second: { delay: 2 } });
    const handle = startOne(pipeline, { cwd, items: true });
    let skipped: string | undefined;
    let refused: unknown;
    const outcomes: string[] = [];
    for await (const event of handle.events) {
      if (event.type === "item-started" && event.step === "second" && skipped === undefined) {
        skipped = event.item;
        refused = refusalOf(() => handle.skip(event.item, "write-out"));
        handle.skip(event.item, "second");
      }
      if (event.type === "item-finished" && event.item === skipped) outcomes.push(`${event.step} ${event.outcome}`);
      if (event.type === "notice") throw new Error(event.message);
    }
    expect(outcomes).toEqual(["second skipped"]);
    expect(refused).toMatchObject({ message: expect.stringMatching(/step "write-out" does not run/u) });
    const { steps } = await handle.done;
    expect(steps.map(({ step, failed }) => `${step} ${failed}`)).toContain("second 1");
    expect((await runAll(pipeline, { cwd })).error).toBeUndefined();
    expect(await published(cwd)).toBe(all);
    expect(new Set(await linesOf(two)).size).toBe(100);
  });

  it("begin nothing more where a budget is used up: what is in hand ends, and each run goes on", async () => {
    const { cwd, one, pipeline } = await relays();
    const steps = pipeline.steps.map((step) => (step.id === "first" ? { ...step, budget: { items: 40 } } : step));
    const bounded = { ...pipeline, steps };
    for (const done of [40, 80]) {
      const { error, events } = await runAll(bounded, { cwd });
      expect(error).toMatchObject({ code: "budget" });
      expect(toldOf(events, "step-finished")).toEqual(["numbers"]);
      expect((await linesOf(one)).length).toBe(done);
    }
    expect((await runAll(bounded, { cwd })).error).toBeUndefined();
    expect((await linesOf(one)).length).toBe(100);
    expect(await published(cwd)).toBe(all);
  });

  it("may be joined in any order, and a step that sees everything waits for all of them", async () => {
    const { cwd, one, two } = await relays();
    const pipeline = await pipelineOf(cwd, [
      { stage: "numbers", with: { count: 45 } },
      { stage: "relay", id: "first", with: { journal: one, waits: { at: 40, file: two, lines: 40 } } },
      { stage: "relay", id: "second", from: ["numbers", "first"], with: { journal: two } },
      { stage: "write-out" },
    ]);
    const { events, error } = await runAll(pipeline, { cwd });
    expect(error).toBeUndefined();
    expect(toldOf(events, "step-started")).toEqual(["numbers", "first", "second", "write-out"]);
    expect(indexOf(events, "step-started", "second")).toBeLessThan(indexOf(events, "step-finished", "first"));
    const made = await manifests(cwd);
    await rm(join(cwd, ".pipeline"), { recursive: true });
    expect((await oneAfterTheOther({ cwd, pipeline, two })).manifests).toEqual(made);
  });
});
