import type { TopLevelSpec } from "vega-lite";
import type { Report } from "../../lib/figures/figures.js";
import { disagreementHeadline, headline } from "../../lib/figures/metrics.js";
import { verdictOf } from "../verdict.js";
import { intervals } from "./intervals.js";
import { titled } from "./scales.js";

/** A row for each two models, a line at 0: what lies right of it is better than what it is held against. */
export function differences({ comparisons }: Report): TopLevelSpec {
  const pairs = comparisons.map(({ model, to }) => pairTitle(model, to));
  const shown = titled([...headline, ...disagreementHeadline].map(({ name }) => name)).filter(({ name }) =>
    comparisons.some(({ figures }) => figures[name].n > 0),
  );
  const values = valuesOf(comparisons, shown);
  const most = Math.max(5, ...values.flatMap(({ low, high }) => [Math.abs(low), Math.abs(high)]));
  const y = {
    field: "pair",
    type: "nominal",
    sort: pairs,
    title: null,
    axis: { grid: true, gridDash: [1, 3] as number[], labelLimit: 300 },
  } as const;
  const x = {
    type: "quantitative",
    scale: { domain: [-most, most] as number[], nice: true },
    title: null,
    axis: { format: "+d", tickCount: 5 },
  } as const;
  const color = {
    field: "verdict",
    type: "nominal",
    scale: { domain: ["more", "less", "unclear"], range: ["var(--good)", "var(--r0)", "var(--soft)"] },
    legend: null,
  } as const;
  return {
    data: { values },
    facet: { field: "metric", type: "nominal", sort: shown.map(({ title }) => title), header: { title: null } },
    columns: 3,
    spec: {
      width: 235,
      height: { step: 28 },
      layer: [
        { mark: { type: "rule", color: "var(--soft)", strokeWidth: 1.2 }, encoding: { x: { datum: 0, ...x } } },
        ...intervals(x, y, color),
      ],
    },
    resolve: { axis: { x: "independent" } },
  };
}

function valuesOf(comparisons: Report["comparisons"], shown: ReturnType<typeof titled>) {
  return shown.flatMap(({ name, title }) =>
    comparisons.flatMap(({ model, to, figures }) => {
      const { value, low, high } = figures[name];
      const verdict = verdictOf(figures[name]);
      if (value === null || low === null || high === null || verdict === null) return [];
      const inPoints = { value: value * 100, low: low * 100, high: high * 100 };
      return [{ metric: title, pair: pairTitle(model, to), ...inPoints, verdict }];
    }),
  );
}

function pairTitle(model: string, to: string): string {
  return `${model} − ${to}`;
}
