import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { pipelineOf, runAll, temporaryFolder } from "../support/pipelines.js";

const steps = [{ stage: "numbers", with: { count: 200 } }, { stage: "keep-odd" }, { stage: "write-out" }];

async function finishedRun() {
  const cwd = await temporaryFolder();
  const pipeline = await pipelineOf(cwd, steps);
  await runAll(pipeline, { cwd });
  const folder = join(cwd, ".pipeline/steps/keep-odd");
  const [result = ""] = await readdir(folder);
  const inFolder = async (start: string) =>
    (await readdir(join(folder, result))).find((name) => name.startsWith(start)) ?? "";
  return {
    cwd,
    place: join(folder, result),
    inFolder,
    output: async () => await readFile(join(cwd, "data/test/numbers.txt"), "utf8"),
    again: () => runAll(pipeline, { cwd }),
  };
}

describe("what a step left", () => {
  it.each([
    [
      "an edited records file",
      async (place: string, find: (start: string) => Promise<string>) => {
        const path = join(place, await find("records-"));
        await writeFile(path, (await readFile(path, "utf8")).replaceAll('"response":"1"', '"response":"9"'));
      },
      "was changed since it was written",
    ],
    [
      "a deleted records file",
      async (place: string, find: (start: string) => Promise<string>) => await rm(join(place, await find("records-"))),
      "is missing",
    ],
    [
      "a deleted file of what was left out",
      async (place: string, find: (start: string) => Promise<string>) => await rm(join(place, await find("left-"))),
      "is missing",
    ],
    [
      "half a manifest",
      async (place: string) => {
        const text = await readFile(join(place, "manifest.json"), "utf8");
        await writeFile(join(place, "manifest.json"), text.slice(0, text.length / 2));
      },
      "manifest.json is not what a finished step leaves",
    ],
    [
      "a manifest whose records lie elsewhere",
      async (place: string) => {
        const manifest = JSON.parse(await readFile(join(place, "manifest.json"), "utf8")) as {
          records: { path: string };
        };
        await writeFile(
          join(place, "manifest.json"),
          JSON.stringify({ ...manifest, records: { ...manifest.records, path: "../../precious.jsonl" } }),
        );
      },
      "manifest.json is not what a finished step leaves",
    ],
  ])("is checked: %s is said in a sentence, and its step runs again", async (_, damage, said) => {
    const { place, inFolder, output, again } = await finishedRun();
    const before = await output();
    await damage(place, inFolder);
    const { events, steps: ran, error } = await again();
    expect(error).toBeUndefined();
    expect(ran.map(({ step, cached }) => [step, cached])).toEqual([
      ["numbers", true],
      ["keep-odd", false],
      ["write-out", true],
    ]);
    expect(events).toContainEqual({
      type: "notice",
      level: "warning",
      message: expect.stringMatching(new RegExp(`^the result of step "keep-odd" is damaged: .*${said}`, "u")),
    });
    expect(await output()).toBe(before);
  });

  it("is one file of records and one of what was left out, whatever the number of partitions", async () => {
    const { place } = await finishedRun();
    expect((await readdir(place)).map((name) => name.replace(/[0-9a-f]{16}/u, "…")).toSorted()).toEqual([
      "left-….jsonl",
      "manifest.json",
      "records-….jsonl",
    ]);
  });

  it("of a partition is compared with its receipt before a stopped run goes on", async () => {
    const cwd = await temporaryFolder();
    const journal = join(cwd, "journal");
    const withFailure = (failAt?: number) =>
      pipelineOf(cwd, [
        { stage: "numbers", with: { count: 100 } },
        { stage: "fail-while", with: { flag: join(cwd, "flag"), journal, throwAt: failAt } },
        { stage: "write-out" },
      ]);
    await writeFile(join(cwd, "flag.throw"), "");
    const failed = await runAll(await withFailure(50), { cwd, workers: 1 });
    expect(failed.error).toBeDefined();
    const [result = ""] = await readdir(join(cwd, ".pipeline/steps/fail-while"));
    const part = join(cwd, ".pipeline/steps/fail-while", result, "part-00001.jsonl");
    await writeFile(part, (await readFile(part, "utf8")).replaceAll('"copy":1', '"copy":7'));
    await rm(join(cwd, "flag.throw"));
    await writeFile(journal, "");
    expect((await runAll(await withFailure(50), { cwd, workers: 1 })).error).toBeUndefined();
    const taken = (await readFile(journal, "utf8")).trim().split("\n").map(Number);
    expect(taken.toSorted((a, b) => a - b)).toEqual([...range(16, 32), ...range(48, 100)]);
  });
});

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}
