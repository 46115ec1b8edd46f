import type { HostFunctions, Orders, Outcome, PartitionTask } from "../../partition/protocol.js";

/** What a driver asks of a node. `id` is the number of a partition that runs there. */
export interface NodeFunctions {
  /** Partitions that it runs at once. */
  slots(): Promise<number>;
  /** Answers the receipt. */
  run(id: number, task: PartitionTask): Promise<Outcome>;
  abort(id: number): void;
  tell(id: number, stream: number, text: string): void;
  steer(id: number, orders: Orders): void;
}

/** What a node asks of its driver, for a partition that runs on it: whatever the partition's host answers. */
export interface DriverFunctions {
  ask(id: number, question: Question, args: readonly unknown[]): Promise<Outcome>;
  say(id: number, word: Word, args: readonly unknown[]): void;
}

/** What of a host is answered. */
export const questions = [
  "call",
  "capacity",
  "recall",
  "keep",
  "giveUp",
  "pinned",
  "pin",
] as const satisfies readonly (keyof HostFunctions)[];
/** A function of a host whose answer is waited for. */
export type Question = (typeof questions)[number];
/** What of a host is only told. */
export const words = [
  "progress",
  "atRest",
  "item",
  "spend",
  "written",
  "event",
] as const satisfies readonly (keyof HostFunctions)[];
/** A function of a host that nobody waits for. */
export type Word = (typeof words)[number];
