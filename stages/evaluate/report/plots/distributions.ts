import type { TopLevelSpec } from "vega-lite";
import type { Report } from "../../lib/figures/figures.js";
import type { MetricName } from "../../lib/figures/metrics.js";
import { colours, partAxis, titled } from "./scales.js";

const distributed: readonly MetricName[] = ["testPassRate", "lineCoverage", "mutationScore"];

/** How many targets have which value of a metric: a row of histograms for each contestant. */
export function distributions({ models, targets }: Report): TopLevelSpec {
  const names = Object.keys(models);
  // Row by row: the order of the data is the order in which the plots of a grid are laid out.
  const values = names.flatMap((model) =>
    titled(distributed).flatMap(({ name, title }) =>
      targets.flatMap(({ models: { [model]: own } }) => {
        const value = own?.metrics[name];
        return typeof value === "number" ? [{ metric: title, model, value }] : [];
      }),
    ),
  );
  return {
    data: { values },
    mark: { type: "bar", cornerRadiusEnd: 1.5, binSpacing: 1.5 },
    width: 270,
    height: 44,
    encoding: {
      x: {
        field: "value",
        type: "quantitative",
        bin: { extent: [0, 1.0001], step: 0.1 },
        title: null,
        axis: { ...partAxis, grid: false },
      },
      y: { aggregate: "count", type: "quantitative", title: null, axis: { tickCount: 2, grid: true } },
      color: { field: "model", type: "nominal", scale: { domain: names, range: colours(names) }, legend: null },
      row: {
        field: "model",
        type: "nominal",
        sort: names,
        title: null,
        spacing: 14,
        header: { labelAngle: 0, labelAlign: "left", labelLimit: 140 },
      },
      column: { field: "metric", type: "nominal", sort: titled(distributed).map(({ title }) => title), title: null },
    },
  };
}
