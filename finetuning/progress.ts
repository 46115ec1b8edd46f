import { readFile } from "node:fs/promises";
import { z } from "zod";
import { parseJson } from "../pipeline/system/files/parse-json.js";

/** Where the words of progress are kept while a training goes on, in the order in which they came. */
export const progressFile = "progress.jsonl";

const nothing = null;
const Progress = z.object({
  step: z.int().min(0),
  steps: z.int().min(1),
  loss: z.number().nullable().default(nothing),
  learning_rate: z.number().nullable().default(nothing),
  tokens_per_second: z.number().nullable().default(nothing),
  eta: z.number().nullable().default(nothing),
});
const Message = z.object({ message: z.string().min(1) });
const Mistake = z.object({ error: z.string().min(1) });

/**
 * A word of progress of a trainer: optimiser steps done and in all, the loss in nats a token, tokens a second, and the
 * seconds that are left; null where it does not tell.
 */
export type Progress = z.infer<typeof Progress>;

/** What a trainer says on a line of its standard output; null for a line that is none of the contract's. */
export function readLine(
  line: string,
): { readonly progress: Progress } | { readonly message: string } | { readonly error: string } | null {
  const value = parseJson(line);
  const progress = Progress.safeParse(value);
  if (progress.success) return { progress: progress.data };
  const message = Message.safeParse(value);
  if (message.success) return { message: message.data.message };
  const mistake = Mistake.safeParse(value);
  return mistake.success ? { error: mistake.data.error } : null;
}

/** One entry a step, in order: of steps that were done again after a stop, the last word counts. */
export async function readProgress(path: string): Promise<Progress[]> {
  const text = await readFile(path, "utf8").catch(() => "");
  const entries = new Map<number, Progress>();
  for (const line of text.split("\n")) {
    const said = readLine(line);
    if (said !== null && "progress" in said) entries.set(said.progress.step, said.progress);
  }
  return [...entries.values()].toSorted((a, b) => a.step - b.step);
}
