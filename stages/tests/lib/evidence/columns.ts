import type { EvidenceColumn } from "../../../../pipeline/contract/evidence.js";
import { type Pytest, type Values, valuesOf } from "./schema.js";

/** The columns that show, flat, what proves a row of the pytest task: enough to prove it again. */
export const pytestColumns: Readonly<Record<string, EvidenceColumn<Pytest>>> = {
  target_module: {
    type: "string",
    meaning: "Module that the tested thing is imported from",
    read: ({ target }) => target.module,
  },
  target_name: {
    type: "string",
    meaning: "Its qualified name in that module",
    read: ({ target }) => target.qualifiedName,
  },
  target_kind: { type: "string", meaning: "function, method, class or route", read: ({ target }) => target.kind },
  preamble: {
    type: "string",
    meaning: "Import lines: preamble + response is a whole test file for plain pytest",
    read: ({ preamble }) => preamble,
  },
  tests_passed: {
    type: "integer",
    meaning: "Test functions of the response that passed in every run",
    read: ({ verdicts }) => verdicts.filter(({ outcome }) => outcome === "passed").length,
  },
  runs: {
    type: "integer",
    meaning: "Runs that each of them passed, every one with another PYTHONHASHSEED; 0 where nothing was run",
    read: ({ hashSeeds }) => hashSeeds.length,
  },
  values: {
    type: "string",
    meaning:
      "Who knows the expected values: own, the model did; recorded, the code answers so today, whether it should or " +
      "not; mixed. null where nobody held them against the code",
    read: (evidence) => inOneWord(valuesOf(evidence)),
  },
  values_own: {
    type: "integer",
    meaning: "Expectations that the model had right",
    read: (evidence) => valuesOf(evidence)?.own ?? null,
  },
  values_recorded: {
    type: "integer",
    meaning: "Expectations that were written down from what the code answers, where the model expected something else",
    read: (evidence) => valuesOf(evidence)?.recorded ?? null,
  },
  mutants_killed: {
    type: "integer",
    meaning: "Changed copies of the target that the tests failed on; null where they were run on none",
    read: ({ mutants }) => mutants?.killed ?? null,
  },
  mutants_run: {
    type: "integer",
    meaning:
      "Changed copies that they were run on: a verification that asks for n kills ends at the n-th, so killed / run " +
      "is a score only where it measured",
    read: ({ mutants }) => mutants?.run ?? null,
  },
  line_coverage: {
    type: "number",
    meaning: "Part of the target's lines that the tests run; null where it was not measured",
    read: ({ coverage }) => coverage?.lines ?? null,
  },
  branch_coverage: {
    type: "number",
    meaning: "Part of the ways out of the target's conditions that they take",
    read: ({ coverage }) => coverage?.branches ?? null,
  },
  sandbox: { type: "string", meaning: "What confined the runs", read: ({ sandbox }) => sandbox },
};

function inOneWord(values: Values | null): string | null {
  if (values === null) return null;
  return values.recorded === 0 ? "own" : values.own === 0 ? "recorded" : "mixed";
}
