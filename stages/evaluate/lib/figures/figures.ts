import { z } from "zod";
import { groupBy } from "../../../../pipeline/system/group-by.js";
import type { Score } from "../records.js";
import type { StepSummary } from "../../../../pipeline/contract/step-summary.js";
import type { Contestant } from "./contestants.js";
import { type DisagreementReport, disagreementsOf } from "./disagreements.js";
import { type Metric, type MetricName, metrics } from "./metrics.js";
import { Bootstrap, type Figure, level, type Part, resamples } from "./statistics.js";
import type { Training } from "./training.js";

/** What report.json holds, and report.html shows. Scripts read it: names stay. */
export interface Report {
  readonly pipeline: {
    readonly name: string;
    readonly seed: number;
    readonly steps: readonly Pick<StepSummary, "step" | "stage" | "in" | "out" | "dropped" | "failed" | "skipped">[];
  };
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
  /** Of those targets that are not salvaged, why not: the most common cause first. */
  readonly causes: Readonly<Record<string, readonly Cause[]>>;
  /** Mutants killed and run, by operator. */
  readonly operators: Readonly<
    Record<string, Readonly<Record<string, { readonly killed: number; readonly run: number }>>>
  >;
  readonly targets: readonly TargetFigures[];
  /** What disagreement with buggy programs is worth, by where the bugs come from; null where no program is one. */
  readonly disagreements: DisagreementReport | null;
  /** Who they are, by the names of `models`. */
  readonly contestants: Readonly<Record<string, Contestant>>;
  /** How the student was trained; null where the pipeline file does not wire it. */
  readonly training: Training | null;
}

/** The part of a report that follows from the scores alone. */
export type Sums = Omit<Report, "contestants" | "training">;

/** Every metric's figure, by its name; `n` is 0 in those that nothing was counted for. */
export type Figures = Readonly<Record<MetricName, Figure>>;

/** Why targets are not salvaged, with how many there are of it. */
export interface Cause {
  /** The first reason for which a suite does not pass, as in `reasons`. */
  readonly cause: string;
  readonly targets: number;
  /** What one of them says; empty where there is nothing to say. */
  readonly example: string;
}

/** Two models on the targets that both are scored on: `model` less `to`. */
export interface Comparison {
  readonly model: string;
  readonly to: string;
  readonly figures: Figures;
}

/** A contestant's figures, and who it is. */
export type ModelFigures = Figures & {
  readonly role: string;
  /** Other names of the same model file, which gave the same answers. */
  readonly aliases: readonly string[];
  /** The model as the pipeline file names it; null for a baseline. */
  readonly model: string | null;
  /**
   * Whose expected values: the model's own, those that the code answers (recorded), or these with the tests of a
   * baseline beside (joined); null for a baseline.
   */
  readonly values: "own" | "recorded" | "joined" | null;
};

/** How every contestant did on one target, and where that stands. */
export interface TargetFigures {
  readonly id: string;
  /** Qualified name inside the module. */
  readonly name: string;
  readonly module: string;
  /** Name and version of the package, repository or folder. */
  readonly source: string;
  readonly path: string;
  readonly models: Readonly<
    Record<string, { readonly outcome: string; readonly detail: string; readonly metrics: Score["metrics"] }>
  >;
}

/**
 * Sums scores up. The order of targets is that of the scores, and so is that of contestants, by a target that all are
 * scored on where there is one.
 */
export function sumUp(
  scores: readonly Score[],
  { name, seed, history }: { readonly name: string; readonly seed: number; readonly history: readonly StepSummary[] },
): Sums {
  const byModel = groupBy(scores, ({ model }) => model);
  const byTarget = groupBy(scores, ({ target }) => target);
  const fullest = [...byTarget.values()].reduce((most, own) => (own.length > most.length ? own : most), []);
  const names = [...new Set([...fullest, ...scores].map(({ model }) => model))];
  const [reference = ""] = names;
  const bootstrap = new Bootstrap(seed);
  const each = <T>(models: readonly string[], value: (own: readonly Score[]) => T) =>
    Object.fromEntries(models.map((model) => [model, value(byModel.get(model) ?? [])]));
  const models = names.filter((model) => identity(byModel.get(model) ?? []).role === "model");
  const compare = (model: string, to: string) =>
    differences(byModel.get(model) ?? [], byModel.get(to) ?? [], bootstrap);
  const comparable = (model: string, to: string) =>
    areComparable(identity(byModel.get(model) ?? []), identity(byModel.get(to) ?? []));
  return {
    pipeline: {
      name,
      seed,
      steps: history.map(({ step, stage, in: taken, out, dropped, failed, skipped }) => ({
        step,
        stage,
        in: taken,
        out,
        dropped,
        failed,
        skipped,
      })),
    },
    interval: { method: "percentile bootstrap over targets", level, resamples },
    models: each(names, (own) => ({ ...identity(own), ...figuresOf(own, bootstrap) })),
    reference,
    differences: Object.fromEntries(names.slice(1).map((model) => [model, compare(model, reference)])),
    comparisons: models
      .map((model, place) =>
        models
          .slice(0, place)
          .filter((to) => comparable(model, to))
          .map((to) => ({ model, to, figures: compare(model, to) })),
      )
      .toReversed()
      .flat(),
    reasons: each(names, reasonsOf),
    causes: each(models, causesOf),
    operators: each(names, operatorsOf),
    targets: [...byTarget].map(([id, own]) => targetOf(id, own)),
    disagreements: disagreementsOf(scores, (own) => figuresOf(own, bootstrap)),
  };
}

