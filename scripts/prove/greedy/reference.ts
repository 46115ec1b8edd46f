import { mkdir, readFile, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { prepareEnvironment } from "../../../finetuning/environment.js";
import { programsFolder } from "../../../finetuning/identity.js";
import { llamaCppSources } from "../../../finetuning/llama-cpp.js";
import { runChild } from "../../../pipeline/system/child.js";
import type { Message } from "../../../pipeline/contract/model.js";
import { packageRoot } from "../../../pipeline/system/paths.js";
import type { ServiceContext } from "../../../pipeline/contract/service.js";
import { withModel } from "./with-model.js";

/** A greedy answer of transformers. */
export interface ReferenceAnswer {
  /** Tokens of the prompt. */
  readonly prompt: readonly number[];
  readonly tokens: readonly number[];
  readonly text: string;
  /** For each token, and for what ended it, the likeliest tokens with their logits, the likeliest first. */
  readonly best: readonly (readonly (readonly [token: number, logit: number])[])[];
}

interface Reference {
  readonly answers: readonly ReferenceAnswer[];
  /** The base, and the base with the adapter merged into it, in f32. */
  readonly baseGguf: string;
  readonly mergedGguf: string;
}

interface Wanted {
  readonly adapter: string;
  /** As a pipeline file names it. */
  readonly base: string;
  readonly prompts: readonly (readonly Message[])[];
  readonly maxTokens: number;
  readonly scratch: string;
}

/** Asks transformers, with the trainer's own programs for the base, its tokenizer and the merge. */
export async function makeReference(
  { adapter, base, prompts, maxTokens, scratch }: Wanted,
  context: ServiceContext,
): Promise<Reference> {
  const [weights, { chatTemplate }] = await withModel(
    { source: base },
    context,
    async (model) => await Promise.all([model.weights(), model.info()]),
  );
  const { python, env } = await prepareEnvironment(context);
  const [baseGguf, mergedGguf, answers, request] = [
    "base-f32.gguf",
    "merged-f32.gguf",
    "answers.jsonl",
    "request.json",
  ].map((name) => join(scratch, name)) as [string, string, string, string];
  await mkdir(scratch, { recursive: true });
  await writeFile(
    request,
    JSON.stringify({
      base: weights.path,
      adapter,
      llama_cpp: await llamaCppSources(context),
      scratch,
      chat_template: chatTemplate,
      prompts,
      max_tokens: maxTokens,
      base_gguf: baseGguf,
      merged_gguf: mergedGguf,
      answers,
    }),
  );
  const search = [env["PYTHONPATH"], programsFolder].join(delimiter);
  await runChild(python, ["-s", join(packageRoot, "scripts/prove/greedy/reference.py"), request], {
    env: { ...env, PYTHONPATH: search },
  });
  const written = (await readFile(answers, "utf8")).split("\n").filter((line) => line !== "");
  return { answers: written.map((line) => JSON.parse(line) as ReferenceAnswer), baseGguf, mergedGguf };
}
