import { createBirpc } from "birpc";
import { createStop } from "../../system/abort.js";
import { serializeError } from "../../system/errors.js";
import type { Roots } from "../../system/roots.js";
import type { AnyService } from "../../contract/service.js";
import type { Listening } from "../executor.js";
import { createLocalExecutor } from "../local.js";
import type { Channel } from "./channel.js";
import { NodeServices } from "./services.js";
import { type DriverFunctions, type NodeFunctions, type Question, questions, type Word, words } from "./protocol.js";
import type { HostFunctions } from "../../partition/protocol.js";

/** What a machine brings to a run. */
export interface NodeOptions {
  /** Where the roots are on this machine; `state` is the same folder as the driver's. */
  readonly roots: Roots;
  /** Partitions that it runs at once. */
  readonly slots: number;
  /** The services that ship. */
  readonly services: readonly AnyService[];
}

/**
 * Runs partitions for a driver at the other end of a channel, with services of this machine where they may live on any,
 * and the driver's where there is one a run. Resolves when the driver is gone, and all that was started here has ended.
 */
export async function serveNode(channel: Channel, { roots, slots, services }: NodeOptions): Promise<void> {
  const executor = createLocalExecutor({ slots, roots });
  const stop = createStop();
  const node = new NodeServices(services, { roots, slots, signal: stop.signal });
  const running = new Map<number, { readonly abort: AbortController; listening: Listening | null }>();
  const rpc = createBirpc<DriverFunctions, NodeFunctions>(
    {
      slots: async () => slots,
      run: async (id, task) => {
        const abort = createStop();
        running.set(id, { abort, listening: null });
        const driver = hostOver(rpc, id);
        try {
          const hostOf = await node.hostOf(task, driver, abort.signal);
          const listen = (listening: Listening): HostFunctions => {
            running.set(id, { abort, listening });
            return hostOf(listening);
          };
          return { value: await executor.run(task, listen, abort.signal) };
        } catch (error) {
          return { error: serializeError(error) };
        } finally {
          running.delete(id);
          node.left(driver);
        }
      },
      abort: (id) => running.get(id)?.abort.abort(),
      tell: (id, stream, text) => running.get(id)?.listening?.tell(stream, text),
      steer: (id, orders) => running.get(id)?.listening?.steer(orders),
    },
    {
      post: (message) => channel.post(message),
      on: (listener) => channel.on(listener),
      eventNames: ["say"],
      timeout: -1,
    },
  );
  await channel.closed;
  stop.abort();
  for (const { abort } of running.values()) abort.abort();
  await Promise.allSettled([executor.close(), node.close()]);
}

/** The driver's host of a partition, from here. */
function hostOver(rpc: DriverFunctions, id: number): HostFunctions {
  const asked = questions.map((question: Question) => [
    question,
    async (...args: readonly unknown[]) => await rpc.ask(id, question, args),
  ]);
  const told = words.map((word: Word) => [word, (...args: readonly unknown[]) => rpc.say(id, word, args)]);
  return Object.fromEntries([...asked, ...told]);
}
