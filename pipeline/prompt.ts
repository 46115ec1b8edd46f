import { z } from "zod";
import type { Target } from "./records.js";

const Template = z.string().min(1);

/** A prompt file. Templates name what they show as {{placeholder}}; an unknown one is an error when the file is read. */
export const Prompt = z.strictObject({
  name: z.string().min(1),
  system: z.string().optional().describe("System message of every row and of every question"),
  instruction: Template.describe("The user's turn: what a row of the dataset asks, and what a model trained on it is asked later"),
});
export type Prompt = z.infer<typeof Prompt>;

/** What a template may show of a target. */
const placeholders: Readonly<Record<string, (target: Target) => string>> = {
  name: ({ name }) => name,
  qualified_name: ({ qualifiedName }) => qualifiedName,
  module: ({ module }) => module,
  signature: ({ signature }) => signature,
  code: ({ promptCode }) => promptCode,
  imports: ({ imports }) => imports.join("\n"),
};

/** The user's turn for a target: the same text whoever writes the answer. */
export function renderInstruction({ instruction }: Prompt, target: Target): string {
  return instruction.replaceAll(/\{\{\s*([a-z_]+)\s*\}\}/gu, (written, name: string) => placeholders[name]?.(target) ?? written).trim();
}