type Identity = Pick<ModelFigures, "role" | "aliases" | "model" | "values">;

function identity([first]: readonly Score[]): Identity {
  const { role = "model", aliases = "", model = null, values = "own" } = first?.labels ?? {};
  const isModel = role === "model";
  return {
    role: String(role),
    aliases: aliases === "" ? [] : String(aliases).split(", "),
    model: isModel && model !== null ? String(model) : null,
    values: isModel ? Values.parse(values) : null,
  };
}

const Values = z.enum(["own", "recorded", "joined"]);

/**
 * Own values are held against own ones, recorded against recorded; and what a model wrote with either against each
 * other.
 */
function areComparable(one: Identity, other: Identity): boolean {
  return one.values === other.values || (one.model !== null && one.model === other.model);
}

function figuresOf(scores: readonly Score[], bootstrap: Bootstrap): Figures {
  return figures((metric) => {
    const { quotient } = metric;
    if (quotient === undefined) return bootstrap.estimate(valuesOf(scores, metric.name));
    return bootstrap.quotient(scores.flatMap((score) => partOf(score, quotient) ?? []));
  });
}

function figures(figureOf: (metric: Metric) => Figure): Figures {
  return Object.fromEntries(metrics.map((metric) => [metric.name, figureOf(metric)])) as Figures;
}

/** What a target adds to two sums; null where it is not counted. */
function partOf({ metrics: counts }: Score, [above, below]: NonNullable<Metric["quotient"]>): [Part] | null {
  const [one, other] = [counts[above], counts[below]];
  return typeof one === "number" && typeof other === "number" ? [[one, other]] : null;
}

function valuesOf(scores: readonly Score[], metric: string): number[] {
  return scores.flatMap(({ metrics: { [metric]: value } }) => (typeof value === "number" ? [value] : []));
}

/** A model's figures less another's, on the targets that both are scored on. */
function differences(scores: readonly Score[], reference: readonly Score[], bootstrap: Bootstrap): Figures {
  const known = new Map(reference.map((score) => [score.target, score]));
  const both = scores.flatMap((score) => {
    const other = known.get(score.target);
    return other === undefined ? [] : [[score, other] as const];
  });
  return figures(({ name, quotient }) => {
    if (quotient === undefined)
      return bootstrap.estimate(
        both.flatMap(
          ([
            {
              metrics: { [name]: value },
            },
            {
              metrics: { [name]: other },
            },
          ]) => (typeof value === "number" && typeof other === "number" ? [value - other] : []),
        ),
      );
    const parts = both.flatMap(([score, other]) => {
      const [part] = partOf(score, quotient) ?? [];
      const [otherPart] = partOf(other, quotient) ?? [];
      return part === undefined || otherPart === undefined ? [] : [[part, otherPart] as const];
    });
    return bootstrap.quotientDifference(
      parts.map(([part]) => part),
      parts.map(([, part]) => part),
    );
  });
}

function causesOf(scores: readonly Score[]): Cause[] {
  const missed = groupBy(
    scores.filter(({ metrics: { salvaged } }) => salvaged === 0),
    ({ labels: { outcome } }) => String(outcome),
  );
  const causes = [...missed].map(([cause, own]): Cause => {
    const example =
      own
        .map(({ labels: { name, detail = "" } }) => (detail === "" ? "" : `${String(name)}: ${String(detail)}`))
        .find((text) => text !== "") ?? "";
    return { cause, targets: own.length, example };
  });
  return causes.toSorted((a, b) => b.targets - a.targets || (a.cause < b.cause ? -1 : 1));
}

function reasonsOf(scores: readonly Score[]): Record<string, number> {
  const counts = [...groupBy(scores, ({ labels: { outcome } }) => String(outcome))].map(
    ([outcome, own]) => [outcome, own.length] as const,
  );
  return Object.fromEntries(counts.toSorted(([a, n], [b, m]) => m - n || (a < b ? -1 : 1)));
}

function operatorsOf(scores: readonly Score[]): Record<string, { killed: number; run: number }> {
  const operators = new Set(
    scores.flatMap(({ metrics }) =>
      Object.keys(metrics)
        .filter((key) => key.startsWith("mutants."))
        .map((key) => key.slice("mutants.".length)),
    ),
  );
  const sum = (key: string) => valuesOf(scores, key).reduce((total, value) => total + value, 0);
  return Object.fromEntries(
    [...operators]
      .toSorted()
      .map((operator) => [operator, { killed: sum(`killed.${operator}`), run: sum(`mutants.${operator}`) }]),
  );
}

function targetOf(id: string, scores: readonly Score[]): TargetFigures {
  const [first] = scores;
  const models = scores.map(
    ({ model, metrics, labels: { outcome = "", detail = "" } }) =>
      [model, { outcome: String(outcome), detail: String(detail), metrics }] as const,
  );
  return {
    id,
    name: String(first?.labels["name"] ?? id),
    module: String(first?.labels["module"] ?? ""),
    source: first?.source === null || first === undefined ? "" : `${first.source.name} ${first.source.version}`,
    path: first?.source?.path ?? "",
    models: Object.fromEntries(models),
  };
}
