import { z } from "zod";
import { Message, type ToolCall } from "./message.js";

const Part = z.object({ type: z.literal("text"), text: z.string() });

/** A message as OpenAI's chat completions have it, and every server that speaks like them. */
export const OpenAiMessage = z.object({
  role: z.enum(["system", "developer", "user", "assistant", "tool"]),
  content: z.union([z.string(), z.array(Part)]).nullish(),
  /** As vLLM, llama-server and DeepSeek call what a model thought. */
  reasoning_content: z.string().nullish(),
  tool_calls: z
    .array(
      z.object({
        id: z.string().optional(),
        type: z.literal("function").default("function"),
        function: z.object({ name: z.string(), arguments: z.string() }),
      }),
    )
    .nullish(),
  tool_call_id: z.string().optional(),
  name: z.string().optional(),
});
export type OpenAiMessage = z.output<typeof OpenAiMessage>;

/**
 * A message that came through such an interface. Throws a ZodError where it holds what is no text, or a name that no
 * format can write.
 */
export function fromOpenAi(written: z.input<typeof OpenAiMessage>): Message {
  const {
    role,
    content,
    reasoning_content: thinking,
    tool_calls: calls,
    tool_call_id: id,
    name,
  } = OpenAiMessage.parse(written);
  const toolCalls = (calls ?? []).map(({ id: own, function: called }): ToolCall => ({
    ...called,
    ...(own && { id: own }),
  }));
  return Message.parse({
    role,
    content: typeof content === "string" ? content : (content ?? []).map(({ text }) => text).join(""),
    ...(thinking && { thinking }),
    ...(toolCalls.length > 0 && { toolCalls }),
    ...(id !== undefined && { toolCallId: id }),
    ...(name !== undefined && { name }),
  });
}

/**
 * The message as such an interface has it. What it has no place for is left out: `tools`, which a request names beside
 * its messages, and the channel of a comment.
 */
export function toOpenAi({ role, content, thinking, toolCalls, toolCallId, name }: Message): OpenAiMessage {
  return {
    role,
    // A call without words has no content.
    content: content === "" && toolCalls !== undefined ? null : content,
    ...(thinking !== undefined && { reasoning_content: thinking }),
    ...(toolCalls !== undefined && {
      tool_calls: toolCalls.map(({ id, ...called }) => ({
        type: "function" as const,
        function: called,
        ...(id !== undefined && { id }),
      })),
    }),
    ...(toolCallId !== undefined && { tool_call_id: toolCallId }),
    ...(name !== undefined && { name }),
  };
}
