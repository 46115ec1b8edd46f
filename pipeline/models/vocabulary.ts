import type { LlamaModel, Token } from "node-llama-cpp";
import type { ChatText } from "../chat-formats.js";
import { joined } from "../chat-formats.js";
import type { ModelMarks } from "../chat-formats/jinja.js";

/** What GGUF calls a token that no text may give by itself. */
const controlTypes = { unknown: 2, control: 3 } as const;

/** A model's vocabulary: texts as tokens. */
export class Vocabulary {
  #control: readonly string[] | undefined;
  #pattern: RegExp | undefined;

  constructor(private readonly model: LlamaModel) {}

  /** Its control tokens, as they are written. */
  get controlTokens(): readonly string[] {
    this.#control ??= this.#findControlTokens();
    return this.#control;
  }

  get marks(): ModelMarks {
    const { bosString, eosString } = this.model.tokens;
    return { bos: bosString ?? "", eos: eosString ?? "", control: this.#controlPattern };
  }

  /**
   * What a format writes has its control tokens; what a message says stays text, as the rest of it. Parts of text that no
   * control token divides are tokenised together, so that a message without any has the tokens that it always had.
   */
  tokenize(text: string | ChatText): Token[] {
    if (typeof text === "string") return this.model.tokenize(text, true);
    const control = this.#controlPattern;
    if (!text.some((piece) => piece.from === "message" && control.test(piece.text))) return this.model.tokenize(joined(text), true);
    const tokens: Token[] = [];
    let plain = "";
    let strip = false;
    for (const { text: part, from } of text) {
      for (const [index, between] of (from === "message" ? [part] : part.split(new RegExp(`(${control.source})`, "u"))).entries()) {
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

  /** Some control tokens take the white space beside them away. */
  #plain(text: string, strip: { readonly start: boolean; readonly end: boolean }): Token[] {
    const begun = strip.start ? text.trimStart() : text;
    return this.model.tokenize(strip.end ? begun.trimEnd() : begun, false);
  }

  get #controlPattern(): RegExp {
    // The longest first: one can begin as another does. Of no token at all, nothing is found.
    const alternatives = this.controlTokens.toSorted((a, b) => b.length - a.length).map(escaped);
    this.#pattern ??= new RegExp(alternatives.length === 0 ? "(?!)" : alternatives.join("|"), "u");
    return this.#pattern;
  }

  #findControlTokens(): readonly string[] {
    const { token_type: types } = this.model.fileInfo.metadata.tokenizer.ggml;
    const found = types.flatMap((type, token) => (Object.values<number>(controlTypes).includes(type) ? [token as Token] : []));
    return found.map((token) => this.model.detokenize([token], true)).filter((text) => text !== "");
  }
}

function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/-]/gu, String.raw`\$&`);
}
