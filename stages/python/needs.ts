import { isBuiltin } from "./builtins.js";
import { type ImportedName, importedNames, type ModulePlace, renderImport } from "./imports.js";
import type { Definition, PythonModule, Statement } from "./module.js";
import { dedentedSource } from "./source-text.js";

/** What a piece of code needs of its module: import statements, and the other top-level statements, both in file order. */
export interface Needs {
  readonly imports: string[];
  readonly helpers: string[];
}

/** Answers what definitions of a module, or uses of its names, need. */
export class NeedsOfModule {
  readonly #module: PythonModule;
  readonly #place: ModulePlace;
  /** Name to the positions of the statements that bind it, or change what it stands for. */
  readonly #suppliers = new Map<string, number[]>();
  /** `from __future__ import …`: what it changes shows in no name. */
  readonly #always: readonly number[];
  readonly #wildcards: readonly number[];

  constructor(module: PythonModule, place: ModulePlace) {
    this.#module = module;
    this.#place = place;
    for (const [position, { binds, changes }] of module.statements.entries()) {
      for (const name of new Set([...binds, ...changes])) {
        const positions = this.#suppliers.get(name);
        if (positions === undefined) this.#suppliers.set(name, [position]);
        else positions.push(position);
      }
    }
    this.#always = this.#positions(({ node }) => node.type === "future_import_statement");
    this.#wildcards = this.#positions(({ imports }) => imports.some(({ text }) => importedNames(text).some(({ name }) => name === "*")));
  }

  /** Whether the module, or Python itself, supplies the name. */
  knows(name: string): boolean {
    return this.#suppliers.has(name) || isBuiltin(name) || this.#wildcards.length > 0;
  }

  /** What a definition needs beside itself: for a member of a class, the class. */
  ofDefinition({ needs, statement, parent, name }: Definition): Needs {
    if (parent === null) return this.#collect(needs, { without: { statement, name } });
    const inClass = this.#module.statements[statement]?.needs ?? [];
    return this.#collect([...needs, ...inClass], { start: [statement] });
  }

  /** What a use of these names needs. */
  ofNames(names: Iterable<string>): Needs {
    return this.#collect(names, {});
  }

  #collect(names: Iterable<string>, { start = [], without }: { start?: readonly number[]; without?: { statement: number; name: string } }): Needs {
    const positions = new Set([...this.#always, ...start]);
    const seen = new Set<string>(without === undefined ? [] : [without.name]);
    const queue = [...names];
    for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
      if (seen.has(name)) continue;
      seen.add(name);
      for (const position of this.#suppliersOf(name)) {
        const statement = this.#module.statements[position];
        if (statement === undefined || position === without?.statement || positions.has(position)) continue;
        positions.add(position);
        if (!isImport(statement)) queue.push(...statement.needs);
      }
    }
    return this.#render(positions, seen);
  }

  #suppliersOf(name: string): readonly number[] {
    return this.#suppliers.get(name) ?? (isBuiltin(name) ? [] : this.#wildcards);
  }

  #render(positions: ReadonlySet<number>, names: ReadonlySet<string>): Needs {
    const imports: string[] = [];
    const helpers: string[] = [];
    for (const position of [...positions].toSorted((a, b) => a - b)) {
      const statement = this.#module.statements[position];
      if (statement === undefined) continue;
      if (isImport(statement)) imports.push(...renderImport(neededNames(statement, names), this.#place));
      else if (statement.imports.length > 0 && !statement.hasDefinition) imports.push(this.#conditionalImport(statement));
      else helpers.push(dedentedSource(this.#module.text, statement.node));
    }
    return { imports: [...new Set(imports)], helpers };
  }

  /** `try: import … except ImportError: …` and the like, whole, with relative imports made absolute. */
  #conditionalImport({ node, imports }: Statement): string {
    let source = dedentedSource(this.#module.text, node);
    for (const { text } of imports) {
      const names = importedNames(text);
      if (!names.some(({ module }) => module.startsWith("."))) continue;
      source = source.replace(text, () => renderImport(names, this.#place).join("; "));
    }
    return source;
  }

  #positions(matches: (statement: Statement) => boolean): number[] {
    return this.#module.statements.flatMap((statement, position) => (matches(statement) ? [position] : []));
  }
}

function isImport({ node }: Statement): boolean {
  return node.type === "import_statement" || node.type === "import_from_statement" || node.type === "future_import_statement";
}

function neededNames({ node }: Statement, names: ReadonlySet<string>): ImportedName[] {
  const imported = importedNames(node.text);
  if (node.type === "future_import_statement") return imported;
  return imported.filter(({ binds }) => binds === null || names.has(binds));
}
