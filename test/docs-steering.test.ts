import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { expect, it } from "vitest";
import { packageRoot } from "../pipeline/system/paths.js";
import { installIn } from "./support/installed.js";
import { textOf } from "./support/pages.js";
import { temporaryFolder } from "./support/pipelines.js";

/** A folder with the files of the page, as they stand in it, and the package installed. */
async function folderOfPage(): Promise<string> {
  const cwd = await temporaryFolder();
  for (const [, , path = "", text = ""] of textOf("docs/steering.md").matchAll(
    /^```\w+\n(#|\/\/) (\S+\.\w+)\n(.*?)^```$/gmsu,
  )) {
    await mkdir(dirname(join(cwd, path)), { recursive: true });
    await writeFile(join(cwd, path), text);
  }
  await installIn(cwd);
  return cwd;
}

it("the program of the page pauses, reads a prompt anew, skips an item, stops; the command goes on there", async () => {
  const cwd = await folderOfPage();
  const program = await readFile(join(cwd, "steer.mjs"), "utf8");
  expect(program.trim().split("\n").length).toBeLessThanOrEqual(20);
  const steered = await execa(process.execPath, ["steer.mjs"], { cwd, all: true });
  const lines = steered.all.split("\n");
  expect(lines).toContain("read anew for [ 'ask' ]");
  expect(lines.filter((line) => line.startsWith("ask: ")).toSorted()).toEqual([
    "ask: prices.py: discounted: skipped",
    "ask: prices.py: doubled: passed",
    "ask: prices.py: total: passed",
  ]);
  expect(lines.at(-1)).toBe("interrupted [ 'ingest 1', 'extract 3', 'ask 2' ]");

  const main = join(packageRoot, "dist/pipeline/cli/main.js");
  const ran = await execa(process.execPath, [main, "run", "mine.yaml", "--json"], { cwd });
  const finished = ran.stdout
    .split("\n")
    .map((line) => JSON.parse(line) as { type: string })
    .filter(({ type }) => type === "step-finished");
  expect(finished).toMatchObject([
    { step: "ingest", cached: true },
    { step: "extract", cached: true },
    { step: "ask", cached: false, in: 3, out: 3, failed: 0 },
    { step: "dedupe", cached: false, in: 3, out: 3, failed: 0 },
  ]);
  const inspected = await execa(process.execPath, [main, "inspect", "ask", "--json"], { cwd });
  expect(inspected.stdout).toContain("What is it for? discounted");
  expect(inspected.stdout).not.toContain("What does it do?");
}, 120_000);
