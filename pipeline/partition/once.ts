import type { PartitionTask } from "./protocol.js";

let made: { readonly step: string; readonly values: Map<string, Promise<unknown>> } = { step: "", values: new Map() };

/** What the partitions of one step share in this worker; the next step begins with nothing. */
export function once<T>(
  { folder, attempt }: Pick<PartitionTask, "folder" | "attempt">,
  name: string,
  make: () => Promise<T>,
): Promise<T> {
  const step = `${folder} ${attempt}`;
  if (made.step !== step) made = { step, values: new Map() };
  const { values } = made;
  const known = values.get(name) as Promise<T> | undefined;
  if (known !== undefined) return known;
  const making = make();
  values.set(name, making);
  // What failed for one partition may go well for the next.
  making.catch(() => values.delete(name));
  return making;
}
