import { joined } from "../contract/chat-formats.js";
import type { JsonSchema } from "../contract/grammar/json-schema.js";
import { PipelineError } from "../system/errors.js";
import { hashValue } from "../system/hash.js";
import { textsOf } from "../contract/message.js";
import type { GenerateRequest, InfillRequest, Sampling } from "../contract/model.js";
import { isChat, isInfill } from "./llama/prompt-tokens.js";
import type { LlamaRequest } from "./llama/protocol.js";
import { repetitionRule } from "./llama/repetition.js";
import type { GgufModel } from "./weights/gguf-model.js";
import { templateRenderer } from "./llama/template-renderer.js";

/** A request with every default written out, but for the seed, which follows from the rest. */
export type FullRequest = Omit<LlamaRequest, "seed"> & { readonly sample: number; readonly schema?: JsonSchema };

/** What a request leaves open: greedy, 512 tokens, and no cut of the distribution. */
export function withDefaults({
  prompt,
  sharedPrefix = "",
  prefill = "",
  prefillApart = false,
  sampling = {},
  stop = [],
  grammar,
  schema,
  logprobs,
  maxTokens = 512,
  sample = 0,
}: GenerateRequest): FullRequest {
  const { temperature = 0, topP = 1, topK = 0, minP = 0, repeatPenalty = 1 } = sampling;
  if (grammar !== undefined && schema !== undefined)
    throw new PipelineError("an answer is held to a grammar or to a JSON schema, not to both", { code: "stage" });
  const full: Required<Sampling> = { temperature, topP, topK, minP, repeatPenalty };
  return {
    prompt,
    sharedPrefix,
    prefill,
    ...(prefillApart && { prefillApart }),
    sampling: full,
    stop,
    grammar: grammar ?? null,
    ...(schema !== undefined && { schema }),
    ...(logprobs !== undefined && { logprobs }),
    maxTokens,
    sample,
  };
}

/** The same of a gap that is to be filled. */
export function infillWithDefaults({
  prefix,
  suffix,
  path,
  files = [],
  repository,
  ...rest
}: InfillRequest): FullRequest {
  const beside = {
    ...(path !== undefined && { path }),
    ...(files.length > 0 && { files }),
    ...(repository !== undefined && { repository }),
  };
  return { ...withDefaults({ ...rest, prompt: "" }), prompt: { prefix, suffix, ...beside } };
}

/**
 * Everything that can change an answer. The rendered prompt follows from the messages, the model's template and the
 * version of what renders it, so that nothing has to be loaded to find a remembered answer. A prompt that is a text is
 * rendered by nothing.
 */
export function generationKey(
  request: FullRequest,
  { resolved, held }: { readonly resolved: Pick<GgufModel, "hash">; readonly held: object },
): object {
  // What is drawn greedily is the same for every sample.
  const sample = request.sampling.temperature === 0 ? 0 : request.sample;
  return {
    type: "generation",
    model: resolved.hash,
    backend: { name: "llama", ...held, repetition: repetitionRule },
    ...(isChat(request.prompt) && { renderer: templateRenderer() }),
    request: { ...request, ...promptKey(request.prompt), sample },
  };
}

/**
 * Everything that can change an answer of a served model, as far as it is known here: how the server runs it is its
 * own.
 */
export function servedKey(request: FullRequest, { hash }: { readonly hash: string }): object {
  const { prefillApart: _apart, sharedPrefix: _shared, ...asked } = request;
  const sample = request.sampling.temperature === 0 ? 0 : request.sample;
  return {
    type: "generation",
    model: hash,
    backend: { name: "endpoint" },
    request: { ...asked, ...promptKey(request.prompt), sample },
  };
}

/**
 * A prompt by its text. Where a message's own text may hold control tokens, which stay text, that is told too: the
 * tokens are others.
 */
function promptKey(prompt: FullRequest["prompt"]): object {
  if (typeof prompt === "string" || isInfill(prompt)) return { prompt };
  const isRaw = "pieces" in prompt;
  const own = isRaw
    ? prompt.pieces.flatMap(({ text, from }) => (from === "message" ? [text] : []))
    : prompt.flatMap(textsOf);
  const literal = own.filter((text) => likeControlToken.test(text));
  return { prompt: isRaw ? joined(prompt.pieces) : prompt, ...(literal.length > 0 && { literal }) };
}

/**
 * As the control tokens of all vocabularies that are known look; text that looks like them and is none does no harm
 * here.
 */
const likeControlToken = /<[^<>\s]+>|\[\/?[A-Z][A-Z_]*\]/u;

/** A greedy answer does not depend on the seed, and is found again under another one. */
export function seedOf(pipelineSeed: number, key: object, { sampling }: FullRequest): number {
  return sampling.temperature === 0 ? 0 : Number.parseInt(hashValue({ seed: pipelineSeed, key }).slice(0, 8), 16);
}
