import { createRequire } from "node:module";
import jsTokens, { type Token } from "js-tokens";

/** The tokens of a module's text, without comments and white space; types of TypeScript are taken out first. */
export function tokensOf(text: string, path: string): Token[] {
  const tokens: Token[] = [];
  let breaksBefore = false;
  for (const token of jsTokens(/\.[mc]?ts$/u.test(path) ? withoutTypes(text) : text)) {
    if (isLineBreak(token)) breaksBefore = true;
    if (layout.has(token.type)) continue;
    if (breaksBefore && breakMatters(tokens.at(-1), token))
      tokens.push({ type: "LineTerminatorSequence", value: "\n" });
    tokens.push(token);
    breaksBefore = false;
  }
  return tokens;
}

const layout: ReadonlySet<Token["type"]> = new Set([
  "WhiteSpace",
  "LineTerminatorSequence",
  "SingleLineComment",
  "MultiLineComment",
  "HashbangComment",
]);

function isLineBreak({ type, value }: Token): boolean {
  return type === "LineTerminatorSequence" || (type === "MultiLineComment" && /[\n\r\u2028\u2029]/u.test(value));
}

/**
 * Whether two programs that differ in this line break alone can both be valid and differ: so it is only where the
 * grammar says "no LineTerminator here". Elsewhere a semicolon is inserted only where the text would be wrong without
 * it.
 */
function breakMatters(before: Token | undefined, after: Token): boolean {
  return restricted.has(before?.value ?? "") || after.value === "++" || after.value === "--";
}

const restricted: ReadonlySet<string> = new Set([
  "return",
  "break",
  "continue",
  "throw",
  "yield",
  "async",
  "accessor",
  "using",
]);

/** A version of Node that loads TypeScript also says what it makes of it. Where it does not, types count as code. */
function withoutTypes(text: string): string {
  const { stripTypeScriptTypes } = createRequire(import.meta.url)("node:module") as {
    readonly stripTypeScriptTypes?: (code: string) => string;
  };
  try {
    return stripTypeScriptTypes?.(text) ?? text;
  } catch {
    return text;
  }
}
