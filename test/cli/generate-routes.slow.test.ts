import { cp, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packageRoot } from "../../pipeline/system/paths.js";
import { type VirtualEnvironment, webEnvironment } from "../sandbox/web-environment.js";
import { type Folder, folderWith } from "./command.js";

let environment: VirtualEnvironment;
beforeAll(async () => {
  environment = await webEnvironment();
});
afterAll(async () => await environment.remove());

describe.each([
  ["fastapi-shop", 'client.get("/api/products").status_code  the model expected 204  the code answers 200'],
  ["flask-shop", "Left out: 1 that end in an exception"],
])("%s", (name, leftOut) => {
  const place = join(packageRoot, "test/cases", name);
  let folder: Folder;
  beforeAll(async () => {
    folder = await folderWith({});
    await cp(place, folder.path, { recursive: true });
  });
  afterAll(async () => await folder.remove());

  it("has 43 targets, each in exactly one shard", async () => {
    const { stdout } = await folder.pipeline(
      "generate",
      "input",
      "--by",
      "shard",
      "--model",
      "scripted:teacher.yaml",
      "--dry-run",
      "--json",
    );
    const { targets, shards } = JSON.parse(stdout) as DryRun;
    const count = (wanted: string) => targets.filter(({ kind }) => kind === wanted).length;
    expect([count("function"), count("class"), count("route"), targets.length]).toEqual([20, 14, 9, 43]);
    expect(shards.flatMap((shard) => shard.targets).toSorted()).toEqual(targets.map(({ id }) => id).toSorted());
    expect(shards.filter(({ kind }) => kind === "e2e").map((shard) => shard.targets.length)).toEqual([9]);
  });

  it("gets end-to-end tests that pass on the real application, with the user's environment", async () => {
    const { exitCode, stdout, stderr } = await folder.pipeline(
      "generate",
      "input",
      "--by",
      "shard",
      "--kinds",
      "e2e",
      "--model",
      "scripted:teacher.yaml",
      "--python",
      environment.folder,
      "--stable-names",
      "-o",
      "tests",
      "--set",
      "verify.runs=1",
      "--set",
      "verify.measure=false",
      "--set",
      "verify.kills=1",
      "--set",
      "generate.attempts=2",
      "--plain",
    );
    expect([exitCode, stderr]).toEqual([0, ""]);
    expect(stdout).toContain(leftOut);
    await expect(await readFile(join(folder.path, "tests/test_e2e_01.py"), "utf8")).toMatchFileSnapshot(
      join(place, "expected/test_e2e_01.py"),
    );
  }, 120_000);

  it("has test files that are verified with the user's environment", async () => {
    const { exitCode, stdout, stderr } = await folder.pipeline(
      "verify",
      "tests/test_e2e_01.py",
      "--source",
      "input",
      "--python",
      join(environment.folder, "bin/python"),
      "--runs",
      "1",
      "--no-mutants",
      "--json",
    );
    expect([exitCode, stderr]).toEqual([0, ""]);
    const { tests } = JSON.parse(stdout) as { readonly tests: readonly { readonly outcome: string }[] };
    expect(new Set(tests.map(({ outcome }) => outcome))).toEqual(new Set(["passed"]));
  });
});

interface DryRun {
  readonly targets: readonly { readonly id: string; readonly kind: string }[];
  readonly shards: readonly { readonly kind: string; readonly targets: readonly string[] }[];
}
