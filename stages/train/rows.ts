import { mkdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { rowFiles } from "../../pipeline/finetuning.js";
import type { Conversation } from "../../pipeline/records.js";
import type { Context } from "../../pipeline/stage.js";
import { JsonLinesWriter } from "../export/jsonl.js";

export interface RowCounts {
  readonly train: number;
  readonly val: number;
}

/** Writes the rows that a trainer reads. Rows of no split are trained on; those of the test split are left out. */
export async function writeRows(conversations: AsyncIterable<Conversation>, folder: string, context: Pick<Context, "use" | "drop">): Promise<RowCounts> {
  const places = { train: join(folder, rowFiles.train), val: join(folder, rowFiles.val) };
  await mkdir(dirname(places.train), { recursive: true });
  const files = { train: await JsonLinesWriter.create(places.train), val: await JsonLinesWriter.create(places.val) };
  try {
    for await (const conversation of conversations) {
      const { split, messages, id } = conversation;
      if (split === "test") {
        context.drop(conversation, "kept for the test: nothing is trained on it");
      } else if (messages.at(-1)?.role !== "assistant") {
        context.drop(conversation, "does not end with an answer");
      } else {
        await files[split ?? "train"].write(JSON.stringify({ id, messages }));
        context.use(conversation);
      }
    }
  } finally {
    await Promise.all([files.train.close(), files.val.close()]);
  }
  if (files.val.rows === 0) await rm(places.val);
  return { train: files.train.rows, val: files.val.rows };
}
