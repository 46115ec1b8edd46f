import { reason } from "../../../../pipeline/contract/reasons.js";
import { type ParsedModule, parseModule } from "../../../python/lib/parse-module.js";
import { fencedPython, holdsTest } from "./fences.js";
import { withoutThoughts } from "./thoughts.js";

/** Why nothing can be read of an answer that ended before it began. */
export const unfinishedThought = reason("truncated", "truncated: the answer ended while the model was thinking");

/**
 * The Python code of a model's answer, whatever it wrote around it; null where it did not get further than thinking.
 * @param truncated whether the answer was cut: its last line is not whole then
 */
export function parseAnswer(text: string, { truncated }: { readonly truncated: boolean }): ParsedModule | null {
  const said = withoutThoughts(text);
  if (said === null) return null;
  const blocks = fencedPython(said);
  // Where no fence holds a test, the answer is code from beginning to end, or talk around it.
  const isFenced = blocks.some(({ code }) => holdsTest(code));
  const code = isFenced ? blocks.map((block) => block.code).join("\n\n") : said;
  return truncated && (!isFenced || blocks.at(-1)?.isClosed === false) ? parseTruncated(code) : parseModule(code);
}

/** Whether what cannot be read was meant to be a test: anything else is talk around the code. */
export function beginsTest({ excerpt }: ParsedModule["broken"][number]): boolean {
  return /^(?:async\s+)?def\s+test|^class\s+Test|^@/u.test(excerpt);
}

/**
 * The module without the line that was cut, and without the lines before it that are nothing without that one:
 * decorators, heads of blocks, open brackets.
 */
function parseTruncated(code: string): ParsedModule {
  const lines = code.split("\n").slice(0, -1);
  while (lines.length > 0 && /^\s*(?:@.*|.*:\s*)?$/u.test(lines.at(-1) ?? "")) lines.pop();
  const parsed = parseModule(lines.join("\n"));
  const reached = parsed.module.statements.at(-1)?.node.endPosition.row ?? -1;
  const isWhole = lines.length === 0 || reached >= lines.length - 1;
  return isWhole ? parsed : parseTruncated(lines.join("\n"));
}
