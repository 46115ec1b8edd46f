import { groupBy } from "../../pipeline/group-by.js";
import type { Score } from "../../pipeline/records.js";
import type { StepSummary } from "../../pipeline/stage.js";
import type { Contestant } from "./contestants.js";
import { type MetricName, metrics } from "./metrics.js";
import { Bootstrap, type Figure, level, resamples } from "./statistics.js";
import type { Training } from "./training.js";

/** What report.json holds, and report.html shows. Scripts read it: names stay. */
export interface Report {
  readonly pipeline: { readonly name: string; readonly seed: number; readonly steps: readonly Pick<StepSummary, "step" | "stage" | "in" | "out" | "dropped" | "failed" | "skipped">[] };
  readonly interval: { readonly method: string; readonly level: number; readonly resamples: number };
  /** Everyone's figures, baselines too: { student: { role, aliases, suitePassAt1: { value, low, high, n }, ... } } */
  readonly models: Readonly<Record<string, ModelFigures>>;
  /** Whom the others are held against: the first model. */
  readonly reference: string;
  /** Of every other: its value less the reference's, on the same targets. */
  readonly differences: Readonly<Record<string, Figures>>;
  /** Of every two models, the last one first: the later one's value less the earlier one's, on the same targets. */
  readonly comparisons: readonly Comparison[];
  /** What became of each one's suites: passed, or the reason why not, to the number of targets. */
  readonly reasons: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Mutants killed and run, by operator. */
  readonly operators: Readonly<Record<string, Readonly<Record<string, { readonly killed: number; readonly run: number }>>>>;
  readonly targets: readonly TargetFigures[];
  /** Who they are, by the names of `models`. */
  readonly contestants: Readonly<Record<string, Contestant>>;
  /** How the student was trained; null where the pipeline file does not wire it. */
  readonly training: Training | null;
}

/** The part of a report that follows from the scores alone. */
export type Sums = Omit<Report, "contestants" | "training">;

export type Figures = Readonly<Record<MetricName, Figure>>;

export interface Comparison {
  readonly model: string;
  readonly to: string;
  readonly figures: Figures;
}

export type ModelFigures = Figures & {
  readonly role: string;
  /** Other names of the same model file, which gave the same answers. */
  readonly aliases: readonly string[];
};

export interface TargetFigures {
  readonly id: string;
  /** Qualified name inside the module. */
  readonly name: string;
  readonly module: string;
  /** Name and version of the package, repository or folder. */
  readonly source: string;
  readonly path: string;
  readonly models: Readonly<Record<string, { readonly outcome: string; readonly detail: string; readonly metrics: Score["metrics"] }>>;
}

/** Sums scores up. The order of targets is that of the scores, and so is that of contestants, by a target that all are scored on where there is one. */
export function sumUp(scores: readonly Score[], { name, seed, history }: { readonly name: string; readonly seed: number; readonly history: readonly StepSummary[] }): Sums {
  const byModel = groupBy(scores, ({ model }) => model);
  const byTarget = groupBy(scores, ({ target }) => target);
  const fullest = [...byTarget.values()].reduce((most, own) => (own.length > most.length ? own : most), []);
  const names = [...new Set([...fullest, ...scores].map(({ model }) => model))];
  const [reference = ""] = names;
  const bootstrap = new Bootstrap(seed);
  const each = <T>(models: readonly string[], value: (own: readonly Score[]) => T) =>
    Object.fromEntries(models.map((model) => [model, value(byModel.get(model) ?? [])]));
  const models = names.filter((model) => identity(byModel.get(model) ?? []).role === "model");
  const compare = (model: string, to: string) => figures((metric) => differences(byModel.get(model) ?? [], byModel.get(to) ?? [], metric), bootstrap);
  return {
    pipeline: { name, seed, steps: history.map(({ step, stage, in: taken, out, dropped, failed, skipped }) => ({ step, stage, in: taken, out, dropped, failed, skipped })) },
    interval: { method: "percentile bootstrap over targets", level, resamples },
    models: each(names, (own) => ({ ...identity(own), ...figures((metric) => valuesOf(own, metric), bootstrap) })),
    reference,
    differences: Object.fromEntries(names.slice(1).map((model) => [model, compare(model, reference)])),
    comparisons: models.map((model, place) => models.slice(0, place).map((to) => ({ model, to, figures: compare(model, to) }))).toReversed().flat(),
    reasons: each(names, reasonsOf),
    operators: each(names, operatorsOf),
    targets: [...byTarget].map(([id, own]) => targetOf(id, own)),
  };
}

function identity([first]: readonly Score[]) {
  const aliases = String(first?.labels["aliases"] ?? "");
  return { role: String(first?.labels["role"] ?? "model"), aliases: aliases === "" ? [] : aliases.split(", ") };
}

function figures(valuesOfMetric: (metric: MetricName) => readonly number[], bootstrap: Bootstrap): Figures {
  return Object.fromEntries(metrics.map(({ name }) => [name, bootstrap.estimate(valuesOfMetric(name))])) as Figures;
}

function valuesOf(scores: readonly Score[], metric: string): number[] {
  return scores.flatMap(({ metrics: { [metric]: value } }) => (typeof value === "number" ? [value] : []));
}

function differences(scores: readonly Score[], reference: readonly Score[], metric: string): number[] {
  const known = new Map(reference.map(({ target, metrics: { [metric]: value } }) => [target, value]));
  return scores.flatMap(({ target, metrics: { [metric]: value } }) => {
    const other = known.get(target);
    return typeof value === "number" && typeof other === "number" ? [value - other] : [];
  });
}

function reasonsOf(scores: readonly Score[]): Record<string, number> {
  const counts = [...groupBy(scores, ({ labels: { outcome } }) => String(outcome))].map(([outcome, own]) => [outcome, own.length] as const);
  return Object.fromEntries(counts.toSorted(([a, n], [b, m]) => m - n || (a < b ? -1 : 1)));
}

function operatorsOf(scores: readonly Score[]): Record<string, { killed: number; run: number }> {
  const operators = new Set(scores.flatMap(({ metrics }) => Object.keys(metrics).filter((key) => key.startsWith("mutants.")).map((key) => key.slice("mutants.".length))));
  const sum = (key: string) => valuesOf(scores, key).reduce((total, value) => total + value, 0);
  return Object.fromEntries([...operators].toSorted().map((operator) => [operator, { killed: sum(`killed.${operator}`), run: sum(`mutants.${operator}`) }]));
}

function targetOf(id: string, scores: readonly Score[]): TargetFigures {
  const [first] = scores;
  const models = scores.map(({ model, metrics, labels: { outcome = "", detail = "" } }) => [model, { outcome: String(outcome), detail: String(detail), metrics }] as const);
  return {
    id,
    name: String(first?.labels["name"] ?? id),
    module: String(first?.labels["module"] ?? ""),
    source: first?.source === null || first === undefined ? "" : `${first.source.name} ${first.source.version}`,
    path: first?.source?.path ?? "",
    models: Object.fromEntries(models),
  };
}
