/** A language as files are told by: what else is known of one (its checker, how it includes) stands with its stage. */
export interface LanguageFacts {
  /** As people write its name. */
  readonly title: string;
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
  python: { title: "Python", suffixes: [".py", ".pyi"], ...hash },
  javascript: { title: "JavaScript", suffixes: [".js", ".mjs", ".cjs", ".jsx"], ...slashes },
  typescript: { title: "TypeScript", suffixes: [".ts", ".mts", ".cts", ".tsx"], ...slashes },
  java: { title: "Java", suffixes: [".java"], ...slashes },
  go: { title: "Go", suffixes: [".go"], ...slashes },
  rust: { title: "Rust", suffixes: [".rs"], ...slashes },
  c: { title: "C", suffixes: [".c", ".h"], ...slashes },
  cpp: { title: "C++", suffixes: [".cpp", ".cc", ".cxx", ".hpp", ".hh", ".hxx"], ...slashes },
  ruby: { title: "Ruby", suffixes: [".rb"], lineComment: "#", blockComment: ["=begin", "=end"] },
  shell: { title: "Bash", suffixes: [".sh", ".bash"], ...hash },
  autohotkey: { title: "AutoHotkey", suffixes: [".ahk", ".ah2"], lineComment: ";", blockComment: ["/*", "*/"] },
  markdown: { title: "Markdown", suffixes: [".md"], lineComment: null, blockComment: ["<!--", "-->"], isText: true },
  restructuredtext: {
    title: "reStructuredText",
    suffixes: [".rst"],
    lineComment: "..",
    blockComment: null,
    isText: true,
  },
  toml: { title: "TOML", suffixes: [".toml"], ...hash, isText: true },
  json: { title: "JSON", suffixes: [".json"], ...none, isText: true },
  yaml: { title: "YAML", suffixes: [".yaml", ".yml"], ...hash, isText: true },
} as const satisfies Readonly<Record<string, LanguageFacts>>;

/** Suffixes of a pipeline file's own, by the name of their language: `{ ahk: [".ahk", ".ah2"] }`. */
export type OwnLanguages = Readonly<Record<string, readonly string[]>>;

/** The language of a file, by the end of its name; "text" where nothing is known of it. One's own come first. */
export function languageOf(path: string, own: OwnLanguages = {}): string {
  const suffix = /\.\w+$/u.exec(path)?.[0].toLowerCase() ?? "";
  const named = Object.entries(own).find(([, suffixes]) => suffixes.some((each) => each.toLowerCase() === suffix));
  return named?.[0] ?? bySuffix.get(suffix) ?? "text";
}

/** A language's name as people write it; one's own as it is named. */
export function titleOf(language: string): string {
  return languageFacts(language)?.title ?? language;
}

/** Whether files of a language are code: those of a language of one's own are. */
export function isCode(language: string): boolean {
  return language !== "text" && languageFacts(language)?.isText !== true;
}

/** What is known of a language by its name. */
export function languageFacts(language: string): LanguageFacts | undefined {
  return Object.hasOwn(languageTable, language) ? languageTable[language as keyof typeof languageTable] : undefined;
}

const bySuffix: ReadonlyMap<string, string> = new Map(
  Object.entries(languageTable).flatMap(([language, { suffixes }]) =>
    suffixes.map((suffix) => [suffix, language] as const),
  ),
);
