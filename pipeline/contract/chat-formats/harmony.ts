import type { Message } from "../message.js";
import { chat, type ChatText } from "./chat-text.js";
import type { ChatFormat, ChatSettings } from "./format.js";
import { harmonyMessage, readHarmony } from "./harmony-answer.js";
import { toolsSection } from "./harmony-tools.js";

/**
 * OpenAI's harmony format, as gpt-oss reads it (docs/format.md of openai/harmony). The system message is the model's
 * own; what others call the system prompt is the developer message. Thoughts go to the channel analysis, calls of
 * functions and what is said before them to commentary, the answer to final.
 */
export const harmony: ChatFormat = {
  reserved: /<\|(?:start|end|message|channel|constrain|return|call|startoftext|endoftext|endofprompt|reserved_\d+)\|>/u,
  tools: true,
  turns(messages, settings) {
    const isToldOfTools = messages.some(({ tools }) => tools !== undefined);
    const lastAnswer = messages.findLastIndex(isFinal);
    return [
      ...chat`<|start|>system<|message|>${systemText(settings, isToldOfTools)}<|end|>`,
      // Thoughts that led to an answer are not shown again; those that led to a call are, until there is an answer.
      ...messages.flatMap((message, index) => turn(message, { withThinking: index > lastAnswer })),
    ];
  },
  opening: "<|start|>assistant",
  answer: (message) => assistantMessages(message, { withThinking: true, end: "<|return|>" }),
  after: "",
  beforePrefill: "<|channel|>final<|message|>",
  read: readHarmony,
  message: harmonyMessage,
};

function isFinal({ role, toolCalls }: Message): boolean {
  return role === "assistant" && toolCalls === undefined;
}

function systemText({ reasoning = "medium", date }: ChatSettings, isToldOfTools: boolean): string {
  const identity = ["You are ChatGPT, a large language model trained by OpenAI.", "Knowledge cutoff: 2024-06"];
  const channels = ["# Valid channels: analysis, commentary, final. Channel must be included for every message."];
  return [
    [...identity, ...(date === undefined ? [] : [`Current date: ${date}`])],
    [`Reasoning: ${reasoning}`],
    [...channels, ...(isToldOfTools ? ["Calls to these tools must go to the commentary channel: 'functions'."] : [])],
  ]
    .map((lines) => lines.join("\n"))
    .join("\n\n");
}

function turn(message: Message, { withThinking }: { readonly withThinking: boolean }): ChatText {
  const { role, content, tools = [], name = "" } = message;
  switch (role) {
    case "system":
    case "developer": {
      const sections = [
        ...(content === "" ? [] : [`# Instructions\n\n${content}`]),
        ...(tools.length === 0 ? [] : [toolsSection(tools)]),
      ];
      return sections.length === 0 ? [] : chat`<|start|>developer<|message|>${sections.join("\n\n")}<|end|>`;
    }
    case "user":
      return chat`<|start|>user<|message|>${content}<|end|>`;
    case "tool":
      return chat`<|start|>functions.${name} to=assistant<|channel|>commentary<|message|>${content}<|end|>`;
    case "assistant":
      return [...chat`<|start|>assistant`, ...assistantMessages(message, { withThinking, end: "<|end|>" })];
  }
}

/**
 * One turn is several messages of the format: each but the first one begins anew, and a call ends with a mark of its
 * own.
 */
function assistantMessages(
  { content, thinking = "", toolCalls = [] }: Message,
  { withThinking, end }: { readonly withThinking: boolean; readonly end: "<|end|>" | "<|return|>" },
): ChatText {
  const calls = toolCalls.map(
    (call) =>
      chat` to=functions.${call.name}<|channel|>commentary <|constrain|>json<|message|>${call.arguments}<|call|>`,
  );
  const said =
    calls.length === 0
      ? [[...chat`<|channel|>final<|message|>${content}`, ...mark(end)]]
      : content === ""
        ? []
        : [chat`<|channel|>commentary<|message|>${content}<|end|>`];
  const thought = withThinking && thinking !== "" ? [chat`<|channel|>analysis<|message|>${thinking}<|end|>`] : [];
  return [...thought, ...said, ...calls].flatMap((message, index) =>
    index === 0 ? message : [...mark(harmony.opening), ...message],
  );
}

function mark(text: string): ChatText {
  return [{ text, from: "format" }];
}
