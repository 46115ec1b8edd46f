import { randomUUID } from "node:crypto";
import { callClosing, callOpening, writesHermesCalls } from "../contract/chat-formats.js";
import { type JsonSchema, schemaGrammar } from "../contract/grammar/json-schema.js";
import type { Tool } from "../contract/message.js";
import type { Message, ModelInfo } from "../contract/model.js";
import { ServeError } from "./errors.js";
import type { ChatRequest } from "./schema.js";

/** How a model writes calls of functions: as Hermes does, in messages of Harmony, or as its own server reads them. */
export type CallForm = "hermes" | "harmony" | "served";

/** The functions that a request offers, and whether one of them has to be called. */
export interface OfferedTools {
  readonly tools: readonly Tool[];
  readonly mustCall: boolean;
  /** Whether one call is all that is wanted. */
  readonly oneCall: boolean;
}

/** Throws a ServeError 400 where a request wants a function called that it does not offer. */
export function offeredTools({ tools, tool_choice: choice, parallel_tool_calls: several }: ChatRequest): OfferedTools {
  const offered = (tools ?? []).map(({ function: { name, description = "", parameters } }): Tool => ({
    name,
    description,
    ...(parameters !== undefined && { parameters }),
  }));
  const named = typeof choice === "object" && choice !== null ? choice.function.name : null;
  const chosen = named === null ? offered : offered.filter(({ name }) => name === named);
  const mustCall = named !== null || choice === "required";
  if (mustCall && chosen.length === 0) {
    const names = offered.map(({ name }) => name).join(", ") || "none";
    throw new ServeError(400, "invalid_value", `no function to call; offered are: ${names}`, "tool_choice");
  }
  return { tools: choice === "none" ? [] : chosen, mustCall, oneCall: several === false };
}

/** Throws a ServeError 400 where a model knows no calls, or in a form that is not read here. */
export function callFormOf({ backend, chatFormat, chatTemplate }: ModelInfo, name: string): CallForm {
  if (backend === "endpoint") return "served";
  if (chatFormat === "harmony" || chatTemplate?.includes("<|channel|>") === true) return "harmony";
  if (chatTemplate !== null && writesHermesCalls(chatTemplate)) return "hermes";
  throw new ServeError(
    400,
    "unsupported",
    `the model "${name}" cannot call functions: its chat template tells of none, or in a form that is not known`,
    "tools",
  );
}

/**
 * GBNF grammar of answers that call one of the functions at least. Throws a ServeError 400 where the model cannot be
 * held to that, and a PipelineError (stage) where it cannot be held to what a function takes.
 */
export function callGrammar({ tools, oneCall }: OfferedTools, form: CallForm): string {
  if (form !== "hermes")
    throw new ServeError(400, "unsupported", "this model cannot be made to call a function", "tool_choice");
  const calls = tools.map(({ name, parameters = { type: "object", properties: {} } }, index) => ({
    type: "object",
    properties: { name: { const: name }, arguments: moved(parameters, `#/anyOf/${index}/properties/arguments`) },
    required: ["name", "arguments"],
  }));
  const [, first = "", rest = ""] = /^root ::= (.*)(\n[^]*)?$/u.exec(schemaGrammar({ anyOf: calls })) ?? [];
  const call = `"${callOpening}\\n" call "\\n${callClosing}"`;
  return `root ::= ${call}${oneCall ? "" : ` ("\\n" ${call})*`}\ncall ::= ${first}${rest}`;
}

/** A schema that stands within another one: its references are to itself as before. */
function moved(schema: JsonSchema, place: string): JsonSchema {
  const move = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(move);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, each]) => [
        key,
        key === "$ref" && typeof each === "string" && each.startsWith("#") ? place + each.slice(1) : move(each),
      ]),
    );
  };
  return move(schema) as JsonSchema;
}

/** An answer as it is sent: no more calls than are wanted, each with what its result is told apart by. */
export function withIds(message: Message, { oneCall }: Pick<OfferedTools, "oneCall">): Message {
  const { toolCalls } = message;
  if (toolCalls === undefined) return message;
  const calls = oneCall ? toolCalls.slice(0, 1) : toolCalls;
  return { ...message, toolCalls: calls.map((call) => ({ id: `call_${randomUUID().replaceAll("-", "")}`, ...call })) };
}

/** Holds back what may be a call, in a text that comes piece by piece, with the blanks before it. */
export class CallHolder {
  #text = "";
  #sent = 0;

  /** What of the text can be said now. */
  read(text: string): string {
    this.#text += text;
    const begun = this.#text.indexOf(callOpening);
    const until = begun === -1 ? this.#text.length - partOfOpening(this.#text) : begun;
    return this.#send(this.#text.slice(0, Math.max(this.#sent, until)).trimEnd());
  }

  /** What is left to be said, once the content is known. */
  end(content: string): string {
    return this.#send(content);
  }

  #send(whole: string): string {
    const news = whole.slice(this.#sent);
    this.#sent = Math.max(this.#sent, whole.length);
    return news;
  }
}

/** How many characters at the end of a text may be the beginning of a call. */
function partOfOpening(text: string): number {
  const lengths = Array.from({ length: callOpening.length - 1 }, (_, index) => callOpening.length - 1 - index);
  return lengths.find((length) => text.endsWith(callOpening.slice(0, length))) ?? 0;
}
