import { Score } from "../../stages/evaluate/lib/records.js";

/** A score; what matters to a test is given. */
export function score(
  target: string,
  model: string,
  metrics: Score["metrics"],
  labels: Score["labels"] = {},
  disagreements?: Score["disagreements"],
): Score {
  return Score.make(
    {
      target,
      model,
      metrics,
      labels: { name: target, module: "shop", role: "model", outcome: "passed", detail: "", ...labels },
      ...(disagreements !== undefined && { disagreements }),
    },
    { source: { ref: "folder:shop", name: "shop", version: "1", licence: "MIT", path: `shop/${target}.py` }, from: [] },
  );
}

/**
 * Scores of two models and of baselines on many targets, made up, but as real ones are: with failures, and with metrics
 * that do not apply to some targets.
 */
export function manyScores(targets = 44): Score[] {
  const contestants = [
    ["student", 0.6],
    ["base", 0.15],
    ["human", 1],
    ["record", 0.85],
    ["smoke", 0.2],
    ["none", 0],
  ] as const;
  const chance = (index: number, salt: number) => ((index * 7919 + salt * 104729 + 17) % 1000) / 1000;
  return Array.from({ length: targets }, (_, index) =>
    contestants.map(([model, skill], place) => {
      const tests = skill === 0 ? 0 : 2 + (index % 4);
      const luck = chance(index, place * 31 + 7);
      const passes = luck < skill;
      const passed = passes ? tests : Math.floor(tests * luck * skill);
      const kills = (most: number) => (passed === 0 ? 0 : Math.min(most, Math.floor(most * skill * (0.5 + luck))));
      const [comparison, arithmetic, boundary] = [kills(8), kills(7), kills(5)];
      const failure = ["wrong-value", "syntax", "name", "raised"][index % 4] ?? "";
      return score(
        `function_${index}`,
        model,
        {
          syntax: tests > 0 ? 1 : 0,
          collected: tests > 0 ? 1 : 0,
          grounded: tests > 0 ? 1 : 0,
          stable: tests > 0 ? 1 : 0,
          testPassRate: tests === 0 ? 0 : passed / tests,
          suitePassAt1: passes ? 1 : 0,
          salvaged: comparison > 0 ? 1 : 0,
          lineCoverage: passed > 0 ? 0.6 + 0.4 * skill * luck : 0,
          branchCoverage: index % 3 === 0 ? null : passed > 0 ? 0.5 + luck / 2 : 0,
          mutationScore: (comparison + arithmetic + boundary) / 20,
          bugDetection: index % 2 === 0 ? null : arithmetic > 5 ? 1 : 0,
          tokens: place < 2 ? 60 + index : null,
          tests,
          passed,
          mutants: 20,
          killed: comparison + arithmetic + boundary,
          timeouts: 0,
          "mutants.comparison": 8,
          "killed.comparison": comparison,
          "mutants.arithmetic": 7,
          "killed.arithmetic": arithmetic,
          "mutants.boundary": 5,
          "killed.boundary": boundary,
        },
        {
          role: place < 2 ? "model" : "baseline",
          outcome: passes ? "passed" : tests === 0 ? "no tests" : failure,
          detail: passes || tests === 0 ? "" : "AssertionError: assert 3 == 4",
        },
      );
    }),
  ).flat();
}
