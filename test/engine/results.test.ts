import { existsSync } from "node:fs";
import { mkdir, readdir, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseByteSize } from "../../pipeline/system/byte-size.js";
import { listResults, pruneResults, removeResult } from "../../pipeline/engine/state/results.js";
import type { Pipeline } from "../../pipeline/engine/config/pipeline.js";
import { pipelineOf, runAll, temporaryFolder } from "../support/pipelines.js";

const named = async (cwd: string, name: string, count: number): Promise<Pipeline> => ({
  ...(await pipelineOf(cwd, [{ stage: "numbers", with: { count } }, { stage: "write-out" }])),
  name,
});

describe("results of steps", () => {
  it("are kept however many other pipelines run steps of the same name", async () => {
    const cwd = await temporaryFolder();
    await runAll(await named(cwd, "mine", 10), { cwd });
    for (const count of [11, 12, 13, 14]) await runAll(await named(cwd, "another", count), { cwd });
    const { events } = await runAll(await named(cwd, "mine", 10), { cwd });
    expect(events.at(-1)).toMatchObject({ status: "done", nothingToDo: true });
  });

  it("go when all together are too large: the longest unused first, none of the pipeline that runs", async () => {
    const cwd = await temporaryFolder();
    for (const count of [10, 11, 12]) await runAll(await named(cwd, "another", count), { cwd });
    // Used again, though not made again: it is the newest then.
    await runAll(await named(cwd, "another", 10), { cwd });
    const before = await listResults(join(cwd, ".pipeline"));
    expect(before).toHaveLength(6);
    const oneRun = before.reduce((sum, { bytes }) => sum + bytes, 0) / 3;

    await runAll(await named(cwd, "mine", 13), { cwd, keepBytes: oneRun * 2.5 });
    const cached = async (count: number) =>
      (await runAll(await named(cwd, "another", count), { cwd, keepBytes: 1e9 })).steps.map((step) => step.cached);
    expect(await cached(10)).toEqual([true, true]);
    expect(await cached(11)).toEqual([false, false]);

    const { error } = await runAll(await named(cwd, "mine", 14), { cwd, keepBytes: 0 });
    expect(error).toBeUndefined();
    expect((await listResults(join(cwd, ".pipeline"))).map(({ step }) => step).toSorted()).toEqual([
      "numbers",
      "write-out",
    ]);
  });

  it("that a failed run left go, too", async () => {
    const cwd = await temporaryFolder();
    await runAll(await named(cwd, "another", 10), { cwd });
    const failing = await pipelineOf(cwd, [
      { stage: "numbers", with: { count: 300 } },
      { stage: "keep-odd", with: { failAt: 250 } },
    ]);
    expect((await runAll(failing, { cwd, keepBytes: 0 })).error).toMatchObject({ code: "stage" });
    expect((await listResults(join(cwd, ".pipeline"))).map(({ step }) => step).toSorted()).toEqual([
      "keep-odd",
      "numbers",
    ]);
  });

  it("go whole: what a kill left of one that was being removed goes with the next", async () => {
    const stateDir = await temporaryFolder();
    const result = async (name: string, seen: number) => {
      const folder = join(stateDir, "steps/numbers", name);
      await mkdir(folder, { recursive: true });
      await writeFile(join(folder, "part-00000.json"), "x".repeat(100));
      await utimes(folder, seen, seen);
      return folder;
    };
    const [old, young] = [await result("old", 1000), await result("young", 2000)];
    await mkdir(join(stateDir, "removed/half"), { recursive: true });
    await pruneResults(stateDir, { keep: 150, inUse: new Set() });
    expect([existsSync(old), existsSync(young)]).toEqual([false, true]);
    expect(await readdir(stateDir)).toEqual(["steps"]);
    await removeResult(stateDir, young);
    await removeResult(stateDir, young);
    expect(await listResults(stateDir)).toEqual([]);
  });
});

it.each([
  ["10GB", 10e9],
  ["500 mb", 500e6],
  ["1.5GiB", 1.5 * 2 ** 30],
  ["2g", 2e9],
  ["1000", 1000],
  ["0", 0],
  ["ten", null],
  ["-1GB", null],
  ["10XB", null],
  ["", null],
])("reads the size %s", (text, bytes) => {
  expect(parseByteSize(text)).toBe(bytes);
});
