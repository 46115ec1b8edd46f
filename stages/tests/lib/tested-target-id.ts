import type { Example } from "../../../pipeline/contract/records.js";
import { PytestEvidence } from "./evidence/pytest-evidence.js";

/**
 * The target that an example tests, by its id: the key that tests are looked up by; empty for examples of other tasks.
 */
export function testedTargetId({ evidence }: Pick<Example, "evidence">): string {
  return PytestEvidence.is(evidence) ? evidence.target.id : "";
}
