import type { Message } from "../../pipeline/model.js";

export const formatNames = ["chatml", "harmony", "alpaca", "prompt-response"] as const;
export type FormatName = (typeof formatNames)[number];

interface Format {
  /** Texts that the format reserves: a message that holds one would end early when a trainer reads it. */
  readonly controlTokens: RegExp | undefined;
  /** What the format adds to a row, beside `messages`. */
  readonly columns: (messages: readonly Message[]) => Record<string, string>;
}

/** Formats without roles carry a system message in a column of that name, where there is one. */
export const formats: Readonly<Record<FormatName, Format>> = {
  chatml: {
    controlTokens: /<\|im_(?:start|end|sep)\|>|<\|endoftext\|>/u,
    columns: (messages) => ({ text: chatml(messages) }),
  },
  harmony: {
    controlTokens: /<\|(?:start|end|message|channel|constrain|return|call|startoftext|endoftext)\|>/u,
    columns: (messages) => ({ text: harmony(messages) }),
  },
  alpaca: {
    controlTokens: undefined,
    columns: (messages) => ({ instruction: contentOf(messages, "user"), input: "", output: contentOf(messages, "assistant"), ...systemColumn(messages) }),
  },
  "prompt-response": {
    controlTokens: undefined,
    columns: (messages) => ({ prompt: contentOf(messages, "user"), response: contentOf(messages, "assistant"), ...systemColumn(messages) }),
  },
};

/** The first control token of the format that stands in a message's own text; undefined where there is none. */
export function controlTokenIn(messages: readonly Message[], format: FormatName): string | undefined {
  const { controlTokens } = formats[format];
  if (controlTokens === undefined) return undefined;
  for (const { content } of messages) {
    const [found] = controlTokens.exec(content) ?? [];
    if (found !== undefined) return found;
  }
  return undefined;
}

/** ChatML: every turn ends with <|im_end|> and a line feed, the last one too, so that a model learns to stop. */
function chatml(messages: readonly Message[]): string {
  return messages.map(({ role, content }) => `<|im_start|>${role}\n${content}<|im_end|>\n`).join("");
}

/**
 * OpenAI's harmony format, as gpt-oss reads it. What others call the system prompt is the developer message; the system
 * message is the model's own, here without the line of the current date, since no clock enters a row. The answer is in
 * the final channel, and the last message ends with <|return|>, the token that stops a model, as training targets should.
 */
function harmony(messages: readonly Message[]): string {
  const turns = messages.map(({ role, content }, position) => {
    if (role === "system" || role === "developer") return `<|start|>developer<|message|># Instructions\n\n${content}<|end|>`;
    if (role === "assistant") {
      return `<|start|>assistant<|channel|>final<|message|>${content}${position === messages.length - 1 ? "<|return|>" : "<|end|>"}`;
    }
    return `<|start|>${role}<|message|>${content}<|end|>`;
  });
  return [harmonySystem, ...turns].join("");
}

const harmonySystem = `<|start|>system<|message|>You are ChatGPT, a large language model trained by OpenAI.
Knowledge cutoff: 2024-06

Reasoning: medium

# Valid channels: analysis, commentary, final. Channel must be included for every message.<|end|>`;

function systemColumn(messages: readonly Message[]): Record<string, string> {
  return messages.some(({ role }) => role === "system") ? { system: contentOf(messages, "system") } : {};
}

function contentOf(messages: readonly Message[], role: Message["role"]): string {
  return messages.find((message) => message.role === role)?.content ?? "";
}
