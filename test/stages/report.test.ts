import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { Artifact, Score } from "../../pipeline/records.js";
import report from "../../stages/report.js";
import type { Report } from "../../stages/report/figures.js";
import { hashFile } from "../../pipeline/hash.js";
import { manyScores, score } from "../support/scores.js";
import type { StageSurroundings } from "../support/run-stage.js";
import { stageTest } from "../support/stage-test.js";

stageTest(report, ({ run }) => {
  /** What the stage writes, read back. */
  const written = async (scores: readonly Score[], surroundings: StageSurroundings = {}) => {
    const outputDir = await mkdtemp(join(tmpdir(), "report-"));
    try {
      const { kept } = await run(scores, {}, { ...surroundings, outputDir });
      const artifacts = await Promise.all((kept as Artifact[]).map(async (artifact) => ({ ...artifact, found: await hashFile(join(outputDir, artifact.path)) })));
      const [json, page] = await Promise.all(["report.json", "report.html"].map(async (name) => await readFile(join(outputDir, name), "utf8")));
      return { artifacts, report: JSON.parse(json ?? "") as Report, page: page ?? "" };
    } finally {
      await rm(outputDir, { recursive: true });
    }
  };

  it("writes a report for scripts and a page, and says what they hold", async () => {
    const { artifacts } = await written(manyScores(4));
    expect(artifacts.map(({ type, path, facts }) => ({ type, path, facts }))).toEqual(["report.json", "report.html"].map((path) => ({ type: "report", path, facts: { targets: 4, models: 6 } })));
    for (const { sha256, found } of artifacts) expect(sha256).toBe(found);
  });

  it("means over targets, failures among them, and leaves out those that a metric does not apply to", async () => {
    const { report: { models } } = await written([
      score("a", "student", { suitePassAt1: 1, bugDetection: null }), score("b", "student", { suitePassAt1: 0, bugDetection: 1 }),
      score("c", "student", { suitePassAt1: 0, bugDetection: null }), score("d", "student", { suitePassAt1: 0, bugDetection: null }),
    ]);
    expect(models["student"]).toMatchObject({
      suitePassAt1: { value: 0.25, low: 0, n: 4 },
      bugDetection: { value: 1, low: 1, high: 1, n: 1 },
      mutationScore: { value: null, low: null, high: null, n: 0 },
    });
  });

  it("gives a bootstrap interval as wide as theory says", async () => {
    // The mean of 400 throws of a fair coin has a standard error of 0.025: 95 % of such means are within 1.96 times that.
    const scores = Array.from({ length: 400 }, (_, index) => score(`t${index}`, "student", { suitePassAt1: index % 2 }));
    const { suitePassAt1 } = (await written(scores)).report.models["student"] as unknown as Record<string, { value: number; low: number; high: number }>;
    expect(suitePassAt1?.value).toBe(0.5);
    expect(suitePassAt1?.low).toBeCloseTo(0.5 - 1.96 * 0.025, 2);
    expect(suitePassAt1?.high).toBeCloseTo(0.5 + 1.96 * 0.025, 2);
  });

  it("draws by the seed alone: a model's figures are the same whoever else is compared", async () => {
    const alone = (await written(manyScores(), { seed: 7 })).report;
    const without = (await written(manyScores().filter(({ model }) => model !== "base"), { seed: 7 })).report;
    expect(without.models["student"]).toEqual(alone.models["student"]);
    expect((await written(manyScores(), { seed: 8 })).report.models["student"]).not.toEqual(alone.models["student"]);
  });

  it("holds everyone against the first model, target by target", async () => {
    const { report: { reference, differences } } = await written([
      score("a", "base", { testPassRate: 0.5 }), score("a", "student", { testPassRate: 1 }),
      score("b", "base", { testPassRate: 0 }), score("b", "student", { testPassRate: 0.5 }),
      score("c", "base", { testPassRate: 1 }), score("c", "human", { testPassRate: 1 }),
    ]);
    expect(reference).toBe("base");
    expect(Object.keys(differences)).toEqual(["student", "human"]);
    // On both targets the student is better by a half: the difference has no spread, though both models have.
    expect(differences["student"]?.["testPassRate"]).toEqual({ value: 0.5, low: 0.5, high: 0.5, n: 2 });
    expect(differences["human"]?.["testPassRate"]).toEqual({ value: 0, low: 0, high: 0, n: 1 });
  });

  it("counts outcomes, mutants by operator, and lists the targets", async () => {
    const { report: { reasons, operators, targets, models } } = await written([
      score("a", "student", { "mutants.return": 3, "killed.return": 2 }, { aliases: "copy" }),
      score("b", "student", { "mutants.return": 1, "killed.return": 1, "mutants.loop": 2, "killed.loop": 0 }, { outcome: "syntax", detail: "never closed" }),
      score("c", "student", {}, { outcome: "syntax" }),
    ]);
    expect(reasons).toEqual({ student: { syntax: 2, passed: 1 } });
    expect(operators).toEqual({ student: { loop: { killed: 0, run: 2 }, return: { killed: 3, run: 4 } } });
    expect(targets[1]).toMatchObject({ id: "b", name: "b", module: "shop", source: "shop 1", path: "shop/b.py", models: { student: { outcome: "syntax", detail: "never closed" } } });
    expect(models["student"]).toMatchObject({ role: "model", aliases: ["copy"] });
  });

  it("shows on the page what report.json says, once each", async () => {
    const { report: { models }, page } = await written(manyScores());
    for (const [model, figures] of Object.entries(models)) {
      for (const [metric, figure] of Object.entries(figures)) {
        if (typeof figure !== "object" || !("n" in figure) || figure.n === 0) continue;
        const cell = `data-model="${model}" data-metric="${metric}" data-value="${figure.value}" data-low="${figure.low}" data-high="${figure.high}"`;
        expect(page.split(cell).length - 1, `${model} ${metric}`).toBe(1);
      }
    }
  });

  it("says how many targets could not be run", async () => {
    const step = { step: "score", stage: "score", in: 3, out: 4, dropped: 0, failed: 2, skipped: 0, rejectedParts: 0, refused: 0, reasons: [] };
    const { page } = await written(manyScores(1), { history: [step] });
    expect(page.includes("2 targets could not be run and are in no figure.")).toBe(true);
  });

  it("lets nothing that a target, a model or a failure is called act in the page", async () => {
    const hostile = `</td></script><script>alert(1)</script><img src=x onerror="alert(2)">'&`;
    const scores = ["a", "b"].flatMap((target) => [hostile, "base"].map((model) => score(target, model, { suitePassAt1: 1, testPassRate: 1, mutationScore: 1, "mutants.<i>": 1, "killed.<i>": 1 }, { name: hostile, outcome: hostile, detail: hostile, aliases: hostile })));
    const { page } = await written(scores);
    expect(page.match(/<script|<img|<i>/gu)).toEqual(["<script"]);
  });

  it("writes a report of nothing too", async () => {
    const { report: { models, targets }, page } = await written([]);
    expect([models, targets]).toEqual([{}, []]);
    expect(page.includes("0 targets")).toBe(true);
  });
}, { inputs: manyScores(3) });
