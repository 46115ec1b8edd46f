import type { Generation } from "../../contract/model.js";
import type { HostFunctions } from "../../partition/protocol.js";
import type { Budget } from "./budget.js";

/** A partition's host that counts what models write for it. An answer that is remembered has cost nothing. */
export function metered(host: HostFunctions, budgets: readonly Budget[]): HostFunctions {
  if (budgets.length === 0) return host;
  return {
    ...host,
    generate: async (...asked) => {
      const outcome = await host.generate(...asked);
      if ("value" in outcome) {
        const { tokens, remembered } = outcome.value as Generation;
        if (!remembered) for (const budget of budgets) budget.useTokens(tokens.generated);
      }
      return outcome;
    },
  };
}
