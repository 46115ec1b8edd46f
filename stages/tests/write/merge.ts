import { splitPreamble, testFile } from "../../python/lib/pytest-file.js";
import { importedNames, type ImportedName } from "../../python/lib/imports.js";
import type { Statement } from "../../python/lib/module.js";
import { parseModule } from "../../python/lib/parse-module.js";
import { dedentedSource } from "../../python/lib/source-text.js";
import { testFunctions } from "../lib/test-functions.js";
import { renderImports } from "./import-block.js";
import { renamed } from "./rename.js";

/** Tests that were written together, as a whole file would hold them. */
export interface Unit {
  readonly preamble: string;
  readonly response: string;
}

/** One test file of several units, and what became of the names of their tests in it. */
export interface MergedFile {
  readonly text: string;
  /** For each unit, its tests: the name that each had, and the one that it has in the file. */
  readonly tests: readonly ReadonlyMap<string, string>[];
}

/**
 * Several units as one file: imports once, at the top; equal helpers once; and where two units give one name to
 * different things, another name for the later one, `test_total_2`.
 * @param ownPackage top-level package of the code under test: imported last, as people do
 */
export function merge(
  units: readonly Unit[],
  { ownPackage, uses = [] }: { readonly ownPackage: string; readonly uses?: readonly string[] },
): MergedFile {
  const taken = new Map<string, string>();
  const imports: ImportedName[] = [];
  const blocks: string[] = [];
  const settings = new Set<string>();
  const tests = units.map(({ preamble, response }) => {
    const { first, rest } = splitPreamble(preamble);
    if (first !== "") settings.add(first);
    const parts = partsOf(testFile(rest, response));
    const names = newNames(parts, taken);
    for (const part of parts.map((each) => withNames(each, names))) {
      const isThere = part.binds.size > 0 && [...part.binds].every(([name, what]) => taken.get(name) === what);
      for (const [name, what] of part.binds) taken.set(name, what);
      if (part.type === "import") imports.push(...part.imports);
      else if (!isThere) blocks.push(part.source);
    }
    return new Map(testFunctions(response).map(({ name }) => [name, newTestName(name, names)]));
  });
  const body = blocks.join("\n\n\n");
  const head = renderImports(
    imports.filter(({ binds }) => binds === null || uses.includes(binds) || isUsed(binds, body)),
    ownPackage,
  );
  return { text: `${[...settings, head].join("\n\n")}\n\n\n${body}\n`, tests };
}

/** A top-level statement, with what each name that it binds stands for: equal texts are one and the same thing. */
type Part = { readonly binds: ReadonlyMap<string, string> } & (
  | { readonly type: "import"; readonly imports: readonly ImportedName[] }
  | { readonly type: "other"; readonly source: string; readonly names: readonly string[] }
);

function partsOf(code: string): Part[] {
  const { module } = parseModule(code);
  return module.statements.map(({ node, type, binds }) =>
    isImport(type) ? importPart(importedNames(node.text)) : otherPart(dedentedSource(module.text, node), [...binds]),
  );
}

function isImport(type: Statement["type"]): boolean {
  return type === "import_statement" || type === "import_from_statement" || type === "future_import_statement";
}

function importPart(imports: readonly ImportedName[]): Part {
  const binds = imports.flatMap(({ module, name, alias, binds: bound }) => {
    // `import a.b` and `import a` bind the same package.
    const what = name === null && alias === null ? `import ${bound}` : `from ${module} import ${name ?? "the module"}`;
    return bound === null ? [] : [[bound, what] as const];
  });
  return { type: "import", imports, binds: new Map(binds) };
}

function otherPart(source: string, names: readonly string[]): Part {
  return { type: "other", source, names, binds: new Map(names.map((name) => [name, source])) };
}

function withNames(part: Part, names: ReadonlyMap<string, string>): Part {
  const nameOf = (name: string) => names.get(name) ?? name;
  if (part.type === "other") return otherPart(renamed(part.source, names), part.names.map(nameOf));
  return importPart(
    part.imports.map((imported) => {
      const binds = imported.binds === null ? null : nameOf(imported.binds);
      return binds === imported.binds ? imported : { ...imported, alias: binds, binds };
    }),
  );
}

/**
 * New names for what would clash with another thing of the same name. A helper that now calls another one is itself
 * another thing.
 */
function newNames(parts: readonly Part[], taken: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  const own = new Set(parts.flatMap(({ binds }) => [...binds.keys()]));
  while (true) {
    const clashing = parts
      .flatMap((part) => [...withNames(part, names).binds])
      .find(([name, what]) => taken.has(name) && taken.get(name) !== what && own.has(name));
    if (clashing === undefined) return names;
    const [name] = clashing;
    let number = 2;
    while (taken.has(`${name}_${number}`) || own.has(`${name}_${number}`)) number += 1;
    names.set(name, `${name}_${number}`);
    own.delete(name);
  }
}

function newTestName(name: string, names: ReadonlyMap<string, string>): string {
  const [outer = "", ...inner] = name.split("::");
  return [names.get(outer) ?? outer, ...inner].join("::");
}

function isUsed(name: string, text: string): boolean {
  return new RegExp(String.raw`(?<![\p{L}\p{N}_.])${name}(?![\p{L}\p{N}_])`, "u").test(text);
}
