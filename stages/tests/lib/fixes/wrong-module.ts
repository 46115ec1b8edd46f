import { importedNames, type ImportedName } from "../../../python/lib/imports.js";
import { parseModule } from "../../../python/lib/parse-module.js";
import type { SyntaxNode } from "../../../python/lib/parser.js";
import type { Failing, Rule } from "./fix.js";

/**
 * Takes names from the target's module that a test imports from a module that does not exist, or does not have them.
 * Another module's import of the target's own name counts too: it is one more name for what the tool imports already.
 */
export const wrongModule: Rule = {
  name: "module",
  isFor: ({ reason, detail }) => reason === "import" || (reason === "cheat" && detail.startsWith("redefines")),

  async mend({ response, preamble, target, failures, publicNames }) {
    const missing = new Set(failures.map(({ detail }) => namedModule(detail)));
    const given = new Set(namesFrom(topLevel(target.module), preamble));
    const isWrong = ({ module: from, binds }: ImportedName) =>
      missing.has(from) ||
      missing.has(topLevel(from)) ||
      (given.has(binds) && topLevel(from) !== topLevel(target.module));
    const { module } = parseModule(response);
    const statements = importStatements(module.statements.map(({ node }) => node))
      .map((node) => ({ node, names: importedNames(node.text) }))
      .filter(({ names }) => names.some(isWrong));
    if (statements.length === 0) return null;
    const place: Place = { module: target.module, given, names: await publicNames() };
    const texts = statements.map(({ node, names }) => ({ node, text: corrected(names, module.text, place) }));
    if (texts.some(({ text }) => text === null)) return null;
    return texts
      .toReversed()
      .reduce((code, { node, text }) => replaced(code, node, text ?? ""), module.text)
      .trim();
  },
};

/** The module that an error names: No module named 'a.b', cannot import name 'f' from 'a.b'. */
function namedModule(detail: string): string | undefined {
  return (
    /No module named '([\w.]+)'/u.exec(detail)?.[1] ??
    /cannot import name '\w+' from (?:partially initialized module )?'([\w.]+)'/u.exec(detail)?.[1]
  );
}

/** Names that a code imports from a package of its own. */
function namesFrom(packageName: string, code: string): (string | null)[] {
  const imports = parseModule(code).module.statements.flatMap(({ imports: nodes }) =>
    nodes.flatMap(({ text }) => importedNames(text)),
  );
  return imports.filter(({ module }) => topLevel(module) === packageName).map(({ binds }) => binds);
}

function topLevel(module: string): string {
  return module.split(".", 1)[0] ?? module;
}

function importStatements(nodes: readonly SyntaxNode[]): SyntaxNode[] {
  return nodes.flatMap((node) => node.descendantsOfType(["import_statement", "import_from_statement"]));
}

interface Place extends Pick<Failing["target"], "module"> {
  /** Names that stand above the tests already. */
  readonly given: ReadonlySet<string | null>;
  readonly names: ReadonlySet<string>;
}

/**
 * The import from the right module, empty where the names are there already; null where the module does not have them.
 */
function corrected(imported: readonly ImportedName[], code: string, { module, given, names }: Place): string | null {
  const texts = imported.map(({ module: written, name, alias, binds }) => {
    if (name === null)
      return usesOnly(code, binds ?? written, names) && (alias !== null || !written.includes("."))
        ? `import ${module} as ${binds}`
        : null;
    if (given.has(name) && alias === null) return "";
    return names.has(name) ? `from ${module} import ${name}${alias === null ? "" : ` as ${alias}`}` : null;
  });
  return texts.includes(null) ? null : texts.filter((text) => text !== "").join("; ");
}

/** Whether all that the code takes from a module by its name is among the names. */
function usesOnly(code: string, module: string, names: ReadonlySet<string>): boolean {
  const used = [...code.matchAll(new RegExp(String.raw`(?<![\w.])${module}\.(\w+)`, "gu"))].map(
    ([, name = ""]) => name,
  );
  return used.length > 0 && used.every((name) => names.has(name));
}

function replaced(code: string, { startIndex, endIndex, parent }: SyntaxNode, text: string): string {
  // The only statement of a function leaves one behind.
  const isAlone = parent?.type === "block" && parent.namedChildCount === 1;
  return code.slice(0, startIndex) + (text === "" && isAlone ? "pass" : text) + code.slice(endIndex);
}
