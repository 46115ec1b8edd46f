import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { DatasetFile } from "../lib/files/files.js";
import type { Fields } from "../lib/files/fields.js";

/** Name of the file in which LLaMA-Factory looks for datasets. */
export const datasetInfoFile = "dataset_info.json";

/** How LLaMA-Factory reads a file of rows. */
interface Entry {
  readonly file_name: string;
  readonly formatting: "sharegpt" | "alpaca";
  readonly columns: Readonly<Record<string, string>>;
  readonly tags?: Readonly<Record<string, string>>;
}

/**
 * Writes what LLaMA-Factory wants to know of the JSONL files: one dataset a split, NAME_train. Answers its path; null
 * where a line holds no conversation under any key.
 */
export async function writeDatasetInfo(
  files: readonly DatasetFile[],
  { name, fields, folder }: { readonly name: string; readonly fields: Fields | undefined; readonly folder: string },
): Promise<string | null> {
  const read = readAs(fields);
  const lines = files.filter(({ format }) => format === "jsonl");
  if (read === null || lines.length === 0) return null;
  const entries = lines.map(({ path, split }): [string, Entry] => [`${name}_${split}`, { file_name: path, ...read }]);
  await writeFile(join(folder, datasetInfoFile), `${JSON.stringify(Object.fromEntries(entries), null, 2)}\n`);
  return datasetInfoFile;
}

function readAs(fields: Fields | undefined): Omit<Entry, "file_name"> | null {
  const keyOf = (column: string) =>
    fields === undefined ? column : Object.keys(fields).find((key) => fields[key] === column);
  const messages = keyOf("messages");
  if (messages !== undefined) return { formatting: "sharegpt", columns: { messages }, tags: openAiTags };
  const turns = keyOf("conversations");
  if (turns !== undefined) return { formatting: "sharegpt", columns: { messages: turns } };
  const [prompt, response] = [keyOf("prompt"), keyOf("response")];
  return prompt === undefined || response === undefined
    ? null
    : { formatting: "alpaca", columns: { prompt, response } };
}

/** Its own names are those of ShareGPT. */
const openAiTags = {
  role_tag: "role",
  content_tag: "content",
  user_tag: "user",
  assistant_tag: "assistant",
  observation_tag: "tool",
  system_tag: "system",
};
