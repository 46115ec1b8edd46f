import { type Reason, reason } from "../../../pipeline/contract/reasons.js";

/** Why a test of a file is not taken. */
export interface LeftOut {
  readonly reason: Reason;
}

/** @param what its kind, as the code of the reason names it after "test-" */
export function leftOut(what: string, detail: string): LeftOut {
  return { reason: reason(`test-${what}`, `test: ${detail}`) };
}
