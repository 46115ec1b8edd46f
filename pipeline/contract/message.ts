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

const ToolCall = z.strictObject({ name: FunctionName, arguments: z.string().describe("As JSON") });

/** A message of a conversation. What only some roles have is left out of the others. */
export const Message = z.strictObject({
  role: z.enum(["system", "developer", "user", "assistant", "tool"]),
  content: z.string(),
  thinking: z.string().optional().describe("Of an assistant: what it thought before it wrote the content"),
  toolCalls: z
    .array(ToolCall)
    .min(1)
    .optional()
    .describe("Of an assistant: the functions that it calls, after the content"),
  name: FunctionName.optional().describe("Of a tool: the function whose result the content is"),
  tools: z.array(Tool).min(1).optional().describe("Of a system or developer message: the functions that may be called"),
});
export type Message = z.infer<typeof Message>;

/** Every text of a message that comes from outside, in order: what must not be taken for the marks of a format. */
export function textsOf({ content, thinking = "", toolCalls = [], tools = [] }: Message): string[] {
  const calls = toolCalls.map((call) => call.arguments);
  return [thinking, content, ...calls, ...tools.map((tool) => JSON.stringify(tool))].filter((text) => text !== "");
}
