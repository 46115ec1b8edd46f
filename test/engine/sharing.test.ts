import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { earlierManifests, outputFiles } from "../../pipeline/engine/state/manifest.js";
import { sliceFiles, readRecordFiles } from "../../pipeline/partition/record-file.js";
import type { Example } from "../../pipeline/contract/records.js";
import { pipelineOf, runAll, temporaryFolder } from "../support/pipelines.js";

it("computes what is remembered once for all partitions and workers, what partitions share once a worker", async () => {
  const cwd = await temporaryFolder();
  const journal = join(cwd, "journal");
  const { steps, error } = await runAll(
    await pipelineOf(cwd, [
      { stage: "numbers", with: { count: 100 } },
      { stage: "share", with: { journal }, from: { examples: ["numbers"], others: ["numbers"] } },
    ]),
    { cwd, workers: 2 },
  );
  expect(error).toBeUndefined();
  expect(steps[1]).toMatchObject({ in: 100, out: 100 });
  const computed = (await readFile(journal, "utf8")).trim().split("\n");
  expect(computed.filter((line) => line.startsWith("rest")).toSorted()).toEqual(["rest 0", "rest 1", "rest 2"]);
  expect(computed.filter((line) => line === "once").length).toBeLessThanOrEqual(2);

  const [manifest] = await earlierManifests(join(cwd, ".pipeline"), "share");
  const examples: Example[] = [];
  if (manifest !== undefined)
    for await (const example of readRecordFiles<Example>(outputFiles(manifest))) examples.push(example);
  expect(examples.map(({ labels }) => labels)).toEqual(
    Array.from({ length: 100 }, (_, number) => {
      const rest = number % 3;
      return { sum: 4950, value: rest * 100, alike: rest * 100 + 45 };
    }),
  );
});

it("tells a stage that asks by the context of a partition which is over, and waits for nothing", async () => {
  const cwd = await temporaryFolder();
  const { error } = await runAll(
    await pipelineOf(cwd, [{ stage: "numbers", with: { count: 30 } }, { stage: "hoard" }]),
    { cwd, workers: 1 },
  );
  expect(error).toMatchObject({ message: expect.stringContaining("something was asked of a partition that is over") });
});

it("gives a partition its own lines alone, found without reading those before", () => {
  const file = {
    path: "records.jsonl",
    records: 1000,
    bytes: 16_000,
    sha256: "0".repeat(64),
    marks: Array.from({ length: 16 }, (_, mark) => mark * 1024),
  };
  expect(sliceFiles([file, { ...file, path: "more.jsonl" }], 960, 64)).toEqual([
    { path: "records.jsonl", offset: 15 * 1024, skip: 0, records: 40 },
    { path: "more.jsonl", offset: 0, skip: 0, records: 24 },
  ]);
  expect(sliceFiles([file], 100, 10)).toEqual([{ path: "records.jsonl", offset: 1024, skip: 36, records: 10 }]);
  expect(sliceFiles([file], 1000, 10)).toEqual([]);
});
