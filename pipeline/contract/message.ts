import { z } from "zod";

/** A name that a format can write into the head of a message. */
const FunctionName = z.string().regex(/^[\w.-]+$/u, "expected letters, digits, _, - and .");

/** A function that a model may call. */
export const Tool = z.strictObject({
  name: FunctionName,
  description: z.string(),
  parameters: z
    .record(z.string(), z.unknown())
    .optional()
    .describe("JSON Schema of its arguments, an object; left out where it takes none"),
});
export type Tool = z.infer<typeof Tool>;

/** A function that a model calls. */
export const ToolCall = z.strictObject({
  name: FunctionName,
  arguments: z.string().describe("As JSON"),
  id: z.string().min(1).optional().describe("What its result is told apart by, where an interface gives one"),
});
export type ToolCall = z.infer<typeof ToolCall>;

/**
 * A message of a conversation, whoever wrote it and whichever interface it came through: models are asked with them,
 * rows are made of them, and what is served speaks of them (openai-message.ts maps the interface of OpenAI). What only
 * some roles have is left out of the others.
 */
export const Message = z.strictObject({
  role: z.enum(["system", "developer", "user", "assistant", "tool"]),
  content: z.string(),
  thinking: z.string().optional().describe("Of an assistant: what it thought before it wrote the content"),
  toolCalls: z
    .array(ToolCall)
    .min(1)
    .optional()
    .describe("Of an assistant: the functions that it calls, after the content"),
  channel: z
    .enum(["commentary", "final"])
    .optional()
    .describe("Of an assistant: whom the content is for, where it is not the answer after which nothing comes"),
  toolCallId: z.string().min(1).optional().describe("Of a tool: the call whose result the content is"),
  name: FunctionName.optional().describe("Of a tool: the function whose result the content is"),
  tools: z.array(Tool).min(1).optional().describe("Of a system or developer message: the functions that may be called"),
});
export type Message = z.infer<typeof Message>;

/** Every text of a message that comes from outside, in order: what must not be taken for the marks of a format. */
export function textsOf({ content, thinking = "", toolCalls = [], tools = [] }: Message): string[] {
  const calls = toolCalls.map((call) => call.arguments);
  return [thinking, content, ...calls, ...tools.map((tool) => JSON.stringify(tool))].filter((text) => text !== "");
}
