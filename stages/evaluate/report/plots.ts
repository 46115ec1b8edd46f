import type { TopLevelSpec } from "vega-lite";
import { draw } from "./draw.js";
import type { Report } from "../lib/figures/figures.js";
import { disagreementHeadline, headline, type MetricName, metrics } from "../lib/figures/metrics.js";
import { trainingPlot } from "./training-plot.js";

/**
 * The plots of a report as SVG. Colours are CSS variables of the page, so that they follow its light or dark scheme.
 */
export interface Plots {
  /** Everyone's main metrics with their intervals. */
  readonly comparison: string;
  /** What models differ by, with intervals; null where there is one model. */
  readonly differences: string | null;
  /** How the targets are distributed over the values of a metric. */
  readonly distributions: string;
  readonly outcomes: string;
  /** Null where no mutant was run. */
  readonly operators: string | null;
  /** Loss and learning rate by step; null where no training is known. */
  readonly training: string | null;
}

/**
 * Draws every plot that the figures of a report give something to draw for. The same report gives the same SVG, byte
 * for byte.
 */
export async function drawPlots(report: Report): Promise<Plots> {
  // Vega counts the ids in its SVG through: a page has each once, and the same page always the same.
  const { resetSVGDefIds } = await import("vega");
  resetSVGDefIds();
  const hasMutants = Object.values(report.operators).some((operators) => Object.keys(operators).length > 0);
  return {
    comparison: await draw(comparison(report)),
    differences: report.comparisons.length > 0 ? await draw(differences(report)) : null,
    distributions: await draw(distributions(report)),
    outcomes: await draw(outcomes(report)),
    operators: hasMutants ? await draw(operators(report)) : null,
    training:
      report.training !== null && report.training.log.length > 0 ? await draw(trainingPlot(report.training)) : null,
  };
}

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
const distributed: readonly MetricName[] = ["testPassRate", "lineCoverage", "mutationScore"];
const whole: [number, number] = [0, 1];
const part = { format: ".0%", values: [0, 0.5, 1] };

function comparison({ models }: Report): TopLevelSpec {
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
  const x = { type: "quantitative", scale: { domain: whole }, title: null, axis: part } as const;
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
      layer: [
        {
          mark: { type: "rule", strokeWidth: 2.5, strokeCap: "round", opacity: 0.55 },
          encoding: { y, x: { field: "low", ...x }, x2: { field: "high" }, color },
        },
        {
          mark: { type: "point", filled: true, size: 70, opacity: 1 },
          encoding: { y, x: { field: "value", ...x }, color },
        },
      ],
    },
    resolve: { axis: { x: "independent" } },
  };
}

/** A row for each two models, a line at 0: what lies right of it is better than what it is held against. */
function differences({ comparisons }: Report): TopLevelSpec {
  const pairs = comparisons.map(({ model, to }) => pairTitle(model, to));
  const shown = titled([...headline, ...disagreementHeadline].map(({ name }) => name)).filter(({ name }) =>
    comparisons.some(({ figures }) => figures[name].n > 0),
  );
  const values = shown.flatMap(({ name, title }) =>
    comparisons.flatMap(
      ({
        model,
        to,
        figures: {
          [name]: { value, low, high },
        },
      }) =>
        value === null || low === null || high === null
          ? []
          : [
              {
                metric: title,
                pair: pairTitle(model, to),
                value: value * 100,
                low: low * 100,
                high: high * 100,
                verdict: low > 0 ? "more" : high < 0 ? "less" : "unclear",
              },
            ],
    ),
  );
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
        {
          mark: { type: "rule", strokeWidth: 2.5, strokeCap: "round", opacity: 0.55 },
          encoding: { y, x: { field: "low", ...x }, x2: { field: "high" }, color },
        },
        {
          mark: { type: "point", filled: true, size: 70, opacity: 1 },
          encoding: { y, x: { field: "value", ...x }, color },
        },
      ],
    },
    resolve: { axis: { x: "independent" } },
  };
}

function distributions({ models, targets }: Report): TopLevelSpec {
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
        axis: { ...part, grid: false },
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

function outcomes({ reasons }: Report): TopLevelSpec {
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

function operators({ operators: byModel }: Report): TopLevelSpec {
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

function pairTitle(model: string, to: string): string {
  return `${model} − ${to}`;
}

function titled(names: readonly MetricName[]) {
  return metrics
    .filter(({ name }) => names.includes(name))
    .toSorted((a, b) => names.indexOf(a.name) - names.indexOf(b.name));
}

const paletteSize = 8;

function colours(names: readonly string[]): string[] {
  return names.map((_, index) => `var(--c${index % paletteSize})`);
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
