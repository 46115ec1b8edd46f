import { join } from "node:path";
import { expect, it } from "vitest";
import { traceRecord } from "../../pipeline/engine/plan/explain.js";
import { earlierManifests, outputFiles } from "../../pipeline/engine/state/manifest.js";
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
