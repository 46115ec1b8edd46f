import { createParser } from "eventsource-parser";
import { z } from "zod";
import type { ToolCall } from "../../contract/message.js";
import { Fault, faultInStream } from "./fault.js";
import { jsonObject } from "./json-object.js";

/** What a server has answered. */
export interface ServedAnswer {
  readonly content: string;
  readonly thinking: string;
  readonly toolCalls: readonly ToolCall[];
  readonly finish: "stop" | "length";
  /** As the server counts them; null where it does not. */
  readonly tokens: { readonly prompt: number; readonly generated: number } | null;
  /** Pieces that came: about as many as tokens. */
  readonly pieces: number;
  /** Who the server says has answered: its name for the model, and for how it is run. */
  readonly by: string;
}

const Usage = z.object({ prompt_tokens: z.number(), completion_tokens: z.number().default(0) });

const Piece = z.object({
  content: z.string().nullish(),
  reasoning_content: z.string().nullish(),
  reasoning: z.string().nullish(),
  tool_calls: z
    .array(
      z.object({
        index: z.number().optional(),
        id: z.string().nullish(),
        function: z.object({ name: z.string().nullish(), arguments: z.string().nullish() }),
      }),
    )
    .nullish(),
});

/** A part of what llama-server writes into a gap, in its own form. */
const Filling = z.object({
  content: z.string(),
  stop: z.boolean(),
  stop_type: z.string().optional(),
  tokens_evaluated: z.number().optional(),
  tokens_predicted: z.number().optional(),
  model: z.string().nullish(),
});

/** A part of a stream, or a whole answer: `delta`, `message` or `text`. */
const Part = z.object({
  model: z.string().nullish(),
  system_fingerprint: z.string().nullish(),
  choices: z
    .array(
      z.object({
        delta: Piece.nullish(),
        message: Piece.nullish(),
        text: z.string().nullish(),
        finish_reason: z.string().nullish(),
      }),
    )
    .default([]),
  usage: Usage.nullish().catch(null),
});

/** Puts an answer together from what comes; throws a Fault where that is none. */
export class AnswerReader {
  #content = "";
  #thinking = "";
  readonly #calls: { id?: string; name: string; arguments: string }[] = [];
  #finish: string | null = null;
  #tokens: ServedAnswer["tokens"] = null;
  #pieces = 0;
  #by = "";
  #isStopped = false;
  #fault: Fault | null = null;

  readonly #onText: (text: string) => void;
  readonly #stops: readonly string[];

  /**
   * @param onText called with each piece of the content
   * @param stops texts that end the answer, which the server does not look for
   */
  constructor(onText: (text: string) => void, stops: readonly string[] = []) {
    this.#onText = onText;
    this.#stops = stops;
  }

  /** Whether a stop text has ended the answer: nothing more of it is wanted. */
  get isStopped(): boolean {
    return this.#isStopped;
  }

  get pieces(): number {
    return this.#pieces;
  }

