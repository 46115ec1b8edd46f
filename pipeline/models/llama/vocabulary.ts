import type { LlamaModel, Token } from "node-llama-cpp";
import { type ChatText, joined } from "../../contract/chat-formats.js";
import type { ModelMarks } from "../../contract/chat-formats/jinja.js";
import { GrowingPieces } from "./growing-text.js";

/** What GGUF calls a token that no text may give by itself. */
const controlTypes = { unknown: 2, control: 3 } as const;

/** A model's vocabulary: texts as tokens. */
export class Vocabulary {
  readonly #controlIds: ReadonlySet<Token>;
  #control: readonly string[] | undefined;
  #places: RegExp | undefined;
  #pattern: RegExp | undefined;

  constructor(private readonly model: LlamaModel) {
    const { token_type: types } = model.fileInfo.metadata.tokenizer.ggml;
    const control: readonly number[] = Object.values(controlTypes);
    this.#controlIds = new Set(types.flatMap((type, token) => (control.includes(type) ? [token as Token] : [])));
  }

  /** Its control tokens, as they are written. */
  get controlTokens(): readonly string[] {
    this.#control ??= [...this.#controlIds]
      .map((token) => this.model.detokenize([token], true))
      .filter((text) => text !== "");
    return this.#control;
  }

  get marks(): ModelMarks {
    const { bosString, eosString } = this.model.tokens;
    return { bos: bosString ?? "", eos: eosString ?? "", control: this.#controlPattern };
  }

  /**
   * What a format writes has its control tokens; what a message says stays text, as the rest of it. Parts of text that
   * no control token divides are tokenised together, so that a message without any has the tokens that it always had.
   */
  tokenize(text: string | ChatText): Token[] {
    if (typeof text === "string") return this.model.tokenize(text, true);
    const control = this.#controlPattern;
    if (!text.some((piece) => piece.from === "message" && control.test(piece.text)))
      return this.model.tokenize(joined(text), true);
    const tokens: Token[] = [];
    let plain = "";
    let strip = false;
    for (const { text: part, from } of text) {
      for (const [index, between] of (from === "message"
        ? [part]
        : part.split(new RegExp(`(${control.source})`, "u"))
      ).entries()) {
        if (index % 2 === 0) {
          plain += between;
          continue;
        }
        const [token] = this.model.tokenize(between, true);
        if (token === undefined) continue;
        const { lstrip, rstrip } = this.model.getTokenAttributes(token);
        tokens.push(...this.#plain(plain, { start: strip, end: lstrip }), token);
        plain = "";
        strip = rstrip;
      }
    }
    return [...tokens, ...this.#plain(plain, { start: strip, end: false })];
  }

  /** What a model writes after these tokens, as it comes: its control tokens apart from the text between them. */
  pieces(before: readonly Token[]): GrowingPieces {
    return new GrowingPieces(this.model, (token) => this.#controlIds.has(token), before);
  }

  /** Some control tokens take the white space beside them away. */
  #plain(text: string, strip: { readonly start: boolean; readonly end: boolean }): Token[] {
    const begun = strip.start ? text.trimStart() : text;
    const parts = (strip.end ? begun.trimEnd() : begun).split(this.#unsplit);
    return parts.flatMap((part) => this.model.tokenize(part, false));
  }

  /**
   * Places inside of control tokens that llama.cpp takes for tokens in any text (some of gpt-oss): behind the signs
   * that they begin with, where their tokenizer divides a text anyway.
   */
  get #unsplit(): RegExp {
    this.#places ??= this.#findPlaces();
    return this.#places;
  }

  #findPlaces(): RegExp {
    const always = [...this.#controlIds].filter((token) => this.model.getTokenAttributes(token).userDefined);
    const places = always
      .map((token) => this.model.detokenize([token], true))
      .flatMap((text) => {
        const [signs = ""] = /^[^\p{L}\p{N}\s]+/u.exec(text) ?? [];
        return signs === "" || signs === text ? [] : [`(?<=${escaped(signs)})(?=${escaped(text.slice(signs.length))})`];
      });
    return new RegExp(places.length === 0 ? "(?!)" : places.join("|"), "u");
  }

  get #controlPattern(): RegExp {
    // The longest first: one can begin as another does. Of no token at all, nothing is found.
    const alternatives = this.controlTokens.toSorted((a, b) => b.length - a.length).map(escaped);
    this.#pattern ??= new RegExp(alternatives.length === 0 ? "(?!)" : alternatives.join("|"), "u");
    return this.#pattern;
  }
}

function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/-]/gu, String.raw`\$&`);
}
