import { z } from "zod";
import { type AskedAndAnswered, type ChatText, joined, sliced } from "../../contract/chat-formats.js";
import type { ConversationTokens, Message } from "../../contract/model.js";
import { toOpenAi } from "../../contract/openai-message.js";
import { PipelineError } from "../../system/errors.js";
import type { EndpointClient } from "./client.js";
import { Fault } from "./fault.js";

const Tokens = z.object({ tokens: z.array(z.number()) });
const Applied = z.object({ prompt: z.string() });

/** Tokens as a server counts them that says it: llama-server and vLLM. */
export class ServedTokens {
  constructor(
    private readonly client: Pick<EndpointClient, "post">,
    private readonly server: "llama-server" | "vllm",
    private readonly model: string,
    private readonly signal: AbortSignal,
  ) {}

  async count(texts: readonly (string | ChatText)[]): Promise<number[]> {
    const counts: number[] = [];
    for (const text of texts) counts.push((await this.#tokensOf(text)).length);
    return counts;
  }

  /** Those of the texts that are one token of the vocabulary, as its control tokens are. */
  async controlAmong(candidates: readonly string[]): Promise<string[]> {
    const found: string[] = [];
    for (const text of candidates) if ((await this.#ask(text, true)).length === 1) found.push(text);
    return found;
  }

  async conversation(messages: readonly Message[]): Promise<ConversationTokens> {
    if (this.server === "llama-server") {
      const { prompt, answer } = await this.answered(messages);
      return { prompt: await this.#tokensOf(prompt), answer: await this.#tokensOf(answer) };
    }
    const [asked, whole] = [
      await this.#chatTokens(messages.slice(0, -1), true),
      await this.#chatTokens(messages, false),
    ];
    if (asked.some((token, index) => whole[index] !== token)) throw notApart();
    return { prompt: asked, answer: whole.slice(asked.length) };
  }

  /** Tokens that the model reads when it is asked with these messages. */
  async ofChat(messages: readonly Message[]): Promise<number> {
    if (this.server === "vllm") return (await this.#chatTokens(messages, true)).length;
    return (await this.#tokensOf(await this.render(messages, true))).length;
  }

  /** The messages as llama-server's template writes them. */
  async render(messages: readonly Message[], addGenerationPrompt: boolean): Promise<ChatText> {
    const body = { messages: messages.map(toOpenAi), add_generation_prompt: addGenerationPrompt };
    const { prompt } = read(Applied, await this.#post("/apply-template", body));
    return [{ text: prompt, from: "format" }];
  }

  async answered(messages: readonly Message[]): Promise<AskedAndAnswered> {
    if (messages.at(-1)?.role !== "assistant")
      throw new PipelineError("the conversation does not end with an answer", { code: "stage" });
    const [prompt, whole] = [await this.render(messages.slice(0, -1), true), await this.render(messages, false)];
    const asked = joined(prompt);
    if (!joined(whole).startsWith(asked)) throw notApart();
    return { prompt, answer: sliced(whole, asked.length) };
  }

  async #tokensOf(text: string | ChatText): Promise<number[]> {
    if (typeof text === "string") return await this.#ask(text, true);
    const tokens: number[] = [];
    for (const piece of text) tokens.push(...(await this.#ask(piece.text, piece.from === "format")));
    return tokens;
  }

  async #ask(text: string, hasControl: boolean): Promise<number[]> {
    const body =
      this.server === "vllm"
        ? { model: this.model, prompt: text, add_special_tokens: false }
        : { content: text, add_special: false, parse_special: hasControl };
    return read(Tokens, await this.#post("/tokenize", body)).tokens;
  }

  async #post(path: string, body: object): Promise<unknown> {
    try {
      return await this.client.post(path, body, this.signal);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      throw new PipelineError(`the server does not tell its tokens: ${error.message}`, { code: "model", cause: error });
    }
  }

  async #chatTokens(messages: readonly Message[], addGenerationPrompt: boolean): Promise<number[]> {
    const body = {
      model: this.model,
      messages: messages.map(toOpenAi),
      add_generation_prompt: addGenerationPrompt,
      add_special_tokens: false,
    };
    return read(Tokens, await this.#post("/tokenize", body)).tokens;
  }
}

function read<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new PipelineError("the server does not tell its tokens", {
    code: "model",
    hint: "say whose tokenizer it has: endpoint: { tokenizer: hf:OWNER/REPO }",
  });
}

function notApart(): PipelineError {
  return new PipelineError(
    "the server's chat template does not write an answer after its prompt, so that its tokens cannot be told",
    { code: "model", hint: "say whose tokenizer it has: endpoint: { tokenizer: hf:OWNER/REPO }" },
  );
}