  /** Reads a stream of events. @param onEvent called at each event that holds something */
  async readStream(body: AsyncIterable<Uint8Array>, onEvent: () => void): Promise<void> {
    const decoder = new TextDecoder("utf-8", { fatal: true });
    let isDone = false;
    const parser = createParser({
      onEvent: ({ data }) => {
        if (isDone || data === "") return;
        isDone = data === "[DONE]";
        if (!isDone) this.#read(data);
        onEvent();
      },
      maxBufferSize: 16 * 2 ** 20,
      onError: (error) => (this.#fault ??= new Fault("broken", `no stream of events: ${error.message}`)),
    });
    for await (const bytes of body) {
      parser.feed(decoded(decoder, bytes));
      if (this.#fault !== null) throw this.#fault;
      if (this.#isStopped || isDone) return;
    }
    if (this.#finish === null) throw new Fault("broken", "the stream ended before the answer did");
  }

  /** Reads a whole answer, of a server that does not stream. */
  readWhole(text: string): void {
    this.#read(text);
    if (this.#fault !== null) throw this.#fault;
    if (this.#finish === null) throw new Fault("broken", "an answer without a finish_reason");
  }

  /** What has come. Throws a Fault where the server has kept it back. */
  answer(): ServedAnswer {
    if (this.#finish === "content_filter") throw new Fault("refused", "the server's filter kept the answer back");
    return {
      content: this.#content,
      thinking: this.#thinking,
      toolCalls: this.#calls.map((call) => ({ ...call, arguments: call.arguments === "" ? "{}" : call.arguments })),
      finish: this.#finish === "length" && !this.#isStopped ? "length" : "stop",
      tokens: this.#tokens,
      pieces: this.#pieces,
      by: this.#by,
    };
  }

  #read(data: string): void {
    const value = jsonObject(data);
    if (value !== null && "error" in value && value.error !== null) {
      this.#fault ??= faultInStream(data, (value.error as { readonly code?: unknown }).code);
      return;
    }
    const filling = Filling.safeParse(value);
    if (filling.success) return this.#fill(filling.data);
    const part = Part.safeParse(value);
    if (!part.success) {
      this.#fault ??= new Fault("broken", `no answer of a model: ${shortened(data)}`);
      return;
    }
    const { model, system_fingerprint: fingerprint, choices, usage } = part.data;
    if (typeof model === "string") this.#by = [model, fingerprint ?? ""].join(" ").trim();
    if (usage) this.#tokens = { prompt: usage.prompt_tokens, generated: usage.completion_tokens };
    const [choice] = choices;
    if (choice === undefined || this.#isStopped) return;
    const piece = choice.delta ?? choice.message;
    this.#thinking += piece?.reasoning_content ?? piece?.reasoning ?? "";
    for (const call of piece?.tool_calls ?? []) this.#addCall(call);
    const text = piece?.content ?? choice.text ?? "";
    if (text !== "" || piece?.reasoning_content || piece?.reasoning) this.#pieces += 1;
    this.#addText(text);
    this.#finish = choice.finish_reason ?? this.#finish;
  }

  #fill({ content, stop, stop_type: type, ...counts }: z.infer<typeof Filling>): void {
    if (this.#isStopped) return;
    if (content !== "") this.#pieces += 1;
    this.#addText(content);
    if (!stop) return;
    this.#finish = type === "limit" ? "length" : "stop";
    const { tokens_evaluated: prompt, tokens_predicted: generated, model } = counts;
    if (prompt !== undefined && generated !== undefined) this.#tokens = { prompt, generated };
    if (typeof model === "string") this.#by = model;
  }

  #addText(text: string): void {
    if (text === "") return;
    const before = this.#content.length;
    this.#content += text;
    const ends = this.#stops.map((stop) => this.#content.indexOf(stop)).filter((at) => at >= 0);
    if (ends.length > 0) {
      this.#content = this.#content.slice(0, Math.min(...ends));
      this.#isStopped = true;
    }
    if (this.#content.length > before) this.#onText(this.#content.slice(before));
  }

  #addCall({ index, id, function: called }: NonNullable<z.infer<typeof Piece>["tool_calls"]>[number]): void {
    // A call that begins has a name; servers that leave the index out send calls whole.
    const at = index ?? (called.name ? this.#calls.length : this.#calls.length - 1);
    const call = (this.#calls[Math.max(0, at)] ??= { name: "", arguments: "" });
    // Some servers repeat the name with each piece.
    if (called.name && call.name === "") call.name = called.name;
    if (id) call.id ??= id;
    call.arguments += called.arguments ?? "";
  }
}

function decoded(decoder: InstanceType<typeof TextDecoder>, bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes, { stream: true });
  } catch {
    throw new Fault("broken", "the answer is no text in UTF-8");
  }
}

function shortened(text: string): string {
  const line = text.replaceAll(/\s+/gu, " ").trim();
  return line.length > 100 ? `${line.slice(0, 100)}…` : line || "nothing";
}
