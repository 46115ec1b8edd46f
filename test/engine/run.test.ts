import { readdir, readFile, rm } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { RunLock } from "../../pipeline/engine/run/run-lock.js";
import { Store } from "../../pipeline/engine/state/store.js";
import { pipelineOf, runAll, temporaryFolder } from "../support/pipelines.js";

const numbers = { stage: "numbers", with: { count: 300 } };
const output = (cwd: string) => readFile(join(cwd, "data/test/numbers.txt"), "utf8");
const oddNumbers = (count: number) =>
  Array.from({ length: count }, (_, number) => number)
    .filter((number) => number % 2 === 1)
    .map((number) => `${number}\n`)
    .join("");

describe("a run", () => {
  it("accounts for every input, keeps their order and publishes the outputs", async () => {
    const cwd = await temporaryFolder();
    const { steps, error } = await runAll(
      await pipelineOf(cwd, [numbers, { stage: "keep-odd" }, { stage: "write-out" }]),
      { cwd },
    );
    expect(error).toBeUndefined();
    expect(steps).toMatchObject([
      { step: "numbers", in: 0, out: 300 },
      { step: "keep-odd", in: 300, out: 150, dropped: 150, skipped: 0, failed: 0 },
      { step: "write-out", in: 150, out: 1 },
    ]);
    expect(await output(cwd)).toBe(oddNumbers(300));
  });

  it("gives the same bytes with one worker and with three", async () => {
    const results = await Promise.all(
      [1, 3].map(async (workers) => {
        const cwd = await temporaryFolder();
        await runAll(await pipelineOf(cwd, [numbers, { stage: "keep-odd" }, { stage: "write-out" }]), { cwd, workers });
        return [await output(cwd), await readFile(join(cwd, "data/test/manifest.json"), "utf8")];
      }),
    );
    expect(results[0]).toEqual(results[1]);
  });

  it("does nothing when everything is finished", async () => {
    const cwd = await temporaryFolder();
    const pipeline = await pipelineOf(cwd, [numbers, { stage: "keep-odd" }, { stage: "write-out" }]);
    await runAll(pipeline, { cwd });
    const { events, steps } = await runAll(pipeline, { cwd });
    expect(steps.every(({ cached }) => cached)).toBe(true);
    expect(events.at(-1)).toMatchObject({ type: "run-finished", status: "done", nothingToDo: true });
  });

  it("brings outputs back that were deleted, and removes those that it no longer makes", async () => {
    const cwd = await temporaryFolder();
    const pipeline = await pipelineOf(cwd, [numbers, { stage: "write-out" }]);
    await runAll(pipeline, { cwd });
    await rm(join(cwd, "data/test/numbers.txt"));
    await runAll(pipeline, { cwd });
    expect((await output(cwd)).length).toBeGreaterThan(0);
    await runAll(await pipelineOf(cwd, [numbers, { stage: "write-out", with: { file: "other.txt" } }]), { cwd });
    expect((await readdir(join(cwd, "data/test"))).toSorted()).toEqual(["manifest.json", "other.txt"]);
  });

  it("runs again only what a changed option touches, and computes only what is new under a larger limit", async () => {
    const cwd = await temporaryFolder();
    const journal = join(cwd, "journal");
    const withLimit = (limit: number) =>
      pipelineOf(cwd, [numbers, { stage: "keep-odd", with: { journal }, limit }, { stage: "write-out" }]);
    await runAll(await withLimit(20), { cwd });
    const { steps } = await runAll(await withLimit(50), { cwd });
    expect(steps.map(({ step, cached }) => [step, cached])).toEqual([
      ["numbers", true],
      ["keep-odd", false],
      ["write-out", false],
    ]);
    expect(steps[1]).toMatchObject({ in: 300, skipped: 250 });
    const computed = (await readFile(journal, "utf8")).trim().split("\n");
    expect(computed.length).toBe(50);
    expect(new Set(computed).size).toBe(50);
  });

  it("goes on where a failed run stopped", async () => {
    const cwd = await temporaryFolder();
    const journal = join(cwd, "journal");
    const steps = (failAt?: number) =>
      pipelineOf(cwd, [
        numbers,
        { stage: "keep-odd", with: { journal, ...(failAt !== undefined && { failAt }) } },
        { stage: "write-out" },
      ]);
    const failed = await runAll(await steps(250), { cwd });
    expect(failed.error).toMatchObject({
      code: "stage",
      message: expect.stringContaining("cannot bear 250"),
      locations: [{ line: 28 }],
    });
    expect(failed.events.at(-1)).toMatchObject({ type: "run-finished", status: "failed" });
    expect((await runAll(await steps(), { cwd })).error).toBeUndefined();
    expect(await output(cwd)).toBe(oddNumbers(300));
    const computed = (await readFile(journal, "utf8")).trim().split("\n");
    const inFlight = Math.max(availableParallelism(), 2);
    expect(new Set(computed).size).toBe(300);
    expect(computed.length, "only what was in flight is computed again").toBeLessThanOrEqual(300 + inFlight);
  });

  it("stops when it is told to, and says so", async () => {
    const cwd = await temporaryFolder();
    const pipeline = await pipelineOf(cwd, [
      numbers,
      { stage: "keep-odd", with: { delay: 2 } },
      { stage: "write-out" },
    ]);
    const stop = new AbortController();
    const { events, error } = await runAll(pipeline, { cwd, signal: stop.signal }, (event) => {
      if (event.type === "step-progress" && event.step === "keep-odd" && event.done > 0) stop.abort();
    });
    expect(error).toMatchObject({ code: "interrupted", exitCode: 130 });
    expect(events.at(-1)).toMatchObject({ type: "run-finished", status: "interrupted" });
    await runAll(pipeline, { cwd });
    expect(await output(cwd)).toBe(oddNumbers(300));
  });

  it("refuses a stage that loses an input", async () => {
    const cwd = await temporaryFolder();
    const { error } = await runAll(await pipelineOf(cwd, [numbers, { stage: "keep-odd", with: { lose: 7 } }]), { cwd });
    expect(error).toMatchObject({ code: "stage", message: expect.stringContaining("lost 1 of its inputs") });
  });

  it("joins inputs in the order written, and takes a record that comes twice once", async () => {
    const cwd = await temporaryFolder();
    const { steps } = await runAll(
      await pipelineOf(cwd, [
        { stage: "numbers", id: "few", with: { count: 4 } },
        { stage: "numbers", id: "other", with: { count: 4, prompt: "Say another" } },
        { ...numbers, with: { count: 6 } },
        { stage: "write-out", from: ["other", "few", "numbers"] },
      ]),
      { cwd },
    );
    expect(steps.at(-1)).toMatchObject({ step: "write-out", in: 10 });
    expect(await output(cwd)).toBe([0, 1, 2, 3, 0, 1, 2, 3, 4, 5].map((number) => `${number}\n`).join(""));
  });

  it("runs again from a step, up to a step, a step alone, or everything", async () => {
    const cwd = await temporaryFolder();
    const pipeline = await pipelineOf(cwd, [numbers, { stage: "keep-odd" }, { stage: "write-out" }]);
    const ran = async (options: object) =>
      (await runAll(pipeline, { cwd, ...options })).steps.filter(({ cached }) => !cached).map(({ step }) => step);
    expect(await ran({ until: "keep-odd" })).toEqual(["numbers", "keep-odd"]);
    expect(await ran({ from: "keep-odd" })).toEqual(["keep-odd", "write-out"]);
    expect(await ran({ only: "write-out" })).toEqual(["write-out"]);
    expect(await ran({ fresh: true })).toEqual(["numbers", "keep-odd", "write-out"]);
    expect((await runAll(pipeline, { cwd, only: "nonsuch" })).error).toMatchObject({ code: "usage" });
  });

  it("is refused while another run is at work, with that run's id", async () => {
    const cwd = await temporaryFolder();
    const lock = RunLock.acquire(join(cwd, ".pipeline"));
    const store = Store.open(join(cwd, ".pipeline"));
    store.startRun({
      run: "the-first",
      pipeline: "test",
      file: "test.yaml",
      started: "2026-01-01T00:00:00Z",
      command: null,
    });
    store.close();
    const { error } = await runAll(await pipelineOf(cwd, [numbers]), { cwd });
    expect(error).toMatchObject({ code: "locked", message: expect.stringContaining("the-first") });
    lock.release();
    expect((await runAll(await pipelineOf(cwd, [numbers]), { cwd })).error).toBeUndefined();
  });
});
