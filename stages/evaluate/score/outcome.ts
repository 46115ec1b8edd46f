import type { Example } from "../../../pipeline/contract/records.js";
import { type FileRun, isVoid, type Metrics } from "./metrics.js";

/** In a word what became of a suite, with the line that says why. */
export interface Outcome {
  /** passed, "kills no mutant", "no tests", or the first reason for which it does not pass: syntax, wrong-value, ... */
  readonly outcome: string;
  readonly detail: string;
}

/**
 * What became of a suite, told by its runs and its metrics: the first thing that went wrong in it, in the order of its
 * files.
 */
export function outcomeOf(files: readonly FileRun[], examples: readonly Example[], metrics: Metrics): Outcome {
  if (metrics["suitePassAt1"] === 1)
    return { outcome: metrics["salvaged"] === 0 ? "kills no mutant" : "passed", detail: "" };
  const unanswered = examples.find(({ labels }) => labels["unanswered"] !== undefined)?.labels["unanswered"];
  if (unanswered !== undefined) return fromText(String(unanswered));
  const cheat = files.find(isVoid);
  const failed = [cheat ?? null, ...files].flatMap((file) => (file === null ? [] : failures(file)));
  const [first] = failed;
  if (first !== undefined) return { outcome: first.reason ?? first.outcome, detail: first.detail };
  return examples.length === 0
    ? { outcome: "no tests", detail: "" }
    : { outcome: "not collected", detail: "pytest does not run every test" };
}

function failures({ result: { fileError, verdicts } }: FileRun) {
  return [...(fileError === null ? [] : [fileError]), ...verdicts.filter(({ outcome }) => outcome !== "passed")];
}

function fromText(text: string): Outcome {
  const colon = text.indexOf(":");
  return colon === -1
    ? { outcome: text, detail: "" }
    : { outcome: text.slice(0, colon), detail: text.slice(colon + 1).trim() };
}
