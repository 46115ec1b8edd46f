import type { TokenChance, WrittenToken } from "../contract/writing.js";
import { ServeError } from "./errors.js";
import type { ChatRequest, CompletionRequest } from "./schema.js";

/** How many of the likeliest tokens a conversation wants to know; null: nothing of it. */
export function chatLogprobs({ logprobs, top_logprobs: top }: ChatRequest): number | null {
  if (logprobs === true) return top ?? 0;
  if (typeof top !== "number" || top === 0) return null;
  throw new ServeError(400, "invalid_value", "top_logprobs wants logprobs: true", "top_logprobs");
}

/** The same of a text that is gone on with, where a number says both. */
export function completionLogprobs({ logprobs }: CompletionRequest): number | null {
  return logprobs ?? null;
}

/** Tokens as a conversation's answer tells them. */
export function toldTokens(tokens: readonly WrittenToken[]): object {
  return {
    content: tokens.map(({ top, ...token }) => ({ ...told(token), top_logprobs: top.map(told) })),
    refusal: null,
  };
}

/** Tokens as a text's answer tells them: in lists of one length. */
export function listedTokens(tokens: readonly WrittenToken[]): object {
  let place = 0;
  return {
    tokens: tokens.map(({ text }) => text),
    token_logprobs: tokens.map(({ logprob }) => logprob),
    top_logprobs: tokens.map(({ top }) => Object.fromEntries(top.map(({ text, logprob }) => [text, logprob]))),
    text_offset: tokens.map(({ text }) => (place += text.length) - text.length),
  };
}

/** Bytes are not known of a token that is a part of a character. */
function told({ text, logprob }: TokenChance): object {
  return { token: text, logprob, bytes: text.includes("\ufffd") ? null : [...Buffer.from(text)] };
}
