import { defineEvidence } from "../../../../pipeline/contract/evidence.js";
import type { Target } from "../../../python/lib/records.js";
import { pytestCard } from "./card.js";
import { pytestColumns } from "./columns.js";
import { type OriginalTest, passedTests, type Pytest, PytestSchema } from "./schema.js";

/** What proves a row of the pytest task: the target, what the tool writes before the tests, and the verdicts. */
export const PytestEvidence = defineEvidence({
  type: "pytest",
  schema: PytestSchema,
  columns: pytestColumns,
  parts: "single samples or tests",
  labels: {
    strengthened: "Who added tests for mutants that the first tests did not notice",
    repair: "What mended tests of the response, after which they passed: rule:NAME, model:ATTEMPT",
    truncated: "Whether the model's answer was cut, and its whole tests kept",
  },
  card: pytestCard,
  proves: (evidence) => (passedTests(evidence) > 0 ? "running it" : null),
});
export type PytestEvidence = Pytest;

/**
 * A target as the evidence of its tests names it.
 *
 * @example
 *   evidence: unverified(testedTarget(target), preamble),
 */
export function testedTarget({
  id,
  targetKind: kind,
  name,
  qualifiedName,
  module,
  route,
}: Target): PytestEvidence["target"] {
  return { id, kind, name, qualifiedName, module, ...(route !== undefined && { route }) };
}

/**
 * The evidence of tests that were not run yet.
 *
 * @param preamble lines that stand above each test: its imports
 * @example
 *   evidence: unverified(testedTarget(target), "from shop.prices import total"),
 */
export function unverified(
  target: PytestEvidence["target"],
  preamble: string,
  originals?: readonly OriginalTest[],
): PytestEvidence {
  return {
    type: "pytest",
    target,
    ...(originals !== undefined && { originals: [...originals] }),
    preamble,
    verdicts: [],
    hashSeeds: [],
    sandbox: null,
    mutants: null,
    coverage: null,
  };
}
