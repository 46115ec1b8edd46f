import type { TopLevelSpec } from "vega-lite";
import type { Report } from "../../lib/figures/figures.js";
import type { MetricName } from "../../lib/figures/metrics.js";
import { intervals } from "./intervals.js";
import { colours, partAxis, titled } from "./scales.js";

const compared: readonly MetricName[] = [
  "suitePassAt1",
  "testPassRate",
  "salvaged",
  "mutationScore",
  "bugDetection",
  "lineCoverage",
  "disagreementPrecision",
  "disagreementRecall",
  "disagreementRecallWhereTold",
];

/** Everyone's means with their intervals, a small plot a metric. */
export function comparison({ models }: Report): TopLevelSpec {
  const names = Object.keys(models);
  const values = titled(compared).flatMap(({ name, title }) =>
    names.flatMap((model) => {
      const figure = models[model]?.[name];
      return figure === undefined || figure.value === null
        ? []
        : [{ metric: title, model, value: figure.value, low: figure.low, high: figure.high }];
    }),
  );
  const y = {
    field: "model",
    type: "nominal",
    sort: names,
    title: null,
    axis: { grid: true, gridDash: [1, 3] as number[] },
  } as const;
  const x = { type: "quantitative", scale: { domain: [0, 1] as number[] }, title: null, axis: partAxis } as const;
  const color = {
    field: "model",
    type: "nominal",
    scale: { domain: names, range: colours(names) },
    legend: null,
  } as const;
  return {
    data: { values },
    facet: {
      field: "metric",
      type: "nominal",
      sort: titled(compared).map(({ title }) => title),
      header: { title: null },
    },
    columns: 3,
    spec: {
      width: 270,
      height: { step: 24 },
      layer: intervals(x, y, color),
    },
    resolve: { axis: { x: "independent" } },
  };
}
