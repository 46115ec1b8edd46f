import type { TopLevelSpec } from "vega-lite";
import type { Report } from "../../lib/figures/figures.js";
import { paletteSize } from "./scales.js";

/** What became of everyone's suites, as bars of targets. */
export function outcomes({ reasons }: Report): TopLevelSpec {
  const names = Object.keys(reasons);
  const kinds = [...new Set(["passed", "kills no mutant", ...Object.values(reasons).flatMap(Object.keys)])].filter(
    (kind) => Object.values(reasons).some((counts) => counts[kind] !== undefined),
  );
  const values = names.flatMap((model) =>
    Object.entries(reasons[model] ?? {}).map(([outcome, count]) => ({
      model,
      outcome,
      count,
      order: kinds.indexOf(outcome),
    })),
  );
  return {
    data: { values },
    width: 560,
    height: { step: 30 },
    mark: { type: "bar", stroke: "var(--page)", strokeWidth: 1.5 },
    encoding: {
      y: { field: "model", type: "nominal", sort: names, title: null },
      x: { field: "count", type: "quantitative", title: "targets", axis: { tickMinStep: 1, format: "d" } },
      color: {
        field: "outcome",
        type: "nominal",
        scale: { domain: kinds, range: outcomeColours(kinds) },
        legend: { title: null, orient: "right", symbolType: "square" },
      },
      order: { field: "order", type: "quantitative" },
    },
  };
}

function outcomeColours(kinds: readonly string[]): string[] {
  const others = kinds.filter((kind) => !(kind in known));
  return kinds.map((kind) => known[kind] ?? `var(--r${others.indexOf(kind) % paletteSize})`);
}

const known: Readonly<Record<string, string>> = {
  passed: "var(--good)",
  "kills no mutant": "var(--weak)",
  "no tests": "var(--none)",
};
