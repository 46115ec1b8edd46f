import { reason } from "../../pipeline/reasons.js";
import { type ParsedModule, parseModule } from "../python/parse-module.js";

/** Why nothing can be read of an answer that ended before it began. */
export const unfinishedThought = reason("truncated", "truncated: the answer ended while the model was thinking");

/**
 * The Python code of a model's answer, whatever it wrote around it; null where it did not get further than thinking.
 * @param truncated whether the answer was cut: its last line is not whole then
 */
export function parseAnswer(text: string, { truncated }: { readonly truncated: boolean }): ParsedModule | null {
  const said = withoutThoughts(text);
  if (said === null) return null;
  const code = codeOf(said);
  return truncated ? parseTruncated(code) : parseModule(code);
}

/** Whether what cannot be read was meant to be a test: anything else is talk around the code. */
export function beginsTest({ excerpt }: ParsedModule["broken"][number]): boolean {
  return /^(?:async\s+)?def\s+test|^class\s+Test|^@/u.test(excerpt);
}

/** The text after what the model thought aloud; null where it never got that far. */
function withoutThoughts(text: string): string | null {
  // A template may have written the opening tag, so that the answer has the closing one alone.
  const spoken = text.slice(text.lastIndexOf("</think>") + 1).replace(/^\/think>/u, "");
  return spoken.includes("<think>") ? null : spoken;
}

/** The contents of the fenced blocks, or all of it where there is none. A block that is never closed runs to the end. */
function codeOf(text: string): string {
  const blocks = [...text.matchAll(/^[ \t]*```[ \t]*([\w+-]*)[^\n]*\n(.*?)(?:^[ \t]*```|(?![^]))/gmsu)]
    .filter(([, language = ""]) => ["", "python", "py", "python3", "pytest"].includes(language.toLowerCase()))
    .map(([, , code]) => code ?? "");
  return blocks.length > 0 ? blocks.join("\n\n") : text;
}

/** The module without the line that was cut, and without the lines before it that are nothing without that one: decorators, heads of blocks, open brackets. */
function parseTruncated(code: string): ParsedModule {
  const lines = code.split("\n").slice(0, -1);
  while (lines.length > 0 && /^\s*(?:@.*|.*:\s*)?$/u.test(lines.at(-1) ?? "")) lines.pop();
  const parsed = parseModule(lines.join("\n"));
  const reached = parsed.module.statements.at(-1)?.node.endPosition.row ?? -1;
  const isWhole = lines.length === 0 || reached >= lines.length - 1;
  return isWhole ? parsed : parseTruncated(lines.join("\n"));
}
