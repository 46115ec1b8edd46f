/** A language as files are told by: what else is known of one (its checker, how it includes) stands with its stage. */
export interface LanguageFacts {
  /** Ends of file names, with the point. */
  readonly suffixes: readonly string[];
  /** What a comment begins with that goes to the end of its line; null where there is none. */
  readonly lineComment: string | null;
  /** What a comment of several lines begins and ends with; null where there is none. */
  readonly blockComment: readonly [open: string, close: string] | null;
  /** Text for people, or data: no snippet of code. */
  readonly isText?: true;
}

const slashes = { lineComment: "//", blockComment: ["/*", "*/"] } as const;
const hash = { lineComment: "#", blockComment: null } as const;
const none = { lineComment: null, blockComment: null } as const;

/** The languages that are known, by their names: lower case, as records have them. */
export const languageTable = {
  python: { suffixes: [".py", ".pyi"], ...hash },
  javascript: { suffixes: [".js", ".mjs", ".cjs", ".jsx"], ...slashes },
  typescript: { suffixes: [".ts", ".mts", ".cts", ".tsx"], ...slashes },
  java: { suffixes: [".java"], ...slashes },
  go: { suffixes: [".go"], ...slashes },
  rust: { suffixes: [".rs"], ...slashes },
  c: { suffixes: [".c", ".h"], ...slashes },
  cpp: { suffixes: [".cpp", ".cc", ".cxx", ".hpp", ".hh", ".hxx"], ...slashes },
  ruby: { suffixes: [".rb"], lineComment: "#", blockComment: ["=begin", "=end"] },
  shell: { suffixes: [".sh", ".bash"], ...hash },
  autohotkey: { suffixes: [".ahk", ".ah2"], lineComment: ";", blockComment: ["/*", "*/"] },
  markdown: { suffixes: [".md"], lineComment: null, blockComment: ["<!--", "-->"], isText: true },
  restructuredtext: { suffixes: [".rst"], lineComment: "..", blockComment: null, isText: true },
  toml: { suffixes: [".toml"], ...hash, isText: true },
  json: { suffixes: [".json"], ...none, isText: true },
  yaml: { suffixes: [".yaml", ".yml"], ...hash, isText: true },
} as const satisfies Readonly<Record<string, LanguageFacts>>;

/** Suffixes of a pipeline file's own, by the name of their language: `{ ahk: [".ahk", ".ah2"] }`. */
export type OwnLanguages = Readonly<Record<string, readonly string[]>>;

/** The language of a file, by the end of its name; "text" where nothing is known of it. One's own come first. */
export function languageOf(path: string, own: OwnLanguages = {}): string {
  const suffix = /\.\w+$/u.exec(path)?.[0].toLowerCase() ?? "";
  const named = Object.entries(own).find(([, suffixes]) => suffixes.some((each) => each.toLowerCase() === suffix));
  return named?.[0] ?? bySuffix.get(suffix) ?? "text";
}

/** Whether files of a language are code: those of a language of one's own are. */
export function isCode(language: string): boolean {
  const facts: LanguageFacts | undefined = Object.hasOwn(languageTable, language)
    ? languageTable[language as keyof typeof languageTable]
    : undefined;
  return language !== "text" && facts?.isText !== true;
}

const bySuffix: ReadonlyMap<string, string> = new Map(
  Object.entries(languageTable).flatMap(([language, { suffixes }]) =>
    suffixes.map((suffix) => [suffix, language] as const),
  ),
);
