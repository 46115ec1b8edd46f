import { z } from "@hono/zod-openapi";
import { OpenAiMessage } from "../contract/openai-message.js";
import { JsonSchema } from "../contract/grammar/json-schema.js";
import { Tool } from "../contract/message.js";

const Count = z.int().min(1);
const ResponseFormat = z.discriminatedUnion("type", [
  z.looseObject({ type: z.literal("text") }),
  z.looseObject({ type: z.literal("json_object") }),
  z.looseObject({
    type: z.literal("json_schema"),
    json_schema: z.looseObject({
      name: z.string().nullish(),
      schema: JsonSchema.describe("What the answer is held to, whether `strict` says so or not"),
      strict: z.boolean().nullish(),
    }),
  }),
]);
const Stop = z.union([z.string(), z.array(z.string()).max(16)]).nullish();

/** How an answer is drawn and sent, in all requests alike; what is not named here is left unread, as clients expect. */
const common = {
  model: z.string().describe("Its name: GET /v1/models"),
  max_tokens: Count.nullish().describe("Most tokens to write; up to the end of the context unless told"),
  max_completion_tokens: Count.nullish().describe("The same, by its newer name"),
  temperature: z.number().min(0).max(2).nullish().describe("0: the likeliest token each time; 0 unless told"),
  top_p: z.number().min(0).max(1).nullish(),
  top_k: z.int().min(0).nullish(),
  min_p: z.number().min(0).max(1).nullish(),
  repeat_penalty: z.number().min(0).nullish(),
  stop: Stop,
  response_format: ResponseFormat.nullish(),
  grammar: z.string().min(1).nullish().describe("GBNF grammar that the answer is held to, as llama-server takes it"),
  seed: z.int().nullish().describe("Decides what is drawn; another each time unless told"),
  n: z.int().min(1).max(16).nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
};

/** A conversation that is answered. */
export const ChatRequest = z
  .looseObject({
    ...common,
    messages: z.array(OpenAiMessage).min(1),
    tools: z.array(z.looseObject({ type: z.literal("function"), function: Tool.loose() })).nullish(),
    logprobs: z.boolean().nullish(),
  })
  .openapi("ChatRequest");
export type ChatRequest = z.output<typeof ChatRequest>;

/** A text that is gone on with, or a gap that is filled where there is a suffix. */
export const CompletionRequest = z
  .looseObject({ ...common, prompt: z.union([z.string(), z.tuple([z.string()])]), suffix: z.string().nullish() })
  .openapi("CompletionRequest");
export type CompletionRequest = z.output<typeof CompletionRequest>;

/** Texts whose meaning is wanted as vectors. */
export const EmbeddingRequest = z
  .looseObject({
    model: common.model,
    input: z.union([z.string(), z.array(z.string()).min(1).max(2048)]),
    encoding_format: z.enum(["float", "base64"]).nullish(),
  })
  .openapi("EmbeddingRequest");
export type EmbeddingRequest = z.output<typeof EmbeddingRequest>;
