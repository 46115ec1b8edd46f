import { MessageChannel } from "node:worker_threads";
import { createBirpc } from "birpc";
import { Piscina } from "piscina";
import { deserializeError, PipelineError, type SerializedError } from "../system/errors.js";
import { compiledModule } from "../system/paths.js";
import type { HostFunctions, PartitionTask, WorkerFunctions } from "../partition/protocol.js";
import type { PartitionReceipt } from "../partition/receipt.js";

/** A partition that runs, as the run speaks to it. What is said to one that has ended is not heard. */
export type Listening = Pick<WorkerFunctions, "tell" | "steer">;

/** Where partitions run. */
export interface Executor {
  /** Partitions that it runs at once. */
  readonly workers: number;
  run(task: PartitionTask, host: (worker: Listening) => HostFunctions, signal: AbortSignal): Promise<PartitionReceipt>;
  close(): Promise<void>;
}

/** Runs partitions in worker threads of this process. The threads start with the first partition. */
export function createLocalExecutor(workers: number): Executor {
  const pool = new Piscina({
    filename: compiledModule("pipeline/worker.js"),
    minThreads: 0,
    maxThreads: workers,
    idleTimeout: 1000,
  });
  return {
    workers,
    async run(task, createHost, signal) {
      const { port1, port2 } = new MessageChannel();
      const rpc = createBirpc<WorkerFunctions, HostFunctions>(
        // A service that is stopping may still tell of its work when the partition that asked for it is gone.
        createHost({
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
        const answer = (await pool.run({ task, port: port2 }, { transferList: [port2], signal })) as
          | PartitionReceipt
          | { error: SerializedError };
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
