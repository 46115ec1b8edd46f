import type { LlamaModel, Token } from "node-llama-cpp";
import { type ChatText, joined, sliced } from "../../contract/chat-formats.js";
import { capabilityHints, capabilityWords } from "../../contract/capabilities.js";
import type { Message, RawPrompt } from "../../contract/model.js";
import { PipelineError } from "../../system/errors.js";
import type { ChatWriter } from "./chat-writer.js";
import { infillParts } from "./infill-form.js";
import type { InfillPrompt, LlamaPrompt, LlamaRequest } from "./protocol.js";
import type { Vocabulary } from "./vocabulary.js";

/**
 * A prompt as blocks, each evaluated by itself: the shared prefix, the rest, and the last token alone. A block that a
 * sequence still holds is not evaluated again: its cells are those that a fresh evaluation would write, bit for bit,
 * because where blocks begin and end never depends on what was there before. The last token gives the first logits, so
 * that it is evaluated every time.
 */
export interface TokenizedPrompt {
  readonly blocks: readonly (readonly Token[])[];
  readonly last: Token;
}

/** What a request's prompt is in tokens. */
export type PromptParts = Pick<LlamaRequest, "prompt" | "sharedPrefix" | "prefill" | "prefillApart">;

/** Prompts as the tokens that a model is asked with. */
export class PromptTokenizer {
  constructor(
    private readonly model: LlamaModel,
    private readonly words: Vocabulary,
    private readonly chat: ChatWriter,
  ) {}

  /** Each part becomes tokens of its own, so that no border depends on what follows it. */
  tokenize(parts: PromptParts): TokenizedPrompt {
    const blocks = isInfill(parts.prompt) ? this.#infill(parts.prompt, parts.prefill) : this.#text(parts.prompt, parts);
    const filled = blocks.filter((block) => block.length > 0);
    const last = filled.at(-1)?.pop();
    if (last === undefined) throw new PipelineError("the prompt is empty", { code: "stage" });
    return { blocks: filled.filter((block) => block.length > 0), last };
  }

  #text(
    prompt: Exclude<LlamaPrompt, InfillPrompt>,
    { sharedPrefix, prefill, prefillApart }: Omit<PromptParts, "prompt">,
  ): Token[][] {
    const pieces = this.#piecesOf(prompt);
    const text = joined(pieces);
    if (!text.startsWith(sharedPrefix))
      throw new PipelineError("sharedPrefix is not how the prompt begins", { code: "stage" });
    const start = this.#startOf(text);
    const prefix =
      sharedPrefix === "" ? [] : [...start, ...this.words.tokenize(sliced(pieces, 0, sharedPrefix.length))];
    const asked = sliced(pieces, sharedPrefix.length);
    const begun: ChatText = [
      { text: prefill === "" || isRaw(prompt) ? prefill : this.chat.beforePrefill + prefill, from: "format" },
    ];
    const [first = [], ...rest] = prefillApart === true ? [asked, begun] : [[...asked, ...begun]];
    return [
      prefix,
      [...(sharedPrefix === "" ? start : []), ...this.words.tokenize(first)],
      ...rest.map((text) => this.words.tokenize(text)),
    ];
  }

  /**
   * The text before the gap and the one after it, between the tokens that the model has for that; what they say stays
   * text. A model without a token for the middle goes on with what comes before, which stands last then.
   */
  #infill(prompt: InfillPrompt, prefill: string): Token[][] {
    const { prefix: before, suffix: after, middle } = this.model.tokens.infill;
    if (before === null || after === null) {
      throw new PipelineError(`the model cannot ${capabilityWords.infill}: its vocabulary has no tokens for it`, {
        code: "model",
        hint: capabilityHints.infill,
      });
    }
    const known = new Map<string, Token>();
    const nameOf = (token: Token): string => {
      const name = this.model.detokenize([token], true);
      known.set(name, token);
      return name;
    };
    const tokenOf = (mark: string): Token | undefined => {
      const [token, ...more] = this.model.tokenize(mark, true);
      return known.get(mark) ?? (more.length === 0 ? token : undefined);
    };
    const marks = {
      prefix: nameOf(before),
      suffix: nameOf(after),
      middle: middle === null ? null : nameOf(middle),
    };
    const parts = infillParts(prompt, marks, (mark) => tokenOf(mark) !== undefined);
    const tokens = [...parts, { text: prefill }].flatMap((part) =>
      "mark" in part ? [tokenOf(part.mark) ?? []].flat() : this.words.tokenize([{ text: part.text, from: "message" }]),
    );
    return [[...this.#startOf(""), ...tokens]];
  }

  /** The token that every text begins with, where the vocabulary has one and the text does not write it itself. */
  #startOf(text: string): Token[] {
    const { bos, bosString, shouldPrependBosToken } = this.model.tokens;
    return bos !== null && shouldPrependBosToken && !text.startsWith(bosString ?? "\0") ? [bos] : [];
  }

  #piecesOf(prompt: Exclude<LlamaPrompt, InfillPrompt>): ChatText {
    if (!isRaw(prompt)) return this.chat.write(prompt, { addGenerationPrompt: true });
    return typeof prompt === "string" ? [{ text: prompt, from: "format" }] : prompt.pieces;
  }
}

/** Whether a prompt is a gap between two texts. */
export function isInfill(prompt: LlamaPrompt): prompt is InfillPrompt {
  return typeof prompt !== "string" && "suffix" in prompt;
}

/** Whether a prompt is written by a chat format: its answer is a message then. */
export function isChat(prompt: LlamaPrompt): prompt is readonly Message[] {
  return !isInfill(prompt) && !isRaw(prompt);
}

function isRaw(prompt: Exclude<LlamaPrompt, InfillPrompt>): prompt is string | RawPrompt {
  return typeof prompt === "string" || "pieces" in prompt;
}
