import type { PartitionTask } from "./protocol.js";

/** Steps that are under way at once and whose partitions this worker runs in turns keep what they share. */
const steps = 2;

/** What the partitions of a step share in this worker, by step; the one that was asked for last stands last. */
const made = new Map<string, Map<string, Promise<unknown>>>();

/** What the partitions of one step share in this worker; a step that comes later takes the place of the oldest. */
export function once<T>(
  { folder, attempt }: Pick<PartitionTask, "folder" | "attempt">,
  name: string,
  make: () => Promise<T>,
): Promise<T> {
  const values = sharedBy(`${folder} ${attempt}`);
  const known = values.get(name) as Promise<T> | undefined;
  if (known !== undefined) return known;
  const making = make();
  values.set(name, making);
  // What failed for one partition may go well for the next.
  making.catch(() => values.delete(name));
  return making;
}

function sharedBy(step: string): Map<string, Promise<unknown>> {
  const values = made.get(step) ?? new Map<string, Promise<unknown>>();
  made.delete(step);
  made.set(step, values);
  const [oldest] = made.keys();
  if (made.size > steps && oldest !== undefined) made.delete(oldest);
  return values;
}
