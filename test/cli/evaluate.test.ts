import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packageRoot } from "../../pipeline/system/paths.js";
import { type Folder, folderWith } from "./command.js";
import { pattern } from "../support/pattern.js";

const clamp =
  'def clamp(value: int, low: int, high: int) -> int:\n    """The value, or the end of the range that it is ' +
  'beyond."""\n    if value < low:\n        return low\n    if value > high:\n        return high\n    return value\n';
const double = "def double(number: int) -> int:\n    return number * 2\n";
const answers = {
  student: {
    rules: [
      {
        match: "`clamp`",
        answers: ["def test_clamp():\n    assert clamp(5, 1, 3) == 3\n    assert clamp(0, 1, 3) == 1\n"],
      },
    ],
    default: "def test_double():\n    assert double(2) == 5\n",
  },
  base: { default: "I cannot write tests." },
};

/** The pipeline that ships, with scripted models. */
async function workplace(): Promise<Folder> {
  const shipped = await readFile(join(packageRoot, "config/evaluate.yaml"), "utf8");
  const models =
    'models:\n  student: { source: "scripted:student.yaml" }\n  pupil: { source: "scripted:student.yaml" }\n  base: ' +
    '{ source: "scripted:base.yaml" }\n  again: { source: "scripted:student.yaml" }\n';
  const folder = await folderWith({
    "bench.yaml": shipped
      .replace(/^models:\n(?: .*\n|\s*#.*\n)+/mu, models)
      .replace("model: [base]", "model: [base], form: chat"),
    "student.yaml": JSON.stringify(answers.student),
    "base.yaml": JSON.stringify(answers.base),
  });
  const programs = {
    "correct_python_programs/clamp.py": clamp,
    "python_programs/clamp.py": clamp.replace("return high", "return low"),
    "json_testcases/clamp.json": "[[5, 1, 3], 3]\n[[0, 1, 3], 1]\n[[2, 1, 3], 2]\n",
    "correct_python_programs/double.py": double,
    "python_programs/double.py": double.replace("* 2", "+ 2"),
    "json_testcases/double.json": "[[2], 4]\n[[5], 10]\n",
  };
  for (const [path, text] of Object.entries(programs)) {
    await mkdir(join(folder.path, "pairs", path, ".."), { recursive: true });
    await writeFile(join(folder.path, "pairs", path), text);
  }
  return folder;
}

describe("evaluate", { timeout: 120_000 }, () => {
  let folder: Folder;
  let first: { readonly exitCode?: number | undefined; readonly stdout: unknown; readonly stderr: unknown };
  beforeAll(async () => {
    folder = await workplace();
    first = await folder.pipeline(
      "evaluate",
      "bench.yaml",
      "--source",
      "pairs",
      "--models",
      "pupil,base,again",
      "--out",
      "out",
      "--workers",
      "2",
    );
  }, 120_000);
  afterAll(async () => await folder.remove());

  const report = async (path = "out/report.json") =>
    JSON.parse(await readFile(join(folder.path, path), "utf8")) as {
      models: Record<string, Record<string, unknown>>;
      reasons: unknown;
      targets: { name: string }[];
    };

  it("scores the models that are named, and the baselines, on pairs", async () => {
    expect([first.exitCode, first.stderr]).toEqual([0, ""]);
    const { models, reasons } = await report();
    expect(Object.keys(models)).toEqual([
      "pupil",
      "pupil with recorded values",
      "base",
      "base with recorded values",
      "human",
      "record",
      "smoke",
      "none",
    ]);
    expect(models["pupil"]).toMatchObject({
      role: "model",
      aliases: ["again"],
      suitePassAt1: { value: 0.5, n: 2 },
      testPassRate: { value: 0.5 },
      bugDetection: { value: 0.5, n: 2 },
      syntax: { value: 1 },
    });
    // Its test of double is wrong in its value alone.
    expect(models["pupil with recorded values"]).toMatchObject({
      role: "model",
      values: "recorded",
      aliases: ["again with recorded values"],
      suitePassAt1: { value: 1, n: 2 },
      salvaged: { value: 1 },
      bugDetection: { value: 0.5 },
      valuesRight: { value: 0.5, n: 2 },
    });
    expect(models["base"]).toMatchObject({
      syntax: { value: 0 },
      testPassRate: { value: 0 },
      mutationScore: { value: 0, low: 0, high: 0, n: 2 },
    });
    expect(models["human"]).toMatchObject({
      role: "baseline",
      suitePassAt1: { value: 1, low: 1, high: 1 },
      bugDetection: { value: 1 },
      lineCoverage: { value: 1 },
    });
    expect(models["smoke"]).toMatchObject({ grounded: { value: 1 }, bugDetection: { value: 0 } });
    expect(reasons).toMatchObject({
      pupil: { passed: 1, "wrong-value": 1 },
      base: { "no-code": 2 },
      "pupil with recorded values": { passed: 2 },
      human: { passed: 2 },
      none: { "no tests": 2 },
    });
  });

  it("shows them as a table, and leaves the report and the page where they were asked for", async () => {
    expect(first.stdout).toMatch(
      pattern(
        /suite pass@1 {2,}tests pass[^]+pupil = again {2,}50\.0 \[0\.0, 100\.0\]/u,
        /[^]+human {2,}100\.0 \[100\.0, 100\.0\][^]+Percent of 2 targets, with 95 % intervals\.\n\n/u,
        /own values \| values from the machine[^]+\npupil {2,}[\d.]+ \| 100\.0[^]+$/u,
      ),
    );
    for (const name of ["report.json", "report.html"]) {
      expect(await readFile(join(folder.path, "out", name), "utf8")).toBe(
        await readFile(join(folder.path, "data/evaluate", name), "utf8"),
      );
    }
  });

  it("asks a model in the step that is made for it, and leaves out the steps whose models are not named", async () => {
    const { exitCode, stdout } = await folder.pipeline(
      "evaluate",
      "bench.yaml",
      "--source",
      "pairs",
      "--models",
      "base,student",
      "--out",
      "own",
    );
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^ask-student /mu);
    expect(Object.keys((await report("own/report.json")).models)).toEqual([
      "base",
      "base with recorded values",
      "student",
      "student with recorded values",
      "human",
      "record",
      "smoke",
      "none",
    ]);
    expect(first.stdout).not.toMatch(/^ask-student /mu);
  });

  it("does nothing again, and shows the same", async () => {
    const { stdout } = await folder.pipeline(
      "evaluate",
      "bench.yaml",
      "--source",
      "pairs",
      "--models",
      "pupil,base,again",
      "--out",
      "again",
    );
    expect(stdout).toMatch(/Nothing to do[^]+pupil = again {2,}50\.0/u);
    expect(await report("again/report.json")).toEqual(await report());
  });

  it("gives the same figures in another folder, with one worker", async () => {
    const other = await workplace();
    try {
      await other.pipeline(
        "evaluate",
        "bench.yaml",
        "--source",
        "pairs",
        "--models",
        "pupil,base,again",
        "--out",
        "out",
        "--workers",
        "1",
      );
      const [one, two] = await Promise.all(
        [other, folder].map(
          async ({ path }) =>
            JSON.parse(await readFile(join(path, "out/report.json"), "utf8")) as {
              models: unknown;
              differences: unknown;
              operators: unknown;
              reasons: unknown;
            },
        ),
      );
      for (const part of ["models", "differences", "operators", "reasons"] as const)
        expect({ [part]: one?.[part] }).toEqual({ [part]: two?.[part] });
    } finally {
      await other.remove();
    }
  });

  it("takes as many functions as wanted, of a folder that has no pairs too, and --set wins", async () => {
    await cp(join(folder.path, "pairs/correct_python_programs"), join(folder.path, "plain"), { recursive: true });
    const { exitCode, stdout } = await folder.pipeline(
      "evaluate",
      "bench.yaml",
      "--source",
      "plain",
      "--models",
      "again",
      "--limit",
      "2",
      "--set",
      "benchmark.most=1",
    );
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining("Percent of 1 target,") as string]);
    const { models, targets } = await report("data/evaluate/report.json");
    expect(targets).toHaveLength(1);
    expect(models["again"]).toMatchObject({ aliases: [], bugDetection: { value: null, n: 0 } });
    expect(Object.keys(models)).toEqual(["again", "again with recorded values", "record", "smoke", "none"]);
  });

  it("takes what the test split of a dataset is about", async () => {
    await mkdir(join(folder.path, "dataset/jsonl"), { recursive: true });
    const row = {
      source_ref: "folder:pairs",
      package: "pairs",
      target_module: "correct_python_programs.double",
      target_name: "double",
    };
    await writeFile(join(folder.path, "dataset/jsonl/test.jsonl"), `${JSON.stringify(row)}\n`);
    const words = ["evaluate", "bench.yaml", "--dataset", "dataset", "--models", "base"];
    expect(await folder.pipeline(...words)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/come from folder:pairs[^]+--source FOLDER/u) as string,
    });
    expect(await folder.pipeline(...words, "--source", "pairs", "--out", "held-out")).toMatchObject({ exitCode: 0 });
    expect((await report("held-out/report.json")).targets).toMatchObject([
      { name: "double", module: "correct_python_programs.double" },
    ]);
  });

  it("prints events alone with --json", async () => {
    const { stdout } = await folder.pipeline(
      "evaluate",
      "bench.yaml",
      "--source",
      "pairs",
      "--models",
      "pupil,base,again",
      "--json",
    );
    const events = stdout.split("\n").map((line) => (JSON.parse(line) as { type: string }).type);
    expect([events[0], events.at(-1)]).toEqual(["run-started", "run-finished"]);
  });

  it.each([
    [["--source", "nonsuch"], /no such folder: nonsuch[^]+pypi:nonsuch/u],
    [["--source", "bench.yaml"], /bench\.yaml is no folder/u],
    [["--source", "pairs", "--models", "nonsuch"], /nonsuch/u],
    [["--limit", "0"], /whole number of at least 1/u],
    [["--dataset", "nonsuch"], /nonsuch has no jsonl\/test\.jsonl/u],
  ])("complains of a mistake in usage: %j", async (args, complaint) => {
    const { exitCode, stderr } = await folder.pipeline("evaluate", "bench.yaml", ...args);
    expect([exitCode, stderr]).toEqual([2, expect.stringMatching(complaint)]);
  });

  it("says what a pipeline without a report lacks", async () => {
    await writeFile(
      join(folder.path, "short.yaml"),
      'name: short\nsteps:\n  - stage: ingest\n    with: { sources: ["folder:plain"] }\n',
    );
    const { exitCode, stderr } = await folder.pipeline("evaluate", "short.yaml");
    expect([exitCode, stderr]).toEqual([
      2,
      expect.stringMatching(/wrote no report\.json[^]+ends with the stage report/u),
    ]);
  });
});
