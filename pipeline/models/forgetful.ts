import type { Memo, ServiceContext } from "../contract/service.js";

/** A memo that keeps nothing: who asks twice wants two answers, and a server may run for months. */
export function forgetful({ signal }: Pick<ServiceContext, "signal">): Memo {
  return {
    remember: async (_key, compute, stop = signal) => ({ value: await compute(stop), remembered: false }),
  };
}
