import type { Conversation, PytestEvidence } from "../../../../pipeline/contract/records.js";
import type { Column } from "./column.js";

type Evidence = Conversation["evidence"];

/** The columns that show, flat, what proves a row of a task: enough to prove it again. */
export function evidenceColumns(type: Evidence["type"]): readonly Column[] {
  return columnsOf[type];
}

/** What was run for a row. */
export interface Proof extends Pick<PytestEvidence, "sandbox" | "mutants" | "coverage"> {
  /** Tests that passed; 0 where nothing was run. */
  readonly tests: number;
}

/** null where the row's task has nothing that can be run. */
export function proofOf(evidence: Evidence): Proof | null {
  if (evidence.type === "none") return null;
  const { verdicts, hashSeeds, sandbox, mutants, coverage } = evidence;
  return {
    tests: hashSeeds.length === 0 ? 0 : verdicts.filter(({ outcome }) => outcome === "passed").length,
    sandbox,
    mutants,
    coverage,
  };
}

/**
 * Where the expected values of a row's tests come from: how many are the model's own, and how many are what the code
 * answers.
 */
export interface Values {
  readonly own: number;
  readonly recorded: number;
}

/** null where no expectation of the row was held against the code. */
export function valuesOf({ expectations = [] }: Pick<PytestEvidence, "expectations">): Values | null {
  const kept = expectations.filter(({ test }) => test !== null);
  const own = kept.filter(({ recorded }) => recorded === null).length;
  return kept.length === 0 ? null : { own, recorded: kept.length - own };
}

function inOneWord(values: Values | null): string | null {
  if (values === null) return null;
  return values.recorded === 0 ? "own" : values.own === 0 ? "recorded" : "mixed";
}

const columnsOf: Readonly<Record<Evidence["type"], readonly Column[]>> = {
  none: [],
  pytest: [
    pytest("target_module", "string", "Module that the tested thing is imported from", ({ target }) => target.module),
    pytest("target_name", "string", "Its qualified name in that module", ({ target }) => target.qualifiedName),
    pytest("target_kind", "string", "function, method, class or route", ({ target }) => target.kind),
    pytest(
      "preamble",
      "string",
      "Import lines: preamble + response is a whole test file for plain pytest",
      ({ preamble }) => preamble,
    ),
    pytest(
      "tests_passed",
      "integer",
      "Test functions of the response that passed in every run",
      ({ verdicts }) => verdicts.filter(({ outcome }) => outcome === "passed").length,
    ),
    pytest(
      "runs",
      "integer",
      "Runs that each of them passed, every one with another PYTHONHASHSEED; 0 where nothing was run",
      ({ hashSeeds }) => hashSeeds.length,
    ),
    pytest(
      "values",
      "string",
      "Who knows the expected values: own, the model did; recorded, the code answers so today, whether it should or " +
        "not; mixed. null where nobody held them against the code",
      (evidence) => inOneWord(valuesOf(evidence)),
    ),
    pytest(
      "values_own",
      "integer",
      "Expectations that the model had right",
      (evidence) => valuesOf(evidence)?.own ?? null,
    ),
    pytest(
      "values_recorded",
      "integer",
      "Expectations that were written down from what the code answers, where the model expected something else",
      (evidence) => valuesOf(evidence)?.recorded ?? null,
    ),
    pytest(
      "mutants_killed",
      "integer",
      "Changed copies of the target that the tests failed on; null where they were run on none",
      ({ mutants }) => mutants?.killed ?? null,
    ),
    pytest(
      "mutants_run",
      "integer",
      "Changed copies that they were run on: a verification that asks for n kills ends at the n-th, so killed / run " +
        "is a score only where it measured",
      ({ mutants }) => mutants?.run ?? null,
    ),
    pytest(
      "line_coverage",
      "number",
      "Part of the target's lines that the tests run; null where it was not measured",
      ({ coverage }) => coverage?.lines ?? null,
    ),
    pytest(
      "branch_coverage",
      "number",
      "Part of the ways out of the target's conditions that they take",
      ({ coverage }) => coverage?.branches ?? null,
    ),
    pytest("sandbox", "string", "What confined the runs", ({ sandbox }) => sandbox),
  ],
};

function pytest(
  name: string,
  type: Column["type"],
  meaning: string,
  read: (evidence: Extract<Evidence, { type: "pytest" }>) => string | number | null,
): Column {
  return { name, type, meaning, read: ({ evidence }) => (evidence.type === "pytest" ? read(evidence) : null) };
}
