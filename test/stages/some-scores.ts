import { Score } from "../../pipeline/records.js";

/** Scores of four contestants on many targets: made up, the same each time. */
export function someScores(): Score[] {
  const contestants = [
    { model: "student", role: "model", skill: 0.6 }, { model: "base", role: "model", skill: 0.15 }, { model: "human", role: "baseline", skill: 1 },
    { model: "record", role: "baseline", skill: 0.85 }, { model: "smoke", role: "baseline", skill: 0.2 }, { model: "none", role: "baseline", skill: 0 },
  ];
  const chance = (index: number, salt: number) => ((index * 7919 + salt * 104729 + 17) % 1000) / 1000;
  return Array.from({ length: 44 }, (_, index) => contestants.map(({ model, role, skill }, place) => {
    const luck = chance(index, place * 31 + 7);
    const passes = skill > 0 && luck < skill;
    const tests = skill === 0 ? 0 : 2 + (index % 4);
    const passed = passes ? tests : Math.floor(tests * skill * luck);
    const killed = passes && model !== "smoke" ? 12 + (index % 9) : passed > 0 ? 3 : 0;
    const reasons = ["wrong-value", "syntax", "name", "raised"];
    return Score.make({
      target: `t${index}`, model,
      metrics: {
        syntax: tests > 0 ? 1 : 0, collected: tests > 0 ? 1 : 0, grounded: tests > 0 ? 1 : 0, testPassRate: tests === 0 ? 0 : passed / tests,
        suitePassAt1: passes ? 1 : 0, salvaged: killed > 0 ? 1 : 0, stable: tests > 0 ? 1 : 0, lineCoverage: passed > 0 ? 0.6 + 0.4 * skill * luck : 0, branchCoverage: index % 3 === 0 ? null : passed > 0 ? 0.5 : 0,
        mutationScore: killed / 20, bugDetection: index % 2 === 0 ? null : killed > 10 ? 1 : 0, tokens: role === "model" ? 60 + index : null,
        tests, passed, mutants: 20, killed, timeouts: 0,
        "mutants.comparison": 8, "killed.comparison": Math.min(8, killed), "mutants.arithmetic": 7, "killed.arithmetic": Math.min(7, Math.floor(killed / 2)), "mutants.return": 5, "killed.return": Math.min(5, Math.floor(killed / 4)),
      },
      labels: { name: `shop.module_${index}.function_${index}`, role, outcome: passes ? (killed > 0 ? "passed" : "kills no mutant") : tests === 0 ? "no tests" : reasons[index % 4] ?? "", detail: passes || tests === 0 ? "" : "AssertionError: assert 3 == 4", ...(model === "base" && { aliases: "base-again" }) },
    }, { source: { ref: "folder:shop", name: "shop", version: "1", licence: "MIT", path: `shop/module_${index}.py` }, from: [] });
  })).flat();
}
