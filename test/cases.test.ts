import { cpSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { execa } from "execa";
import { describe, it } from "vitest";
import { packageRoot } from "../pipeline/system/paths.js";

/**
 * Drives the real command over every folder below test/cases that has a pipeline.yaml or a `command`:
 *
 *     command       what follows `pipeline` on the command line; "run pipeline.yaml --plain" where there is none
 *     pipeline.yaml, input/, ...   what the command finds in its working folder
 *     expected/     the files that it leaves in data/, byte for byte
 *     stdout.txt    what it prints, where that matters
 *     stderr.txt    its complaint; none where there is no such file
 *     exit-code     0 where there is no such file
 *
 * `npm test -- -u` rewrites what is expected. A case that fails must leave nothing in data/.
 */
const cases = join(packageRoot, "test/cases");
const expectations = new Set(["command", "expected", "stdout.txt", "stderr.txt", "exit-code"]);

describe.concurrent("a case", () => {
  it.for(findCases(cases))("%s", async (name, { expect, onTestFinished }) => {
    const folder = join(cases, name);
    const cwd = await mkdtemp(join(tmpdir(), "pipeline-case-"));
    onTestFinished(async () => await rm(cwd, { recursive: true, force: true }));
    cpSync(folder, cwd, { recursive: true, filter: (path) => !expectations.has(relative(folder, path)) });
    await rm(join(cwd, "data"), { recursive: true, force: true });
    const args = readOr(join(folder, "command"), "run pipeline.yaml --plain").trim().split(/\s+/u);
    const { exitCode, stdout, stderr } = await execa(
      process.execPath,
      [join(packageRoot, "dist/pipeline/cli/main.js"), ...args],
      { cwd, reject: false, env: { PIPELINE_SET: "", NO_COLOR: "1" } },
    );

    const shown = (text: string) =>
      `${text
        .replaceAll(cwd, "<folder>")
        .replaceAll(packageRoot, "<package>")
        .replaceAll(/\d+ ms\b/gu, "0 ms")}\n`;
    expect(exitCode, stderr).toBe(Number(readOr(join(folder, "exit-code"), "0")));
    if (exitCode === 0) expect(stderr).toBe("");
    else await expect(shown(stderr)).toMatchFileSnapshot(join(folder, "stderr.txt"));
    if (existsSync(join(folder, "stdout.txt")))
      await expect(shown(stdout)).toMatchFileSnapshot(join(folder, "stdout.txt"));

    const [left, expected] = await Promise.all([filesIn(join(cwd, "data")), filesIn(join(folder, "expected"))]);
    if (exitCode !== 0) expect(left).toEqual([]);
    else if (expected.length > 0) expect(left).toEqual(expected);
    for (const path of exitCode === 0 && existsSync(join(folder, "expected")) ? left : []) {
      await expect(await readFile(join(cwd, "data", path), "utf8")).toMatchFileSnapshot(join(folder, "expected", path));
    }
  });
});

function findCases(below: string): string[] {
  const folders = readdirSync(below, { recursive: true, encoding: "utf8" })
    .filter((path) => /(?:^|\/)(?:pipeline\.yaml|command)$/u.test(path))
    .map((path) => dirname(path));
  return [...new Set(folders)].filter((folder) => !folder.split("/").includes("input")).toSorted();
}

function readOr(path: string, otherwise: string): string {
  return existsSync(path) ? readFileSync(path, "utf8") : otherwise;
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .toSorted();
}
