import { mkdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { batches } from "../../../pipeline/system/batches.js";
import { rowFiles } from "../../../pipeline/contract/finetuning.js";
import { hashFile } from "../../../pipeline/system/hash.js";
import type { Model } from "../../../pipeline/contract/model.js";
import { type Reason, reason } from "../../../pipeline/contract/reasons.js";
import type { Conversation } from "../../../pipeline/contract/records.js";
import type { Context } from "../../../pipeline/contract/stage.js";
import { JsonLinesWriter } from "../../dataset/lib/files/jsonl.js";

/** Conversations that are rendered in one question to the model. */
const batchSize = 64;

/** What was written for a trainer, for the facts of what it makes. */
export interface WrittenRows {
  /** How many there are to train on. */
  readonly train: number;
  /** SHA-256 of the rows that are trained on. */
  readonly sha256: string;
  /** SPDX expressions of the code that the rows come from, each once: "BSD-3-Clause, MIT". */
  readonly licences: string;
  /** Where the rows come from, as pipeline files name it. */
  readonly sources: ReadonlySet<string>;
}

/**
 * Writes the rows that a trainer reads: the messages, and with a model also their text as it is asked and answers, so
 * that the trainer has no chat format of its own. Rows of no split are trained on.
 */
export async function writeRows(
  conversations: AsyncIterable<Conversation>,
  folder: string,
  model: Model<"template"> | null,
): Promise<WrittenRows> {
  const places = { train: join(folder, rowFiles.train), val: join(folder, rowFiles.val) };
  await mkdir(dirname(places.train), { recursive: true });
  const files = { train: await JsonLinesWriter.create(places.train), val: await JsonLinesWriter.create(places.val) };
  const licences = new Set<string>();
  const sources = new Set<string>();
  try {
    for await (const batch of batches(conversations, batchSize)) {
      const fit = batch.filter((conversation) => unfit(conversation) === null);
      const texts = await model?.renderAnswered(fit.map(({ messages }) => messages));
      for (const [index, { split, messages, id, source }] of fit.entries()) {
        if (source !== null) sources.add(source.ref);
        if (source !== null && split !== "val") licences.add(source.licence);
        await files[split === "val" ? "val" : "train"].write(JSON.stringify({ id, messages, ...texts?.[index] }));
      }
    }
  } finally {
    await Promise.all([files.train.close(), files.val.close()]);
  }
  if (files.val.rows === 0) await rm(places.val);
  return {
    train: files.train.rows,
    sha256: await hashFile(places.train),
    licences: [...licences].toSorted().join(", "),
    sources,
  };
}

/**
 * Accounts for every row: trained on, or left out with the reason. Answers how many were trained and validated with.
 */
export async function accountForRows(
  conversations: AsyncIterable<Conversation>,
  leftOut: readonly { readonly id: string; readonly reason: string }[],
  context: Pick<Context, "use" | "drop">,
): Promise<{ readonly train: number; readonly val: number }> {
  const reasons = new Map(leftOut.map(({ id, reason: text }) => [id, text]));
  const used = { train: 0, val: 0 };
  for await (const conversation of conversations) {
    const told = reasons.get(conversation.id);
    const why = unfit(conversation) ?? (told === undefined ? null : reason("left-out-by-the-trainer", told));
    if (why === null) {
      context.use(conversation);
      used[conversation.split === "val" ? "val" : "train"] += 1;
    } else context.drop(conversation, why);
  }
  return used;
}

/** Why nothing is trained on a row; null where it is a row to train or to validate with. */
export function unfit({ split, messages }: Conversation): Reason | null {
  if (split === "test") return reason("kept-for-the-test", "kept for the test: nothing is trained on it");
  return messages.at(-1)?.role === "assistant" ? null : reason("no-answer", "does not end with an answer");
}
