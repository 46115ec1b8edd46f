import type { TopLevelSpec } from "vega-lite";
import type { Report } from "../../lib/figures/figures.js";

/** Which part of the mutants of each operator everyone kills. */
export function operators({ operators: byModel }: Report): TopLevelSpec {
  const names = Object.keys(byModel);
  // People are scored on fewer targets than everyone else: a row is an operator, whoever it was run for.
  const most = (operator: string) => Math.max(...names.map((model) => byModel[model]?.[operator]?.run ?? 0));
  const values = names.flatMap((model) =>
    Object.entries(byModel[model] ?? {}).map(([operator, { killed, run }]) => ({
      model,
      score: run === 0 ? 0 : killed / run,
      run: most(operator),
      label: `${operator} (${most(operator)})`,
    })),
  );
  const y = {
    field: "label",
    type: "nominal",
    title: null,
    sort: { field: "run", op: "max", order: "descending" },
    axis: { domain: false, ticks: false },
  } as const;
  const x = {
    field: "model",
    type: "nominal",
    sort: names,
    title: null,
    axis: { orient: "top", labelAngle: 0, domain: false, ticks: false },
  } as const;
  return {
    data: { values },
    width: { step: 92 },
    height: { step: 26 },
    layer: [
      {
        mark: { type: "rect", fill: "var(--accent)", stroke: "var(--page)", strokeWidth: 2 },
        encoding: {
          x,
          y,
          fillOpacity: {
            field: "score",
            type: "quantitative",
            scale: { domain: [0, 1], range: [0.04, 0.6] },
            legend: null,
          },
        },
      },
      {
        mark: { type: "text", fontSize: 11.5, color: "var(--ink)" },
        encoding: { x, y, text: { field: "score", type: "quantitative", format: ".0%" } },
      },
    ],
  };
}
