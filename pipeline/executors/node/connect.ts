import { createBirpc } from "birpc";
import { interrupted } from "../../system/abort.js";
import { deserializeError, PipelineError } from "../../system/errors.js";
import type { HostFunctions, Outcome } from "../../partition/protocol.js";
import type { PartitionReceipt } from "../../partition/receipt.js";
import type { Executor } from "../executor.js";
import type { Channel } from "./channel.js";
import type { DriverFunctions, NodeFunctions } from "./protocol.js";

/**
 * Partitions that run on a node, at the other end of a channel. It answers when the node does.
 * @example
 * const executor = await connectNode(streamChannel(socket));
 * for await (const event of run(pipeline, { executor })) console.log(event.type);
 */
export async function connectNode(channel: Channel): Promise<Executor> {
  const hosts = new Map<number, HostFunctions>();
  let last = 0;
  const lost = channel.closed.then((): never => {
    throw new PipelineError("the machine that runs partitions is gone: its channel was closed", {
      code: "executor",
      hint: "run the same command again: what it had finished is kept",
    });
  });
  lost.catch(() => undefined);
  const rpc = createBirpc<NodeFunctions, DriverFunctions>(
    {
      ask: async (id, question, args) => {
        const host = hosts.get(id);
        // Its partition has ended: nobody waits for the answer.
        if (host === undefined) return { value: null };
        return await (host[question] as (...args: readonly unknown[]) => Promise<Outcome>)(...args);
      },
      say: (id, word, args) => {
        const host = hosts.get(id);
        if (host !== undefined) (host[word] as (...args: readonly unknown[]) => void)(...args);
      },
    },
    {
      post: (message) => channel.post(message),
      on: (listener) => channel.on(listener),
      eventNames: ["abort", "tell", "steer"],
      timeout: -1,
    },
  );
  return {
    slots: await Promise.race([rpc.slots(), lost]),
    async run(task, hostOf, signal) {
      if (signal.aborted) throw interrupted();
      const id = (last += 1);
      hosts.set(
        id,
        hostOf({
          tell: (stream, text) => void rpc.tell(id, stream, text),
          steer: (orders) => void rpc.steer(id, orders),
        }),
      );
      const abort = (): void => void rpc.abort(id);
      signal.addEventListener("abort", abort, { once: true });
      try {
        const outcome = await Promise.race([rpc.run(id, task), lost]);
        if ("error" in outcome) throw deserializeError(outcome.error);
        return outcome.value as PartitionReceipt;
      } catch (error) {
        throw signal.aborted ? interrupted() : error;
      } finally {
        signal.removeEventListener("abort", abort);
        hosts.delete(id);
      }
    },
    async close() {
      channel.close();
      await channel.closed;
    },
  };
}
