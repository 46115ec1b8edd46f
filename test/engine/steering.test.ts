import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { PipelineEvent } from "../../pipeline/contract/events.js";
import type { RunHandle } from "../../pipeline/engine/run/handle.js";
import { pipelineOf, runAll, startOne, temporaryFolder } from "../support/pipelines.js";

const numbers = { stage: "numbers", with: { count: 300 } };
const linesOf = async (path: string) => (await readFile(path, "utf8")).split("\n").filter(Boolean);
const published = async (cwd: string) => await readFile(join(cwd, "data/test/numbers.txt"), "utf8");
const oddNumbers = Array.from({ length: 150 }, (_, index) => `${2 * index + 1}\n`).join("");

/** A run that takes a moment over each of 300 numbers, and notes those that it has begun. */
async function slowRun(options: { workers?: number } = {}) {
  const cwd = await temporaryFolder();
  const journal = join(cwd, "journal");
  const pipeline = await pipelineOf(cwd, [
    numbers,
    { stage: "keep-odd", with: { journal, delay: 2 } },
    { stage: "write-out" },
  ]);
  return { cwd, journal, pipeline, handle: startOne(pipeline, { cwd, ...options }) };
}

/** Goes on when the run has told of the first event that is meant. */
async function heard<T extends PipelineEvent["type"]>(
  { events }: RunHandle,
  type: T,
  isMeant: (event: Extract<PipelineEvent, { type: T }>) => boolean = () => true,
): Promise<void> {
  for await (const event of events)
    if (event.type === type && isMeant(event as Extract<PipelineEvent, { type: T }>)) return;
  throw new Error(`the run ended without ${type}`);
}

const isAtWork = async (handle: RunHandle) =>
  await heard(handle, "step-progress", ({ step, done }) => step === "keep-odd" && done > 0);

describe("a run that was started", () => {
  it("answers what it came to, and tells every listener, also one that comes late", async () => {
    const cwd = await temporaryFolder();
    const handle = startOne(await pipelineOf(cwd, [numbers, { stage: "keep-odd" }, { stage: "write-out" }]), { cwd });
    const types = async () => {
      const told: string[] = [];
      for await (const { type } of handle.events) if (type !== "step-progress") told.push(type);
      return told;
    };
    const [one, other] = await Promise.all([types(), types()]);
    const step = ["step-started", "step-finished"];
    expect(one).toEqual(["run-started", ...step, ...step, ...step, "run-finished"]);
    expect(other).toEqual(one);
    expect(await types()).toEqual(one);
    expect(await handle.done).toMatchObject({
      status: "done",
      outputs: "data/test",
      nothingToDo: false,
      steps: [{ step: "numbers" }, { step: "keep-odd", out: 150 }, { step: "write-out" }],
    });
    expect(await published(cwd)).toBe(oddNumbers);
  });

  it("rejects where it fails, with what is wrong", async () => {
    const cwd = await temporaryFolder();
    const handle = startOne(await pipelineOf(cwd, [numbers, { stage: "keep-odd", with: { failAt: 8 } }]), { cwd });
    await expect(handle.done).rejects.toMatchObject({
      code: "stage",
      message: expect.stringContaining("cannot bear 8"),
    });
  });

  it("stops at once, says how far it came, and goes on from there next time", async () => {
    const { cwd, journal, pipeline, handle } = await slowRun();
    await isAtWork(handle);
    await handle.stop();
    expect(await handle.done).toMatchObject({ status: "interrupted", steps: [{ step: "numbers" }] });
    const begun = await linesOf(journal);
    expect(begun.length).toBeLessThan(300);
    expect((await runAll(pipeline, { cwd })).error).toBeUndefined();
    expect(await published(cwd)).toBe(oddNumbers);
  });

  it("begins nothing while it is paused, and then gives what it gives without a pause", async () => {
    const { cwd, journal, handle } = await slowRun();
    await isAtWork(handle);
    await handle.pause();
    const begun = await linesOf(journal);
    expect(begun.length).toBeLessThan(300);
    // Time for a run of the same size.
    const other = await slowRun();
    await other.handle.done;
    expect(await linesOf(journal)).toEqual(begun);
    handle.resume();
    expect(await handle.done).toMatchObject({ status: "done" });
    expect((await linesOf(journal)).length).toBe(300);
    expect(await published(cwd)).toBe(oddNumbers);
  });

  it("begins no step while it is paused, tells of it, and is paused again as often as it is wanted", async () => {
    const cwd = await temporaryFolder();
    const handle = startOne(await pipelineOf(cwd, [numbers, { stage: "keep-odd" }, { stage: "write-out" }]), { cwd });
    const told: string[] = [];
    const listening = (async () => {
      for await (const { type } of handle.events) told.push(type);
    })();
    await handle.pause();
    await handle.pause();
    handle.resume();
    await handle.pause();
    handle.resume();
    handle.resume();
    expect(await handle.done).toMatchObject({ status: "done" });
    await listening;
    expect(told.slice(0, 6)).toEqual([
      "run-pausing",
      "run-started",
      "run-paused",
      "run-resumed",
      "run-pausing",
      "run-paused",
    ]);
    expect(told.indexOf("step-started")).toBeGreaterThan(3);
    expect(await published(cwd)).toBe(oddNumbers);
  });

  it("stops while it is paused", async () => {
    const { cwd, pipeline, handle } = await slowRun({ workers: 1 });
    await isAtWork(handle);
    await handle.pause();
    await handle.stop();
    expect(await handle.done).toMatchObject({ status: "interrupted" });
    await runAll(pipeline, { cwd });
    expect(await published(cwd)).toBe(oddNumbers);
  });
});
