import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packageRoot } from "../../pipeline/system/paths.js";
import { type Folder, folderWith } from "./command.js";
import { pattern } from "../support/pattern.js";

const clamp =
  "def clamp(value: int, low: int, high: int) -> int:\n    if value < low:\n        return low\n    if value > " +
  "high:\n        return high\n    return value\n";
const double = "def double(number: int) -> int:\n    return number * 2\n";
const half =
  'def half(number: int) -> float:\n    """Half of it.\n\n    >>> half(6)\n    3.0\n    """\n    return number / 2\n';
/**
 * On clamp it disagrees twice, once for the bug; on double it takes the bug for right; of half, whatever was changed,
 * it knows the answer.
 */
const student = {
  rules: [
    {
      match: "`clamp`",
      answers: [
        "def test_above():\n    assert clamp(5, 1, 3) == 3\n\ndef test_below():\n    assert clamp(0, 1, 3) == 0\n",
      ],
    },
    { match: "`double`", answers: ["def test_double():\n    assert double(5) == 7\n"] },
    { match: "`half`", answers: ["def test_half():\n    assert half(6) == 3.0\n"] },
  ],
};

/** The pipeline that ships, with scripted models and small sources. */
async function workplace(): Promise<Folder> {
  const shipped = await readFile(join(packageRoot, "config/disagreements.yaml"), "utf8");
  const models = 'models:\n  student: { source: "scripted:student.yaml" }\n  base: { source: "scripted:base.yaml" }\n';
  const text = shipped
    .replace(/^models:\n(?: .*\n|\s*#.*\n)+/mu, models)
    .replace("prompt: prompts/pytest.yaml", "form: chat")
    .replace(/sources: \["pypi:[^\]]+\]/u, 'sources: ["folder:shop"]')
    .replace("folder:../data/pairs", "folder:pairs")
    .replace(/\n +with: \{ dataset: [^}]+\}/u, "");
  const folder = await folderWith({
    "bench.yaml": text,
    "student.yaml": JSON.stringify(student),
    "base.yaml": JSON.stringify({ default: "I cannot." }),
  });
  const files = {
    "pairs/correct_python_programs/clamp.py": clamp,
    "pairs/python_programs/clamp.py": clamp.replace("return high", "return low"),
    "pairs/correct_python_programs/double.py": double,
    "pairs/python_programs/double.py": double.replace("* 2", "+ 2"),
    "shop/prices.py": half,
  };
  for (const [path, content] of Object.entries(files)) {
    await mkdir(join(folder.path, path, ".."), { recursive: true });
    await writeFile(join(folder.path, path), content);
  }
  return folder;
}

describe("evaluate, of what disagreement is worth", { timeout: 240_000 }, () => {
  let folder: Folder;
  let first: { readonly exitCode?: number | undefined; readonly stdout: unknown; readonly stderr: unknown };
  beforeAll(async () => {
    folder = await workplace();
    first = await folder.pipeline(
      "evaluate",
      "bench.yaml",
      "--set",
      "mutants.most=2",
      "--out",
      "out",
      "--workers",
      "2",
    );
  }, 240_000);
  afterAll(async () => await folder.remove());

  it("counts, of pairs and of mutants, what was expected otherwise and is the bug", async () => {
    expect([first.exitCode, first.stderr]).toEqual([0, ""]);
    const { models, disagreements } = JSON.parse(await readFile(join(folder.path, "out/report.json"), "utf8")) as {
      models: Record<string, unknown>;
      disagreements: {
        bugs: Record<string, { programs: number; models: Record<string, unknown> }>;
        list: { name: string; bug: string; isBug: boolean }[];
      };
    };
    expect(Object.keys(models).toSorted()).toEqual(["base", "student"]);
    expect(disagreements.bugs["pair"]).toMatchObject({
      programs: 2,
      models: {
        student: {
          expectations: 3,
          disagreements: 2,
          atBug: 1,
          found: 1,
          told: 2,
          disagreementPrecision: { value: 0.5, n: 1 },
          disagreementRecall: { value: 0.5, n: 2 },
          disagreementRecallWhereTold: { value: 0.5, n: 2 },
        },
        base: {
          expectations: 0,
          disagreements: 0,
          disagreementPrecision: { value: null, n: 0 },
          disagreementRecall: { value: 0, n: 2 },
        },
      },
    });
    expect(disagreements.bugs["mutant"]).toMatchObject({
      programs: 2,
      models: {
        student: {
          expectations: 2,
          disagreements: 2,
          atBug: 2,
          disagreementPrecision: { value: 1 },
          disagreementRecall: { value: 1, n: 2 },
        },
      },
    });
    expect(disagreements.list.filter(({ bug }) => bug === "pair")).toMatchObject([
      { name: "clamp", asked: "clamp(5, 1, 3)", expected: "3", answered: "1", correct: "3", isBug: true },
      { name: "clamp", asked: "clamp(0, 1, 3)", expected: "0", answered: "1", correct: "1", isBug: false },
    ]);
  });

  it("shows a table for each, with the first of the list", () => {
    expect(first.stdout).toMatch(
      pattern(
        /\n2 programs with a bug, beside a correct one\n {2,}expectations[^]+\n/u,
        /student {2,}3 {2,}2 {2,}1 {2,}50\.0 \[[^]+\n/u,
        /2 programs with a small change[^]+expected 3, the program answers 1/u,
      ),
    );
    expect(first.stdout).not.toMatch(/suite pass@1/u);
  });
});
