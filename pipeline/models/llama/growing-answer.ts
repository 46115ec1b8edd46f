import type { LlamaModel, Token } from "node-llama-cpp";
import type { WrittenToken } from "../../contract/model.js";
import { AnswerText } from "./answer-text.js";
import type { ChatWriter } from "./chat-writer.js";
import { type GrowingPieces, GrowingText } from "./growing-text.js";
import { isChat } from "./prompt-tokens.js";
import type { LlamaAnswer, LlamaRequest } from "./protocol.js";
import { RepetitionWatch } from "./repetition.js";
import type { Vocabulary } from "./vocabulary.js";

/** An answer while it is written. */
export class GrowingAnswer {
  readonly tokens: Token[] = [];
  readonly #told: WrittenToken[] = [];
  readonly #text: AnswerText;
  readonly #plain: GrowingText;
  /** Of an answer that is more than its text: in channels. */
  readonly #pieces: GrowingPieces | null;
  readonly #watch = new RepetitionWatch<Token>();
  #finish: LlamaAnswer["finish"] | null = null;

  constructor(
    private readonly request: LlamaRequest,
    private readonly parts: { readonly model: LlamaModel; readonly words: Vocabulary; readonly chat: ChatWriter },
    private readonly options: { readonly limit: number; readonly before: readonly Token[] },
  ) {
    const { before } = options;
    this.#text = new AnswerText(request.stop);
    this.#plain = new GrowingText(parts.model, before);
    this.#pieces = isChat(request.prompt) && parts.chat.read !== null ? parts.words.pieces(before) : null;
  }

  /** Takes the next token; answers what can newly be shown. */
  add(token: Token): string {
    const { model } = this.parts;
    this.tokens.push(token);
    this.#pieces?.add(token);
    const news = this.#text.update(
      this.#pieces === null ? this.#plain.add(token) : (this.parts.chat.read?.(this.#pieces.all, this.#begun) ?? ""),
    );
    if (this.#text.stopped) this.#finish = "stop";
    else if (this.#watch.repeats(this.tokens, (block) => model.detokenize(block))) this.#finish = "repetition";
    else if (this.tokens.length >= this.options.limit) this.#finish = "length";
    return news;
  }

  /** Takes how likely the next token was. */
  tell(token: WrittenToken): void {
    this.#told.push(token);
  }

  get ended(): boolean {
    return this.#finish !== null;
  }

  /** When no more comes: shows what was held back. */
  finished(prompt: Omit<LlamaAnswer["tokens"], "generated">, onText: (text: string) => void): LlamaAnswer {
    const held = this.#text.end();
    if (held !== "") onText(held);
    const message = this.#pieces === null ? null : this.parts.chat.message?.(this.#pieces.all, this.#begun);
    return {
      text: this.#text.text,
      tokens: { ...prompt, generated: this.tokens.length },
      finish: this.#finish ?? (this.options.limit > 0 ? "stop" : "length"),
      ...(this.request.logprobs !== undefined && { logprobs: this.#shown() }),
      ...((message?.toolCalls ?? message?.channel) !== undefined && message && { message }),
    };
  }

  /** Of the tokens, those that the text shows: a stop text ends it before the last ones. */
  #shown(): WrittenToken[] {
    let length = 0;
    return this.#told.filter(({ text }) => {
      const isShown = length < this.#text.text.length;
      length += text.length;
      return isShown;
    });
  }

  get #begun(): { readonly begun: boolean } {
    return { begun: this.request.prefill !== "" };
  }
}
