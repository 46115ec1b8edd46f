import { type Document, isCollection, isMap, isScalar, LineCounter, parseDocument, visit, type YAMLError } from "yaml";
import { joinErrors, type Location, PipelineError } from "./errors.js";
import { readTextFile } from "./text-file.js";

/** YAML without a mistake, and where things stand in it. */
export interface ParsedYaml {
  readonly text: string;
  readonly document: Document;
  readonly value: unknown;
  /** The place of a range of the text, no longer than its line. */
  readonly place: (from: number, to: number) => Location;
}

/**
 * Reads a YAML file of the user's. Throws a PipelineError with the place and the fix of every mistake in it, whose
 * message begins with `complaint`.
 */
export async function readYamlFile(file: string, complaint?: string): Promise<ParsedYaml> {
  return parseYaml(await readTextFile(file), file, complaint);
}

/** The same of a text; `file` is where it stands. */
export function parseYaml(text: string, file: string, complaint = "this is no valid YAML"): ParsedYaml {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false, logLevel: "error" });
  const place = (from: number, to: number): Location => {
    const { line, col } = counter.linePos(from);
    const lineEnd = text.indexOf("\n", from);
    const end = Math.min(to, lineEnd === -1 ? text.length : lineEnd);
    return { file, line, column: Math.max(1, col), length: Math.max(1, end - from) };
  };
  const reported = [...document.errors, ...document.warnings].map((error) => ofParser(error, document, text, place));
  const found = [...reported, ...(document.errors.length === 0 ? silentMistakes(document, text) : [])];
  const mistakes = onePerLine(
    found.map(
      ({ message, hint, from, to }) =>
        new PipelineError(`${complaint}: ${message}`, {
          code: "config",
          locations: [place(from, to)],
          ...(hint !== undefined && { hint }),
        }),
    ),
  );
  const joined = joinErrors(mistakes);
  if (joined !== undefined) throw joined;
  return { text, document, value: valueOf(document, file), place };
}

interface Mistake {
  readonly message: string;
  readonly hint?: string;
  readonly from: number;
  readonly to: number;
}

/** Where one mistake makes the parser lose its way, it reports several of the same line. */
function onePerLine(mistakes: readonly PipelineError[]): PipelineError[] {
  const lines = new Set<number>();
  return mistakes.filter(({ locations: [location] }) => {
    const line = location?.line ?? 0;
    const isFirst = !lines.has(line);
    lines.add(line);
    return isFirst;
  });
}

function ofParser(
  { code, message, pos: [from, to] }: YAMLError,
  document: Document,
  text: string,
  place: ParsedYaml["place"],
): Mistake {
  const written = /^[^\s,\]}]*/u.exec(text.slice(from))?.[0] ?? "";
  const at = { from, to };
  switch (code) {
    case "TAG_RESOLVE_FAILED":
      return written.startsWith("!!")
        ? { ...at, message: `what stands behind ${written} is not of that type`, hint: "remove the tag" }
        : { ...at, message: `"!" begins a tag, and ${written} is none that is known`, hint: quote(written) };
    case "BAD_ALIAS":
      return { ...at, message: '"*" begins an alias, and names nothing here', hint: quote(written) };
    case "BAD_SCALAR_START":
      return {
        ...at,
        to: from + written.length,
        message: `a text cannot begin with ${written.charAt(0)}`,
        hint: quote(restOfLine(text, from)),
      };
    case "TAB_AS_INDENT":
      return { ...at, message: "a line is indented with a tab", hint: "indent with spaces" };
    case "DUPLICATE_KEY": {
      const first = firstOfKey(document, from);
      return {
        ...at,
        message,
        hint:
          `${written.replace(/:$/u, "")} stands ` +
          `${first === undefined ? "twice" : `in line ${place(first, first).line} too`}; keep one of them`,
      };
    }
    case "BAD_INDENT":
      return { ...at, message, hint: "close the bracket, or indent what belongs to it" };
    case "MULTIPLE_DOCS":
      return {
        ...at,
        to: from + 3,
        message: "a second document begins",
        hint: "a file holds one: remove the line ---",
      };
    case "BAD_DQ_ESCAPE":
      return {
        ...at,
        message:
          `inside double quotes a backslash begins an escape, and ` +
          `${message.replace(/^Invalid escape sequence /u, "").slice(0, 2)} is none`,
        hint: "write it twice, or put the text in single quotes",
      };
    case "BLOCK_AS_IMPLICIT_KEY":
      return {
        ...at,
        message: "a colon and a space stand in a text, or the indentation is wrong",
        hint: /^\s*- /u.test(text.slice(from))
          ? "indent the items of a list alike"
          : `${quote(restOfLine(text, from))}; or begin the mapping in a line of its own, indented`,
      };
    case "MISSING_CHAR":
      return message.startsWith("Missing closing")
        ? {
            message: `the closing ${message.charAt(16)} is missing`,
            hint: "close the quotation mark; inside single quotes, write one as ''",
            from: Math.max(0, text.lastIndexOf(message.charAt(16), from - 1)),
            to,
          }
        : { ...at, message, hint: "check the indentation, and that every key has a colon and a space behind it" };
    case "UNEXPECTED_TOKEN":
      return {
        ...at,
        message,
        hint: message.includes("at node end")
          ? "quote the whole text; inside single quotes, write one as ''"
          : "check commas, brackets and indentation",
      };
    default:
      return { ...at, message };
  }
}

