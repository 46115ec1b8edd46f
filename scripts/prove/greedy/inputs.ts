import { existsSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { PipelineError } from "../../../pipeline/system/errors.js";
import { lines } from "../../../pipeline/system/files/lines.js";
import type { Message } from "../../../pipeline/contract/model.js";

/** An adapter in the two forms that are compared. */
export interface AdapterFiles {
  /** Absolute path of the folder in the form of PEFT. */
  readonly folder: string;
  /** Absolute path of the same adapter in GGUF. */
  readonly gguf: string;
}

/** Finds both forms of an adapter: side by side, or as a pipeline leaves them. */
export function findAdapter(place: string): AdapterFiles {
  const folder = [place, join(place, "adapter")]
    .map((path) => resolve(path))
    .find((path) => existsSync(join(path, "adapter_config.json")));
  if (folder === undefined)
    throw new PipelineError(`no adapter_config.json in ${place}, nor in its folder adapter/`, {
      code: "usage",
      hint: "name what a pipeline with train left: data/NAME",
    });
  const candidates = [join(place, "gguf"), place, folder]
    .filter((path) => existsSync(path))
    .flatMap((path) =>
      readdirSync(path)
        .filter((name) => /^adapter.*\.gguf$/u.test(name))
        .toSorted()
        .map((name) => resolve(path, name)),
    );
  const [gguf] = candidates;
  if (gguf === undefined)
    throw new PipelineError(`no adapter-*.gguf in ${place}, nor in its folder gguf/`, {
      code: "usage",
      hint: "run the stage convert after train",
    });
  return { folder, gguf };
}

/** The questions of the first rows: their messages without the answer. */
export async function readPrompts(place: string, count: number): Promise<Message[][]> {
  const files = place.endsWith(".jsonl")
    ? [place]
    : ["val", "train"].map((split) => join(place, `training/${split}.jsonl`)).filter((path) => existsSync(path));
  const prompts: Message[][] = [];
  for (const file of files) {
    for await (const line of lines(file)) {
      if (prompts.length === count) break;
      const { messages } = JSON.parse(line) as { messages: Message[] };
      if (messages.at(-1)?.role === "assistant") prompts.push(messages.slice(0, -1));
    }
  }
  if (prompts.length === 0)
    throw new PipelineError(`no rows to ask with in ${place}`, {
      code: "usage",
      hint: "name some: --rows data/NAME/jsonl/test.jsonl",
    });
  return prompts;
}
