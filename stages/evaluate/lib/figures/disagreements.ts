import { groupBy } from "../../../../pipeline/system/group-by.js";
import type { Disagreement, Score } from "../records.js";
import type { Figure } from "./statistics.js";

/** What the disagreements of models with buggy programs are worth. */
export interface DisagreementReport {
  /** By where the bugs come from: pair, mutant. */
  readonly bugs: Readonly<Record<string, DisagreementsOfBugs>>;
  /** Every disagreement, those that point at a bug first. */
  readonly list: readonly ListedDisagreement[];
}

/** What they are worth for bugs of one kind. */
export interface DisagreementsOfBugs {
  /** Buggy programs. */
  readonly programs: number;
  readonly models: Readonly<Record<string, CountedDisagreements>>;
}

/** The metrics that say what disagreements are worth. */
type Worth = Readonly<Record<"disagreementPrecision" | "disagreementRecall" | "disagreementRecallWhereTold", Figure>>;

/** What a model's disagreements are worth, and how many there are. */
export type CountedDisagreements = Worth & {
  /** Expectations that were held against the buggy programs. */
  readonly expectations: number;
  readonly disagreements: number;
  /** Disagreements that point at the bug. */
  readonly atBug: number;
  /** Programs whose bug a disagreement points at. */
  readonly found: number;
  /** Programs that answer at least one call of the model otherwise than the correct ones. */
  readonly told: number;
};

/** A disagreement with whose it is, and of which program. */
export interface ListedDisagreement extends Disagreement {
  readonly model: string;
  /** Id of the buggy program's target. */
  readonly target: string;
  readonly name: string;
  readonly module: string;
  /** Where the bug comes from: pair, mutant. */
  readonly bug: string;
}

/** Null where no score is of a buggy program. */
export function disagreementsOf(
  scores: readonly Score[],
  figuresOf: (own: readonly Score[]) => Worth,
): DisagreementReport | null {
  const counted = scores.filter(({ disagreements }) => disagreements !== undefined);
  if (counted.length === 0) return null;
  return {
    bugs: Object.fromEntries([...groupBy(counted, bugOf)].map(([bug, own]) => [bug, ofBugs(own, figuresOf)])),
    list: counted.flatMap(listed).toSorted((a, b) => Number(b.isBug) - Number(a.isBug)),
  };
}

function ofBugs(scores: readonly Score[], figuresOf: (own: readonly Score[]) => Worth): DisagreementsOfBugs {
  return {
    programs: new Set(scores.map(({ target }) => target)).size,
    models: Object.fromEntries(
      [...groupBy(scores, ({ model }) => model)].map(([model, own]) => [model, countedOf(own, figuresOf(own))]),
    ),
  };
}

function countedOf(scores: readonly Score[], figures: Worth): CountedDisagreements {
  const { disagreementPrecision, disagreementRecall, disagreementRecallWhereTold } = figures;
  const sum = (name: string) => scores.reduce((total, { metrics }) => total + (metrics[name] ?? 0), 0);
  return {
    disagreementPrecision,
    disagreementRecall,
    disagreementRecallWhereTold,
    expectations: sum("expectations"),
    disagreements: sum("disagreements"),
    atBug: sum("disagreementsAtBug"),
    found: sum("disagreementRecall"),
    told: scores.filter(({ metrics }) => (metrics["toldApart"] ?? 0) > 0).length,
  };
}

function listed(score: Score): ListedDisagreement[] {
  const {
    target,
    model,
    disagreements = [],
    labels: { name = target, module = "" },
  } = score;
  return disagreements.map((each) => ({
    model,
    target,
    name: String(name),
    module: String(module),
    bug: bugOf(score),
    ...each,
  }));
}

function bugOf({ labels: { bug = "" } }: Score): string {
  return String(bug);
}
