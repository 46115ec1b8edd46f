import { cp, mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { expect, it } from "vitest";
import { packageRoot } from "../pipeline/system/paths.js";
import { temporaryFolder } from "./support/pipelines.js";

const main = join(packageRoot, "dist/pipeline/cli/main.js");
const program = join(packageRoot, "test/support/snippets_parity.py");

it("gives what Python's own strip, shuffle, hashes and JSON give, byte for byte", async () => {
  const cwd = await temporaryFolder();
  await cp(join(packageRoot, "test/cases/snippets-parity"), cwd, { recursive: true });
  await mkdir(join(cwd, "python"));
  const table = "data/entries.csv";
  const [ours] = await Promise.all([
    execa(process.execPath, [main, "run", "pipeline.yaml", "--plain"], { cwd }),
    execa("python3", [program, "input/scripts", join("input", table), table, "python"], { cwd }),
  ]);
  expect(ours.stdout).toContain("5 left out: 2 empty column, 2 duplicate, 1 empty");
  for (const [ending, place] of Object.entries({ "": "jsonl", _harmony: "messages/jsonl" })) {
    for (const split of ["train", "val", "test"]) {
      const name = `${split}${ending}.jsonl`;
      const [expected, found] = await Promise.all(
        [join("python", name), join("data/parity", place, name)].map((path) => readFile(join(cwd, path), "utf8")),
      );
      expect(found, `the file ${name}`).toBe(expected);
      expect(expected?.split("\n").length, `rows of ${name}`).toBeGreaterThan(5);
    }
  }
}, 60_000);
