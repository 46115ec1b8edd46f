import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { expect, it } from "vitest";
import { pipelineOf, runAll, temporaryFolder } from "../support/pipelines.js";

it("the state folder never shows in a user's repository, and what it ignores is the user's to change", async () => {
  const cwd = await temporaryFolder();
  const git = async (...args: string[]) => (await execa("git", args, { cwd })).stdout;
  await git("init", "--quiet");
  await writeFile(join(cwd, "mine.py"), "");
  const pipeline = await pipelineOf(cwd, [{ stage: "numbers", with: { count: 3 } }]);
  expect((await runAll(pipeline, { cwd, cacheDir: join(cwd, ".git", "cache") })).error).toBeUndefined();
  expect(await git("status", "--porcelain", "--untracked-files=all")).toBe("?? mine.py");
  expect(await git("status", "--porcelain", "--ignored")).toContain("!! .pipeline/");

  const ignore = join(cwd, ".pipeline/.gitignore");
  expect(await readFile(ignore, "utf8")).toMatch(/^#.*\n\*\n$/u);
  await writeFile(ignore, "steps/\n");
  await runAll(pipeline, { cwd, cacheDir: join(cwd, ".git", "cache") });
  expect(await readFile(ignore, "utf8")).toBe("steps/\n");
});
