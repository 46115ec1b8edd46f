import type { HostFunctions, PartitionTask, WorkerFunctions } from "../partition/protocol.js";
import type { PartitionReceipt } from "../partition/receipt.js";

/** A partition that runs, as the run speaks to it. What is said to one that has ended is not heard. */
export type Listening = Pick<WorkerFunctions, "tell" | "steer">;

/** What answers a running partition's questions. It is made when the partition can be spoken to. */
export type HostOf = (listening: Listening) => HostFunctions;

/** Where partitions run: in this process, or on machines that share the state folder. */
export interface Executor {
  /** Partitions that it runs at once. */
  readonly slots: number;
  /**
   * Runs a partition. Its paths name roots (see rootedTask), as do those of the receipt; both are plain JSON. Throws
   * what the partition threw; a PipelineError `interrupted` where the signal stopped it, `executor` where it was lost.
   */
  run(task: PartitionTask, host: HostOf, signal: AbortSignal): Promise<PartitionReceipt>;
  /** Ends what it started; it is not asked again. */
  close(): Promise<void>;
}
