import { joined } from "../../contract/chat-formats.js";
import type { Message } from "../../contract/message.js";
import { toOpenAi } from "../../contract/openai-message.js";
import type { NeighbourFile } from "../../contract/writing.js";
import { PipelineError } from "../../system/errors.js";
import type { FullRequest } from "../generation-key.js";
import type { Dialect } from "./dialect.js";

/** A request as it is sent. */
export interface Question {
  /** Below the base of the interface, or of the server. */
  readonly path: "chat/completions" | "completions" | "/infill";
  readonly body: Readonly<Record<string, unknown>>;
  /** Stop texts that the server does not look for. */
  readonly ownStops: readonly string[];
  /** Tokens that the prompt has at most: no tokenizer makes more of a text than it has bytes. */
  readonly promptBound: number;
}

/**
 * What a request becomes for a server: messages are asked as a conversation, a text is gone on with.
 *
 * Throws a PipelineError (model) where it asks for what the server is not known to take.
 */
export function questionOf(
  request: FullRequest,
  {
    model,
    seed,
    dialect,
    extra,
    ref,
  }: {
    readonly model: string;
    readonly seed: number;
    readonly dialect: Dialect;
    /** Fields that the pipeline file adds. */
    readonly extra: Readonly<Record<string, unknown>>;
    readonly ref: string;
  },
): Question {
  const { prompt, prefill, sampling, stop, grammar, schema, maxTokens } = request;
  const lacks = (what: string): PipelineError =>
    new PipelineError(`the server of the model "${ref}" is not known to take ${what}`, {
      code: "model",
      hint:
        "say which program it is, where it does not: endpoint: { server: vllm }; " +
        "or leave that out of what is asked",
    });
  const common = {
    model,
    [dialect.maxTokens]: maxTokens,
    temperature: sampling.temperature,
    ...(sampling.topP !== 1 && { top_p: sampling.topP }),
    ...Object.fromEntries(
      (["topK", "minP", "repeatPenalty"] as const).flatMap((way) => {
        if (sampling[way] === (way === "repeatPenalty" ? 1 : 0)) return [];
        const name = dialect.sampling[way];
        if (name === undefined) throw lacks(way);
        return [[name, sampling[way]]];
      }),
    ),
    ...(stop.length > 0 && { stop: stop.slice(0, dialect.stops) }),
    seed,
    stream: true,
    stream_options: { include_usage: true },
  };
  const ownStops = stop.slice(dialect.stops);
  if (schema !== undefined && !dialect.schema) throw lacks("a JSON schema");
  if (request.logprobs !== undefined) throw lacks("how likely tokens are");
  const held = {
    ...(grammar !== null && grammarField(grammar, dialect, lacks)),
    ...(schema !== undefined && {
      response_format: { type: "json_schema", json_schema: { name: "answer", strict: true, schema } },
    }),
  };
  if (typeof prompt === "string" || "pieces" in prompt) {
    const text = (typeof prompt === "string" ? prompt : joined(prompt.pieces)) + prefill;
    const body = { ...common, prompt: text, ...held, ...extra };
    return { path: "completions", body, ownStops, promptBound: Buffer.byteLength(text) };
  }
  if ("prefix" in prompt) {
    const { prefix, suffix, path, repository, files = [] } = prompt;
    if (path !== undefined || repository !== undefined) throw lacks("what the file with a gap is called");
    const promptBound = Buffer.byteLength(prefix + suffix + prefill) + template;
    if (dialect.infill === "suffix" && files.length > 0) throw lacks("the files beside a gap");
    if (dialect.infill === "suffix")
      return {
        path: "completions",
        body: { ...common, prompt: prefix + prefill, suffix, ...held, ...extra },
        ownStops,
        promptBound,
      };
    if (dialect.infill !== "/infill") throw lacks("a gap to fill");
    const gap = { input_prefix: prefix, input_suffix: suffix, input_extra: files.map(extraFile), prompt: prefill };
    return {
      path: "/infill",
      body: { ...common, ...gap, n_predict: maxTokens, ...held, ...extra },
      ownStops,
      promptBound,
    };
  }
  if (prefill !== "" && dialect.continues === null) throw lacks("the beginning of an answer");
  const messages: readonly Message[] = prefill === "" ? prompt : [...prompt, { role: "assistant", content: prefill }];
  const tools = prompt.flatMap((message) => message.tools ?? []);
  const written = messages.map(toOpenAi);
  const body = {
    ...common,
    messages: written,
    ...(tools.length > 0 && {
      tools: tools.map(({ parameters = { type: "object", properties: {} }, ...tool }) => ({
        type: "function",
        function: { ...tool, parameters },
      })),
    }),
    ...(prefill !== "" && dialect.continues),
    ...held,
    ...extra,
  };
  return {
    path: "chat/completions",
    body,
    ownStops,
    promptBound: Buffer.byteLength(JSON.stringify([written, tools])) + template,
  };
}

/** A file beside a gap, as llama-server has it. */
function extraFile({ path, text }: NeighbourFile): object {
  return { filename: path, text };
}

function grammarField(grammar: string, dialect: Dialect, lacks: (what: string) => PipelineError): object {
  if (dialect.grammar === null) throw lacks("a grammar");
  return { [dialect.grammar]: grammar };
}

/** Tokens that a chat template adds to a conversation, at most: its own instructions and marks. */
const template = 256;
