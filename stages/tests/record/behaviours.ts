import { type Reason, reason } from "../../../pipeline/contract/reasons.js";
import type { Target } from "../../python/lib/records.js";
import type { RecordedCall } from "../../../pipeline/contract/sandbox.js";
import { isBuiltinException } from "../../python/lib/builtins.js";
import { argumentList, type Call } from "../lib/calls/call.js";
import { type Behaviour, isAssertable } from "./test-code.js";

/** Longest result that a reader still takes in. */
const longestLiteral = 120;
/** Most tests of one target that expect an exception. */
const mostExceptions = 2;

/** Whether a first call shows that the values suit the function. */
export function isWorking(result: RecordedCall | undefined): boolean {
  return result?.type === "returned" && result.literal !== null && result.literal !== "None";
}

/** The behaviours that are worth a test, or why there are none. */
export function worthTesting(
  target: Target,
  calls: readonly Call[],
  results: readonly RecordedCall[],
): readonly Behaviour[] | Reason {
  const behaviours = calls.flatMap((call, index): Behaviour[] => {
    const result = results[index];
    return result !== undefined && isStable(result, target) ? [{ call, result }] : [];
  });
  const returned = behaviours.filter(({ result }) => result.type === "returned");
  if (returned.length === 0) return whyNothing(results);
  const trivial = whyTrivial(returned);
  if (trivial !== null) return trivial;
  const raised = new Set(
    behaviours.filter(({ result }) => result.type === "raised").slice(0, Math.min(mostExceptions, returned.length)),
  );
  return behaviours.filter((behaviour) => behaviour.result.type === "returned" || raised.has(behaviour));
}

/**
 * Whether it is the function that says so, and says so everywhere: a TypeError tells of a value that does not suit,
 * unless the function raises it itself.
 */
function isStable(result: RecordedCall, { code }: Target): result is Behaviour["result"] {
  if (result.type === "returned")
    return result.literal !== null && result.literal.length <= longestLiteral && isAssertable(result.literal);
  if (result.type !== "raised" || !/^\w+$/u.test(result.exception)) return false;
  const isDeliberate = new RegExp(String.raw`\braise\s+(?:\w+\.)*${result.exception}\b`, "u").test(code);
  if (ofTheValue.has(result.exception)) return isDeliberate;
  return isBuiltinException(result.exception) ? result.module === "builtins" : isDeliberate;
}

/** What Python itself raises where a value does not suit, or where something around the function is missing. */
const ofTheValue: ReadonlySet<string> = new Set([
  "TypeError",
  "AttributeError",
  "NameError",
  "AssertionError",
  "NotImplementedError",
  "RuntimeError",
  "ImportError",
  "ModuleNotFoundError",
  "UnboundLocalError",
  "OSError",
  "SystemError",
]);

function whyNothing(results: readonly RecordedCall[]): Reason {
  const reasons = results.map((result) => {
    if (result.type === "raised") return reason("only-exceptions", `only ${result.exception}`);
    return result.type === "returned"
      ? reason("no-literal", `no literal: ${result.typeName}`)
      : reason("unusable-result", `unusable: ${result.reason}`);
  });
  return reasons.toSorted((a, b) => (a.text < b.text ? -1 : 1))[0] ?? reason("no-call", "no call");
}

/** A test that would pass for a function without a body, or for one that hands back what it is given, shows nothing. */
function whyTrivial(returned: readonly Behaviour[]): Reason | null {
  const literals = new Set(returned.map(({ result }) => (result.type === "returned" ? (result.literal ?? "") : "")));
  const [first = ""] = literals;
  if (literals.size === 1 && first === "None") return reason("nothing-but-none", "nothing but None");
  if (literals.size === 1 && (returned.length > 1 || /^(?:True|False)$/u.test(first)))
    return reason("constant", `constant: every call answers ${first.slice(0, 40)}`);
  const isIdentity = returned.every(
    ({ call, result }) =>
      result.type === "returned" &&
      argumentList(call).replaceAll('"', "'") === (result.literal ?? "").replaceAll('"', "'"),
  );
  return isIdentity ? reason("identity", "identity: every call answers its argument") : null;
}
