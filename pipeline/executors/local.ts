import { MessageChannel } from "node:worker_threads";
import { createBirpc } from "birpc";
import { Piscina } from "piscina";
import { deserializeError, PipelineError, type SerializedError } from "../system/errors.js";
import { compiledModule } from "../system/paths.js";
import type { Roots } from "../system/roots.js";
import type { HostFunctions, WorkerFunctions } from "../partition/protocol.js";
import type { PartitionReceipt } from "../partition/receipt.js";
import type { WorkerRequest } from "../partition/worker.js";
import type { Executor } from "./executor.js";

/** Runs partitions in worker threads of this process. The threads start with the first partition. */
export function createLocalExecutor({ slots, roots }: { readonly slots: number; readonly roots: Roots }): Executor {
  const pool = new Piscina({
    filename: compiledModule("pipeline/worker.js"),
    minThreads: 0,
    maxThreads: slots,
    idleTimeout: 1000,
  });
  return {
    slots,
    async run(task, hostOf, signal) {
      const { port1, port2 } = new MessageChannel();
      const rpc = createBirpc<WorkerFunctions, HostFunctions>(
        // A service that is stopping may still tell of its work when the partition that asked for it is gone.
        hostOf({
          tell: (stream, text) => void (rpc.$closed || rpc.tell(stream, text)),
          steer: (orders) => void (rpc.$closed || rpc.steer(orders)),
        }),
        {
          post: (data) => port1.postMessage(data),
          on: (listener) => port1.on("message", listener),
          eventNames: ["tell", "abort", "steer"],
          timeout: -1,
        },
      );
      const abort = () => void rpc.abort();
      signal.addEventListener("abort", abort, { once: true });
      try {
        const answer = (await pool.run({ task, roots, port: port2 } satisfies WorkerRequest, {
          transferList: [port2],
          signal,
        })) as PartitionReceipt | { error: SerializedError };
        if ("error" in answer) throw deserializeError(answer.error);
        return answer;
      } catch (error) {
        throw signal.aborted ? new PipelineError("interrupted", { code: "interrupted" }) : error;
      } finally {
        signal.removeEventListener("abort", abort);
        rpc.$close();
        port1.close();
      }
    },
    async close() {
      await pool.destroy();
    },
  };
}
