import type { Example } from "../../../pipeline/contract/records.js";

/**
 * The target that an example tests, by its id: the key that tests are looked up by; empty for examples of other tasks.
 */
export function testedTargetId({ evidence }: Pick<Example, "evidence">): string {
  return evidence.type === "pytest" ? evidence.target.id : "";
}
