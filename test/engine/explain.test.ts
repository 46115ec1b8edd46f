import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import type { Pipeline } from "../../pipeline/engine/config/pipeline.js";
import { traceRecord } from "../../pipeline/engine/plan/explain.js";
import { earlierManifests, outputFiles } from "../../pipeline/engine/state/manifest.js";
import { resultsOfStep } from "../../pipeline/engine/state/pipeline-results.js";
import { Store } from "../../pipeline/engine/state/store.js";
import { plan } from "../../pipeline/index.js";
import { readRecordFiles } from "../../pipeline/partition/record-file.js";
import type { Example } from "../../pipeline/contract/records.js";
import { pipelineOf, runAll, temporaryFolder } from "../support/pipelines.js";

it("follows a record from where it came from to where it went", async () => {
  const cwd = await temporaryFolder();
  await runAll(
    await pipelineOf(cwd, [{ stage: "numbers", with: { count: 4 } }, { stage: "keep-odd" }, { stage: "write-out" }]),
    { cwd },
  );
  const manifests = (
    await Promise.all(
      ["numbers", "keep-odd", "write-out"].map((step) => earlierManifests(join(cwd, ".pipeline"), step)),
    )
  ).flat();
  const records: Example[] = [];
  for await (const record of readRecordFiles<Example>(manifests.slice(0, 1).flatMap(outputFiles))) records.push(record);

  const odd = await traceRecord(records[3]?.id ?? "", manifests);
  expect(odd?.descendants.map(({ step }) => step)).toEqual(["keep-odd", "write-out"]);
  const even = await traceRecord((records[2]?.id ?? "").slice(0, 12), manifests);
  expect(even?.left).toMatchObject([{ step: "keep-odd", entry: { reason: "even: 2" } }]);
  const kept = await traceRecord(odd?.descendants[0]?.record.id ?? "", manifests);
  expect(kept?.ancestors).toMatchObject([{ step: "numbers", record: { response: "3" } }]);
  expect(await traceRecord("nonsuch", manifests)).toBeUndefined();
});

async function whyOf(pipeline: Pipeline, cwd: string): Promise<string | undefined> {
  const { steps } = await plan(pipeline, { cwd, cacheDir: join(cwd, "cache"), sandbox: "none" });
  return steps[0]?.why;
}

it("compares a step with its pipeline's own last result, not with another pipeline's step of that name", async () => {
  const cwd = await temporaryFolder();
  const counting = async (count: number, name: string) => ({
    ...(await pipelineOf(cwd, [{ stage: "numbers", with: { count } }])),
    name,
  });
  await runAll(await counting(4, "one"), { cwd });
  const other = await counting(7, "other");
  expect(await whyOf(other, cwd)).toBe("has not run yet");
  await runAll(other, { cwd });
  expect(await whyOf(await counting(9, "other"), cwd)).toBe("options.count changed");
  await runAll(await counting(4, "other"), { cwd });
  // What it was found finished with is its own from then on, whoever made it.
  const store = Store.open(join(cwd, ".pipeline"));
  onTestFinished(() => store.close());
  const counts = async (pipeline: string) =>
    (await resultsOfStep({ pipeline, step: "numbers", stateDir: join(cwd, ".pipeline") }, store))
      .map(({ counts: { out } }) => out)
      .toSorted();
  expect(await counts("one")).toEqual([4]);
  expect(await counts("other")).toEqual([4, 7]);
});
