import { type Reason, reason } from "../../../pipeline/contract/reasons.js";
import type { OriginalTest } from "./evidence/schema.js";
import type { Verdict } from "../../../pipeline/contract/verdict.js";
import type { Original, OriginalResult, OriginalRun, TestResult } from "../../../pipeline/contract/test-run.js";
import { testedAsWritten } from "./in-sandbox.js";
import type { Candidate, InSandbox, Limits } from "./candidate.js";

/** What the original of a test says of how the test ended that was made from it. */
export interface OriginalSays {
  /** The test as it stands in the source holds: what was made of it does not mean the same. */
  readonly isConversion: boolean;
  /** Why the test is left out. */
  readonly reason: Reason;
}

/**
 * Runs the originals of tests that do not pass: a rewritten test that fails says nothing of the code while what was
 * written by a person has not failed. By the names of the tests; those that no person wrote, and those whose original
 * fails too, are not in it.
 */
export async function askOriginals(
  candidate: Candidate,
  result: TestResult,
  limits: Pick<Limits, "timeout" | "memory">,
  context: InSandbox,
): Promise<ReadonlyMap<string, OriginalSays>> {
  const said = new Map<string, OriginalSays>();
  for (const original of candidate.evidence.originals ?? []) {
    const ended = result.fileError ?? result.verdicts.find(({ test }) => test === original.test);
    if (ended === undefined || !mayBeTheConversion(ended)) continue;
    const says = saysOf(original, ended, await runOriginal(candidate, original, limits, context));
    if (says !== null) said.set(original.test, says);
  }
  return said;
}

/** Not what a machine did, or what is refused whatever its original does. */
function mayBeTheConversion({ outcome, reason }: Omit<Verdict, "test">): boolean {
  return (
    outcome !== "passed" && ["wrong-value", "raised", "name", "import", "fixture", "syntax"].includes(reason ?? "")
  );
}

function saysOf(
  { kind, name, path, lines }: OriginalTest,
  ended: Omit<Verdict, "test">,
  original: OriginalResult,
): OriginalSays | null {
  const where = `${kind} ${name} (${path}:${lines[0]})`;
  if (original.outcome === "passed")
    return {
      isConversion: true,
      reason: reason(
        "conversion",
        `conversion: as it was written it passes, ${where}; as it was rewritten: ${ended.detail}`,
      ),
    };
  // It fails as a person wrote it: that is for a person to look at.
  if (original.outcome === "failed" && ["wrong-value", "raised", "name"].includes(original.reason ?? "")) return null;
  if (ended.reason !== "wrong-value") return null;
  const why = `${original.reason ?? original.outcome}: ${original.detail}`;
  return {
    isConversion: false,
    reason: reason(
      "unconfirmed",
      `unconfirmed: as it was written it cannot be judged here, ${where}: ${why}; as it was rewritten: ${ended.detail}`,
    ),
  };
}

async function runOriginal(
  { source: { ref, name, version }, evidence: { target }, identity }: Candidate,
  original: OriginalTest,
  { timeout, memory }: Pick<Limits, "timeout" | "memory">,
  context: InSandbox,
): Promise<OriginalResult> {
  const request: OriginalRun = {
    source: { ref, name, version },
    original: requested(original, target.module, target.qualifiedName),
    timeout,
    memory,
  };
  return await testedAsWritten(request, identity, context);
}

function requested(
  { kind, path, name, examples = [], of = examples.length }: OriginalTest,
  module: string,
  qualifiedName: string,
): Original {
  return kind === "doctest" ? { kind, path, module, qualifiedName, examples, of } : { kind, path, test: name };
}
