import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { tokensFile } from "../../../pipeline/contract/finetuning.js";
import type { Model } from "../../../pipeline/contract/model.js";
import type { Conversation } from "../../../pipeline/contract/records.js";
import { unfit } from "./rows.js";

/**
 * Writes what llama.cpp makes of the first rows. A trainer that makes other tokens of them would teach the model a
 * prompt that it is never asked with: good while it is trained, useless afterwards.
 */
export async function writeTokens(
  conversations: AsyncIterable<Conversation>,
  model: Model<"tokens">,
  { folder, rows }: { readonly folder: string; readonly rows: number },
): Promise<void> {
  const first: Conversation[] = [];
  for await (const conversation of conversations) {
    if (unfit(conversation) === null) first.push(conversation);
    if (first.length === rows) break;
  }
  const tokens = await model.conversationTokens(first.map(({ messages }) => messages));
  await writeFile(
    join(folder, tokensFile),
    tokens.map((each, index) => `${JSON.stringify({ id: first[index]?.id, ...each })}\n`).join(""),
  );
}
