import type { LlamaModel, Token } from "node-llama-cpp";
import type { ChatPiece, ChatText } from "../../contract/chat-formats.js";

/** How many tokens before a text its beginning can depend on: some vocabularies write a space by what comes before. */
const seenBefore = 8;

/**
 * The text of tokens that come one by one: what is certain of it is decoded once, so that a long answer costs no more a
 * token than a short one.
 */
export class GrowingText {
  #certain = "";
  #open: Token[] = [];
  #before: readonly Token[];

  /** @param before the tokens that stand before the first one */
  constructor(
    private readonly model: Pick<LlamaModel, "detokenize">,
    before: readonly Token[],
  ) {
    this.#before = before.slice(-seenBefore);
  }

  /** Takes the next token; answers the whole text so far, whose end may still be a part of a character (U+FFFD). */
  add(token: Token): string {
    this.#open.push(token);
    const open = this.model.detokenize(this.#open, false, this.#before);
    if (open === "" || open.endsWith("\uFFFD")) return this.#certain + open;
    this.#certain += open;
    this.#before = [...this.#before, ...this.#open].slice(-seenBefore);
    this.#open = [];
    return this.#certain;
  }
}

/** The same, with the model's control tokens apart from the text between them. */
export class GrowingPieces {
  readonly #closed: ChatPiece[] = [];
  #before: Token[];
  #open: GrowingText;
  #text = "";

  constructor(
    private readonly model: Pick<LlamaModel, "detokenize">,
    private readonly isControl: (token: Token) => boolean,
    before: readonly Token[],
  ) {
    this.#before = before.slice(-seenBefore);
    this.#open = new GrowingText(model, this.#before);
  }

  /** Takes the next token. */
  add(token: Token): void {
    this.#before = [...this.#before, token].slice(-seenBefore);
    if (!this.isControl(token)) {
      this.#text = this.#open.add(token);
      return;
    }
    this.#closed.push(...this.#rest, { text: this.model.detokenize([token], true), from: "format" });
    this.#open = new GrowingText(this.model, this.#before);
    this.#text = "";
  }

  /** All that was written so far. */
  get all(): ChatText {
    return [...this.#closed, ...this.#rest];
  }

  get #rest(): ChatPiece[] {
    return this.#text === "" ? [] : [{ text: this.#text, from: "message" }];
  }
}
