import type { Token } from "js-tokens";

/** What a module names in its imports. */
export interface Imported {
  /** As it is written: `./helper.js`, `zod`, `#internal`. */
  readonly specifier: string;
  /**
   * `require` finds files without their suffix, and other entries of a package. `url` is `new URL(...,
   * import.meta.url)`.
   */
  readonly by: "import" | "require" | "url";
  /** The name is computed, and this is how it begins: `import(`./rules/${name}.js`)`. */
  readonly isBeginning: boolean;
}

/**
 * What a module imports, in any way that names it in a text: import and export from, `import()`, `require` and whatever
 * `createRequire` gave, `import.meta.resolve`, and files beside the module that it opens as `new URL("x",
 * import.meta.url)`.
 */
export function importsOf(tokens: readonly Token[]): Imported[] {
  const requires = requiresOf(tokens);
  return tokens.flatMap((token, at): Imported[] => {
    const text = textOf(token);
    if (text === undefined) return [];
    const by = wayOf(tokens, at, requires);
    return by === undefined ? [] : [{ specifier: text, by, isBeginning: token.type === "TemplateHead" }];
  });
}

/** The value of a text that a specifier can be. One with an escape is rare there, and its escapes are JSON's. */
function textOf({ type, value }: Token): string | undefined {
  switch (type) {
    case "StringLiteral":
      return unescaped(value.slice(1, -1));
    case "NoSubstitutionTemplate":
      return value.slice(1, -1);
    case "TemplateHead":
      return value.slice(1, -2);
    default:
      return undefined;
  }
}

function unescaped(text: string): string {
  if (!text.includes("\\")) return text;
  try {
    return JSON.parse(`"${text.replaceAll('"', '\\"')}"`) as string;
  } catch {
    return text;
  }
}

function wayOf(tokens: readonly Token[], at: number, requires: ReadonlySet<string>): Imported["by"] | undefined {
  const before = (distance: number) => tokens[at - distance]?.value;
  // `import x from "x"` and `import "x"`: no other text of JavaScript stands straight behind these words.
  if (before(1) === "from" || before(1) === "import") return "import";
  if (before(1) !== "(") return undefined;
  const called = before(2) ?? "";
  if (called === "import" || (called === "resolve" && before(4) === "meta")) return "import";
  if (called === "URL" && isOfThisModule(tokens.slice(at + 1, at + 6))) return "url";
  if (requires.has(called) && before(3) !== ".") return "require";
  if (called === "resolve" && requires.has(before(4) ?? "")) return "require";
  return called === ")" && requires.size > 1 ? "require" : undefined;
}

function isOfThisModule(tokens: readonly Token[]): boolean {
  return tokens
    .map(({ value }) => value)
    .join("")
    .startsWith(",import.meta");
}

/** Names of what loads modules as `require` does: `const load = createRequire(import.meta.url)`. */
function requiresOf(tokens: readonly Token[]): ReadonlySet<string> {
  const makers = new Set(["createRequire"]);
  const requires = new Set(["require"]);
  tokens.forEach(({ value }, at) => {
    if (!makers.has(value)) return;
    if (tokens[at + 1]?.value === "as") makers.add(tokens[at + 2]?.value ?? "");
    // Called on the spot, it has no name: createRequire(import.meta.url)("./x.cjs").
    requires.add(value);
    const start = tokens[at - 1]?.value === "." ? at - 2 : at;
    const name = tokens[start - 2];
    if (tokens[start - 1]?.value === "=" && name?.type === "IdentifierName") requires.add(name.value);
  });
  return requires;
}
