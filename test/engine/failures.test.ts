import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { pipelineOf, runAll, temporaryFolder } from "../support/pipelines.js";

const numbers = { stage: "numbers", with: { count: 100 } };
const published = async (cwd: string) => await readFile(join(cwd, "data/test/numbers.txt"), "utf8");

/** A folder with a pipeline whose second step fails every `every`-th input while `flag` exists. */
async function failingPipeline({ every = 7, throwAt }: { every?: number; throwAt?: number } = {}) {
  const cwd = await temporaryFolder();
  const flag = join(cwd, "flag");
  const journal = join(cwd, "journal");
  await writeFile(flag, "");
  await writeFile(journal, "");
  const options = { flag, every, journal, ...(throwAt !== undefined && { throwAt }) };
  const pipeline = await pipelineOf(cwd, [numbers, { stage: "fail-while", with: options }, { stage: "write-out" }]);
  return {
    cwd,
    flag,
    run: async (rest: Partial<Parameters<typeof runAll>[1]> = {}) => {
      await writeFile(journal, "");
      const result = await runAll(pipeline, { cwd, ...rest });
      return {
        ...result,
        taken: (await readFile(journal, "utf8"))
          .split("\n")
          .filter(Boolean)
          .map(Number)
          .toSorted((a, b) => a - b),
      };
    },
  };
}

/** What a run gives in which nothing ever failed. */
async function withoutFailures(): Promise<string> {
  const { cwd, flag, run } = await failingPipeline();
  await rm(flag);
  await run();
  return await published(cwd);
}

const multiplesOf7 = Array.from({ length: 15 }, (_, index) => index * 7);

describe("inputs that failed because something around them broke", () => {
  it("run again in the next run, those alone, and leave what a run without failures leaves", async () => {
    const { cwd, flag, run } = await failingPipeline();
    const first = await run();
    expect(first.error).toBeUndefined();
    expect(first.steps[1]).toMatchObject({ cached: false, in: 100, failed: 15, dropped: 17, out: 136 });
    const incomplete = await published(cwd);
    await rm(flag);

    const second = await run();
    expect(second.taken).toEqual(multiplesOf7);
    expect(second.steps).toMatchObject([
      { cached: true },
      { cached: false, in: 100, failed: 0, dropped: 20, out: 160 },
      { cached: false, in: 160 },
    ]);
    expect(await published(cwd)).not.toBe(incomplete);
    expect(await published(cwd)).toBe(await withoutFailures());
    expect((await run()).events.at(-1)).toMatchObject({ nothingToDo: true });
  });

  it("run again as often as they fail, and what reads the step stays while it gives the same", async () => {
    const { flag, run } = await failingPipeline();
    await run();
    const second = await run();
    expect(second.taken).toEqual(multiplesOf7);
    expect(second.steps).toMatchObject([{ cached: true }, { cached: false, failed: 15, out: 136 }, { cached: true }]);
    await rm(flag);
    expect((await run()).taken).toEqual(multiplesOf7);
    expect((await run()).taken).toEqual([]);
  });

  it("are left out for good with acceptFailures", async () => {
    const { run } = await failingPipeline();
    await run();
    const { taken, events } = await run({ acceptFailures: true });
    expect(taken).toEqual([]);
    expect(events.at(-1)).toMatchObject({ status: "done", nothingToDo: true });
  });

  it("are not taken twice when the run that takes them again is stopped and goes on", async () => {
    const { cwd, flag, run } = await failingPipeline({ throwAt: 98 });
    await run();
    await rm(flag);
    await writeFile(`${flag}.throw`, "");
    expect((await run({ workers: 1 })).error).toMatchObject({ code: "stage" });
    await rm(`${flag}.throw`);
    expect((await run()).taken).toEqual([98]);
    expect(await published(cwd)).toBe(await withoutFailures());
  });

  it("stop the run where all of them failed, and the outputs of the run before stay", async () => {
    const { cwd, flag, run } = await failingPipeline({ every: 1 });
    await rm(flag);
    await run();
    const before = await published(cwd);
    await writeFile(flag, "");
    const { error } = await run({ from: "fail-while" });
    expect(error).toMatchObject({
      code: "all-failed",
      message: expect.stringMatching(/all 100 inputs of step "fail-while" failed: flag up: the endpoint is down/u),
      hint: expect.stringMatching(/^start the endpoint\nsee why: pipeline failures/u),
    });
    expect(await published(cwd)).toBe(before);
    expect((await run({ acceptFailures: true })).error).toBeUndefined();
    await rm(flag);
    expect((await run()).taken.length).toBe(100);
    expect(await published(cwd)).toBe(before);
  });

  it("do not keep a step that reads them from running alone", async () => {
    const { run } = await failingPipeline();
    await run({ until: "fail-while" });
    const { error, steps } = await run({ only: "write-out" });
    expect(error).toBeUndefined();
    expect(steps).toMatchObject([{ step: "write-out", in: 136 }]);
  });
});
