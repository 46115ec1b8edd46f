import type { AnyRecord, Source } from "../../../pipeline/contract/kind.js";
import { Example } from "../../../pipeline/contract/records.js";
import type { Target } from "../../python/lib/records.js";
import { preamble } from "../../python/lib/pytest-file.js";
import { testedTarget, unverified } from "./evidence/pytest-evidence.js";
import type { OriginalTest } from "./evidence/schema.js";

interface WrittenTests {
  /** What a row asks. */
  readonly prompt: string;
  /** Test functions, with what they share; empty where nobody wrote any. */
  readonly response: string;
  readonly labels: Example["labels"];
  /** Where they come from, of those that a person wrote. */
  readonly originals?: readonly OriginalTest[];
}

/**
 * An example of the pytest task: tests of a target, which were not run yet.
 * @param origin the target itself unless told
 */
export function pytestExample(
  target: Target,
  { prompt, response, labels, originals }: WrittenTests,
  origin: { readonly source: Source | null; readonly from: readonly AnyRecord[] } = {
    source: target.source,
    from: [target],
  },
): Example {
  return Example.make(
    {
      task: "pytest",
      language: target.language,
      prompt,
      response,
      split: null,
      labels,
      evidence: unverified(testedTarget(target), preamble(target), originals),
    },
    origin,
  );
}
