import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { expect, it } from "vitest";
import { packageRoot } from "../../pipeline/system/paths.js";
import { temporaryFolder } from "../support/pipelines.js";

const stage = (name: string) => join(packageRoot, `test/support/stages/${name}.mjs`);
const oddNumbers = Array.from({ length: 100 }, (_, index) => `${2 * index + 1}\n`).join("");

it("a run that is killed while it is paused goes on from there", async () => {
  const cwd = await temporaryFolder();
  const journal = join(cwd, "journal");
  await writeFile(
    join(cwd, "test.yaml"),
    `name: test
steps:
  - { stage: ${stage("numbers")}, with: { count: 200 } }
  - { stage: ${stage("keep-odd")}, with: { journal: ${journal}, delay: 3 } }
  - { stage: ${stage("write-out")} }
`,
  );
  const paused = execa(process.execPath, [join(packageRoot, "test/engine/paused.mjs")], { cwd, reject: false });
  const [said] = (await once(paused.stdout, "data")) as [Buffer];
  expect(said.toString()).toBe("paused\n");
  const begun = (await readFile(journal, "utf8")).trim().split("\n");
  paused.kill("SIGKILL");
  await paused;
  expect(begun.length).toBeLessThan(200);
  expect((await readFile(journal, "utf8")).trim().split("\n")).toEqual(begun);

  const main = join(packageRoot, "dist/pipeline/cli/main.js");
  await execa(process.execPath, [main, "run", "test.yaml", "--plain"], { cwd });
  const all = (await readFile(journal, "utf8")).trim().split("\n");
  // What was in flight had ended, and was remembered.
  expect(all.toSorted()).toEqual([...new Set(all)].toSorted());
  expect(all.length).toBe(200);
  expect(await readFile(join(cwd, "data/test/numbers.txt"), "utf8")).toBe(oddNumbers);
}, 120_000);
