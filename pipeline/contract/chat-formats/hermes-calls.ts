import { type Message, ToolCall } from "../message.js";

/**
 * Calls of functions as Hermes and Qwen write them: each as JSON between two tags, in the middle of the text. Their own
 * Jinja templates tell a model of the functions in this form; the answer is read here.
 */
export const [callOpening, callClosing] = ["<tool_call>", "</tool_call>"] as const;

/** Whether a Jinja template tells a model of functions, and to call them in this form. */
export function writesHermesCalls(template: string): boolean {
  return template.includes(callOpening) && /\btools\b/u.test(template);
}

/**
 * The calls in the content of an answer, apart from what is said beside them. Where one cannot be read, all of it stays
 * text: nobody knows what was meant. The last one may lack its end, where that was what ended the answer.
 */
export function withCalls(message: Message): Message {
  const [before = "", ...blocks] = message.content.split(callOpening);
  const said = [before.trimEnd()];
  const toolCalls: ToolCall[] = [];
  for (const block of blocks) {
    const [written = "", ...after] = block.split(callClosing);
    const call = readCall(written);
    if (call === null) return message;
    toolCalls.push(call);
    said.push(after.join(callClosing).trim());
  }
  return toolCalls.length === 0
    ? message
    : { ...message, content: said.filter((text) => text !== "").join("\n"), toolCalls };
}

function readCall(text: string): ToolCall | null {
  try {
    const { name, arguments: given = {} } = JSON.parse(text) as {
      readonly name?: unknown;
      readonly arguments?: unknown;
    };
    const call = { name, arguments: typeof given === "string" ? given : JSON.stringify(given) };
    return ToolCall.safeParse(call).data ?? null;
  } catch {
    return null;
  }
}
