import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { packageRoot } from "../../pipeline/system/paths.js";
import { type Folder, folderWith } from "./command.js";

const stage = (name: string) => join(packageRoot, `test/support/stages/${name}.mjs`);

let folder: Folder;
beforeEach(async () => {
  folder = await folderWith({});
  await writeFile(join(folder.path, "flag"), "");
  await writeFile(
    join(folder.path, "flaky.yaml"),
    `name: flaky
steps:
  - { stage: ${stage("numbers")}, with: { count: 40 } }
  - { stage: ${stage("fail-while")}, with: { flag: ${join(folder.path, "flag")}, every: 7 } }
  - stage: ${stage("write-out")}
`,
  );
});
afterEach(async () => await folder.remove());

it("says what failed, by cause, with an example and the fix, and takes it again", async () => {
  const first = await folder.pipeline("run", "flaky.yaml", "--plain");
  expect(first.exitCode).toBe(0);
  expect(first.stdout).toContain(
    "6 failed because something around them broke (6 endpoint down), and are taken again by the next run  →  " +
      "pipeline failures",
  );
  const { stdout, exitCode } = await folder.pipeline("failures");
  expect(exitCode).toBe(0);
  expect(stdout.replace(/run 2\S+/u, "run ID")).toBe(`flaky  run ID

fail-while: 6 of 40 inputs failed
  6 × endpoint-down
    flag up: the endpoint is down
    one of them  folder:numbers
    fix  start the endpoint

Take them again, and nothing else:  pipeline run flaky.yaml --plain --retry-failed
Go on without them:  pipeline run flaky.yaml --plain --accept-failures`);
  expect(JSON.parse((await folder.pipeline("failures", "flaky", "--json")).stdout)).toMatchObject({
    pipeline: "flaky",
    failures: [{ step: "fail-while", code: "endpoint-down", count: 6, fix: "start the endpoint" }],
  });
  expect((await folder.pipeline("plan", "flaky.yaml")).stdout).toContain(
    "6 of its inputs failed before: they run again",
  );

  await rm(join(folder.path, "flag"));
  const again = await folder.pipeline("run", "flaky.yaml", "--retry-failed", "--plain");
  expect(again).toMatchObject({ exitCode: 0, stdout: expect.not.stringContaining("failed because") as string });
  expect((await folder.pipeline("failures")).stdout).toMatch(/Nothing failed\.$/u);
});

it("ends with 1 where all failed, and says how to go on", async () => {
  const command = ["run", "flaky.yaml", "--set", "fail-while.every=1"];
  const all = await folder.pipeline(...command);
  expect(all).toMatchObject({
    exitCode: 1,
    stderr: expect.stringMatching(
      /^error: all 40 inputs of step "fail-while" failed: flag up: the endpoint is down\n {2}start the endpoint\n/u,
    ) as string,
  });
  const { stdout } = await folder.pipeline("failures");
  expect(stdout).toContain("40 of 40 inputs failed");
  expect(stdout).toContain(`pipeline ${command.join(" ")} --retry-failed`);
  expect(await folder.pipeline(...command, "--accept-failures")).toMatchObject({ exitCode: 0 });
  expect(await folder.pipeline("run", "flaky.yaml", "--accept-failures", "--retry-failed")).toMatchObject({
    exitCode: 2,
  });
});

it("names the pipelines that have run", async () => {
  await folder.pipeline("run", "flaky.yaml", "--until", "numbers");
  expect(await folder.pipeline("failures", "flakey")).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('no pipeline "flakey" has run in this folder') as string,
  });
});
