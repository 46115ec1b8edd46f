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

/** A function; some clients leave out what it does, and what it takes. */
const OfferedTool = Tool.partial({ description: true }).loose();

/** A conversation that is answered. */
export const ChatRequest = z
  .looseObject({
    ...common,
    messages: z.array(OpenAiMessage).min(1),
    tools: z.array(z.looseObject({ type: z.literal("function"), function: OfferedTool })).nullish(),
    tool_choice: z
      .union([
        z.enum(["none", "auto", "required"]),
        z.looseObject({ type: z.literal("function"), function: z.looseObject({ name: z.string() }) }),
      ])
      .nullish()
      .describe("auto: the model decides; a function by its name, or any (required), is called by a grammar"),
    parallel_tool_calls: z.boolean().nullish().describe("false: one call at most"),
    logprobs: z.boolean().nullish().describe("Tells how likely each token was; as a stream, with the last piece"),
    top_logprobs: z.int().min(0).max(20).nullish().describe("So many of the likeliest tokens in the place of each"),
  })
  .openapi("ChatRequest");
export type ChatRequest = z.output<typeof ChatRequest>;

/** A text that is gone on with, or a gap that is filled where there is a suffix. */
export const CompletionRequest = z
  .looseObject({
    ...common,
    prompt: z.union([z.string(), z.tuple([z.string()])]),
    suffix: z.string().nullish(),
    path: z.string().min(1).nullish().describe("What the file with the gap is called, of a model trained to be told"),
    files: z
      .array(z.looseObject({ path: z.string().min(1), text: z.string() }))
      .max(64)
      .nullish()
      .describe("Files beside the one with the gap, by their names in the project, the most telling last"),
    repository: z.string().min(1).nullish().describe("What the project is called"),
    logprobs: z.int().min(0).max(20).nullish(),
    echo: z.literal(false).nullish(),
    best_of: z.literal(1).nullish(),
  })
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
