import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Folder, folderWith, oddNumbers } from "./command.js";
import { pattern } from "../support/pattern.js";

/** The pipeline of odd numbers, with names of its own for what can be set. */
const declared = oddNumbers.replace(
  "steps:",
  `parameters:
  most: { sets: numbers.count, help: "how many numbers" }
  say: { sets: numbers.prompt, help: "what is asked" }
  ingested: { sets: numbers.ingested }
  journal: { sets: keep-odd.journal, help: "where the work is noted" }
  patience: { sets: { keep-odd.delay: { none: 0, some: 1 } }, help: "how long each takes" }
  even: { steps: [keep-odd], help: "keep even numbers, too" }
  seed: { sets: seed }
steps:`,
);

let folder: Folder;
beforeEach(async () => {
  folder = await folderWith({ "odd.yaml": declared });
});
afterEach(async () => await folder.remove());

const written = async () => (await readFile(join(folder.path, "data/odd/numbers.txt"), "utf8")).split("\n").length - 1;

describe("the parameters of a pipeline file", () => {
  it("are options of run, before its name and behind it, and the command that resumes it names them", async () => {
    expect(await folder.pipeline("run", "odd.yaml", "--most", "20")).toMatchObject({ exitCode: 0 });
    expect(await written()).toBe(10);
    expect(await folder.pipeline("run", "--most=30", "odd.yaml", "--no-even", "--plain")).toMatchObject({
      exitCode: 0,
    });
    expect(await written()).toBe(30);
    const { runs } = JSON.parse((await folder.pipeline("status", "--json")).stdout) as {
      runs: { command: string }[];
    };
    expect(runs[0]?.command).toBe("pipeline run odd.yaml --most 30 --no-even --plain");
  });

  it("stand in the help of their file, with what they set", async () => {
    const { stdout } = await folder.pipeline("run", "odd.yaml", "--help");
    expect(stdout).toMatch(
      pattern(
        /Options that the pipeline file declares:\n/u,
        / +--most <number> +how many numbers; sets numbers\.count \(default: 150\)\n/u,
        /[^]*--ingested [^]*--patience <none\|some>[^]*--no-even +keep even numbers, too\n/u,
      ),
    );
    expect((await folder.pipeline("run", "--help")).stdout).not.toContain("--most");
  });

  it("are shown by config show, and stronger than PIPELINE_SET, and weaker than --set", async () => {
    const show = async (...args: string[]) => (await folder.pipeline("config", "show", "odd.yaml", ...args)).stdout;
    expect(await show("--most", "7", "--no-ingested", "--journal", "notes.txt", "--patience", "some")).toMatch(
      new RegExp(
        String.raw`sets: numbers\.count +# odd\.yaml:4[^]*count: 7 +# --most 7\n +ingested: false +# --no-ingested\n` +
          String.raw`[^]*journal: notes\.txt +# --journal notes\.txt\n +delay: 1 +# --patience some\n`,
        "u",
      ),
    );
    expect(await show("--most", "7", "--set", "numbers.count=9")).toMatch(/count: 9 +# --set numbers\.count=9/u);
    expect(await show("--seed", "5")).toMatch(/^seed: 5 +# --seed 5$/mu);
  });

  it.each([
    [["--most", "many"], "'--most <number>' argument 'many' is invalid. expected a whole number"],
    [["--most", "-1"], "expected a whole number of at least 0"],
    [["--mots", "3"], "unknown option '--mots'\n(Did you mean --most?)"],
    [["--patience", "much"], "expected none, some"],
  ])("are checked like the options that they set: %s", async (args, complaint) => {
    const { exitCode, stderr } = await folder.pipeline("run", "odd.yaml", ...args);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining(complaint)]);
  });

  it("leave what is wrong with their file to the file's own check", async () => {
    await writeFile(join(folder.path, "odd.yaml"), declared.replace("numbers.count", "numbers.cuont"));
    const { exitCode, stderr } = await folder.pipeline("run", "odd.yaml", "--most", "7");
    expect([exitCode, stderr]).toEqual([
      2,
      expect.stringMatching(
        /stage "numbers" has no option "cuont"\n\n +odd\.yaml:4:\d+\n[^]*~~~[^]*Did you mean "count"\?/u,
      ),
    ]);
    expect((await folder.pipeline("run", "gone.yaml", "--most", "7")).stderr).toContain("no pipeline file gone.yaml");
  });

  it("cannot take a name that the command has", async () => {
    await writeFile(join(folder.path, "odd.yaml"), declared.replace("  most:", "  until:"));
    const { exitCode, stderr } = await folder.pipeline("run", "odd.yaml");
    expect([exitCode, stderr]).toEqual([
      2,
      expect.stringMatching(
        /a parameter cannot be called "until" here: the command run has --until\n\n +odd\.yaml:4:3/u,
      ),
    ]);
  });
});