/** What the parser takes, and means something else than was meant. */
function silentMistakes(document: Document, text: string): Mistake[] {
  const found: Mistake[] = [];
  const used = new Set<string>();
  visit(document, { Alias: (_, alias) => void used.add(alias.source) });
  visit(document, {
    Alias(_, alias, path) {
      const [from = 0] = alias.range ?? [];
      const written = `*${alias.source}`;
      const target = alias.resolve(document);
      if (target === undefined)
        found.push({
          from,
          to: from + written.length,
          message: `"*" begins an alias, and no &${alias.source} stands before it`,
          hint: quote(written),
        });
      else if (path.includes(target))
        found.push({
          from,
          to: from + written.length,
          message: `${written} stands inside what it names`,
          hint: "write the value out",
        });
    },
    Pair(_, { key }) {
      if (!isCollection(key)) return;
      const [from = 0, to = 0] = key.range ?? [];
      const opening = text.slice(0, from).search(/[[{]*$/u);
      const written = (text.slice(opening).split("\n", 1)[0] ?? "").trim();
      found.push({
        from,
        to,
        message: `${isMap(key) ? "a mapping" : "a list"} stands where the name of a key belongs`,
        hint: quote(written),
      });
    },
    Scalar(_, { anchor, tag, value, range }) {
      const [start = 0] = range ?? [];
      if (anchor !== undefined && !used.has(anchor)) {
        const from = text.lastIndexOf(`&${anchor}`, start);
        found.push({
          from,
          to: from + anchor.length + 1,
          message: `"&" begins an anchor, and nothing names &${anchor}`,
          hint: quote(/^[^,\]}\n]*/u.exec(restOfLine(text, from))?.[0] ?? ""),
        });
      } else if (tag === "!" && value === "") {
        const from = text.lastIndexOf("!", start);
        found.push({ from, to: from + 1, message: '"!" begins a tag', hint: quote("!") });
      }
    },
  });
  return found;
}

/** Where the first of two equal keys begins. */
function firstOfKey(document: Document, second: number): number | undefined {
  let first: number | undefined;
  visit(document, {
    Map(_, { items }) {
      const keys = items.flatMap(({ key }) => (isScalar(key) ? [key] : []));
      const twice = keys.find(({ range }) => range?.[0] === second);
      if (twice !== undefined) first = keys.find(({ value }) => value === twice.value)?.range?.[0];
    },
  });
  return first;
}

function quote(written: string): string {
  return `quote it, where it is a text: ${JSON.stringify(written)}`;
}

function restOfLine(text: string, from: number): string {
  return (text.slice(from).split("\n", 1)[0] ?? "").replace(/\s+#.*$/u, "").replace(/[,\]}\s]+$/u, "");
}

function valueOf(document: Document, file: string): unknown {
  try {
    return document.toJS() as unknown;
  } catch (error) {
    throw new PipelineError(
      `this is no YAML that can be read: ${error instanceof Error ? error.message : String(error)}`,
      {
        code: "config",
        hint: "write out what its aliases stand for",
        locations: [{ file, line: 1, column: 1, length: 1 }],
        cause: error,
      },
    );
  }
}
