import { interrupted } from "../../system/abort.js";
import { PipelineError } from "../../system/errors.js";
import { hashValue } from "../../system/hash.js";
import { SingleFlight } from "../../system/single-flight.js";
import type { Emit } from "../../contract/events.js";
import type { Lockfile, Memo } from "../../contract/service.js";
import { unwrap } from "../../partition/connect.js";
import type { HostFunctions, Outcome } from "../../partition/protocol.js";

/**
 * What the services of a node ask of the driver: the memo and the lock file, of which there is one a run. They ask by
 * way of any partition that runs here.
 */
export class DriverLine {
  readonly #hosts = new Set<HostFunctions>();
  readonly #flights = new SingleFlight();

  join(host: HostFunctions): void {
    this.#hosts.add(host);
  }

  leave(host: HostFunctions): void {
    this.#hosts.delete(host);
  }

  readonly emit: Emit = (event) => {
    for (const host of this.#hosts) return host.event(event);
  };

  readonly memo: Memo = {
    remember: async <T>(key: unknown, compute: (signal: AbortSignal) => Promise<T>, signal?: AbortSignal) => {
      const known = (await this.#ask((host) => host.recall(key))) as { readonly value: T } | null;
      if (known !== null) return { value: known.value, remembered: true };
      const { value, shared } = await this.#flights.ask(
        hashValue(key),
        async (stop) => {
          try {
            const computed = await compute(stop);
            await this.#ask((host) => host.keep(key, computed));
            return computed;
          } catch (error) {
            await this.#ask((host) => host.giveUp(key)).catch(() => undefined);
            throw error;
          }
        },
        signal,
      );
      return { value, remembered: shared };
    },
  };

  readonly lockfile: Lockfile = {
    pin: async (reference, schema, resolve) => {
      const kept = schema.safeParse(await this.#ask((host) => host.pinned(reference)));
      if (kept.success) return kept.data;
      const resolved = await resolve(false);
      return schema.parse(await this.#ask((host) => host.pin(reference, resolved)));
    },
    kept: planned,
    replace: planned,
  };

  async #ask(question: (host: HostFunctions) => Promise<Outcome>): Promise<unknown> {
    for (const host of this.#hosts) return unwrap(await question(host));
    throw interrupted();
  }
}

function planned(): never {
  throw new PipelineError("which model stands in for another is settled when the plan is made, by the driver", {
    code: "internal",
  });
}
