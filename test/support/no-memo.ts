import type { Memo } from "../../pipeline/contract/service.js";

/** Remembers nothing, so that everything is computed. */
export const noMemo: Memo = {
  remember: async (_key, compute, signal = new AbortController().signal) => ({
    value: await compute(signal),
    remembered: false,
  }),
};
