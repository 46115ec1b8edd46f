import { isBuiltin } from "./builtins.js";
import { ExcerptsOfClass } from "./class-excerpt.js";
import { type ImportedName, importedNames, type ModulePlace, renderImport } from "./imports.js";
import type { Definition, PythonModule, Statement } from "./module.js";
import { dedentedSource } from "./source-text.js";

/**
 * What a piece of code needs of its module: import statements, and the other top-level statements, both in file order.
 */
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
  readonly #sources = new Map<number, string>();
  readonly #imported = new Map<number, ImportedName[]>();
  readonly #excerpts = new Map<Definition, ExcerptsOfClass>();

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
    this.#always = this.#positions(({ type }) => type === "future_import_statement");
    this.#wildcards = this.#positions(({ imports }) =>
      imports.some(({ text }) => importedNames(text).some(({ name }) => name === "*")),
    );
  }

  /** Whether the module, or Python itself, supplies the name. */
  knows(name: string): boolean {
    return this.#suppliers.has(name) || isBuiltin(name) || this.#wildcards.length > 0;
  }

  /** What a definition needs beside itself: for a member of a class, what it uses of the class. */
  ofDefinition(definition: Definition): Needs {
    const { needs, statement, parent, name } = definition;
    if (parent === null) {
      const collected = this.#collect(needs, statement, [name]);
      // A helper may use the definition itself when the module is loaded, as a base class, a default, or in a call:
      // then it has to stand among them.
      const isUsed = [...collected.positions].some((position) => this.#module.statements[position]?.needs.has(name));
      return isUsed ? this.#render(this.#collect([...needs, name], null, [])) : this.#render(collected);
    }
    const excerpt = this.#excerptsOf(topLevelClass(definition)).around(definition);
    return this.#render(this.#collect(excerpt.needs, statement, []), { position: statement, source: excerpt.source });
  }

  /** What a use of these names needs. */
  ofNames(names: Iterable<string>): Needs {
    return this.#render(this.#collect(names, null, []));
  }

  #excerptsOf(whole: Definition): ExcerptsOfClass {
    const excerpts = this.#excerpts.get(whole) ?? new ExcerptsOfClass(whole, this.#module);
    this.#excerpts.set(whole, excerpts);
    return excerpts;
  }

  /**
   * Statements that supply the names, and the names that those need, and so on; without the statement that is the code
   * itself.
   */
  #collect(names: Iterable<string>, without: number | null, known: readonly string[]): Collected {
    const positions = new Set(this.#always);
    const seen = new Set<string>(known);
    const queue = [...names];
    for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
      if (seen.has(name)) continue;
      seen.add(name);
      for (const position of this.#suppliersOf(name)) {
        const statement = this.#module.statements[position];
        if (statement === undefined || position === without || positions.has(position)) continue;
        positions.add(position);
        if (!isImport(statement)) queue.push(...statement.needs);
      }
    }
    return { positions, names: seen };
  }

  #suppliersOf(name: string): readonly number[] {
    return this.#suppliers.get(name) ?? (isBuiltin(name) ? [] : this.#wildcards);
  }

  #render({ positions, names }: Collected, instead?: { position: number; source: string }): Needs {
    const imports: string[] = [];
    const helpers: string[] = [];
    const all = instead === undefined ? positions : new Set([...positions, instead.position]);
    for (const position of [...all].toSorted((a, b) => a - b)) {
      const statement = this.#module.statements[position];
      if (statement === undefined) continue;
      if (position === instead?.position) helpers.push(instead.source);
      else if (isImport(statement)) imports.push(...this.#importLines(position, names));
      else if (statement.imports.length > 0 && !statement.hasDefinition)
        imports.push(this.#source(position, () => this.#conditionalImport(statement)));
      else helpers.push(this.#source(position, () => dedentedSource(this.#module.text, statement.node)));
    }
    return { imports: [...new Set(imports)], helpers };
  }

  #importLines(position: number, needed: ReadonlySet<string>): string[] {
    const statement = this.#module.statements[position];
    const names = this.#imported.get(position) ?? importedNames(statement?.node.text ?? "");
    this.#imported.set(position, names);
    const isFuture = statement?.type === "future_import_statement";
    return renderImport(
      names.filter(({ binds }) => isFuture || binds === null || needed.has(binds)),
      this.#place,
    );
  }

  /** Many definitions need the same statement. */
  #source(position: number, make: () => string): string {
    const source = this.#sources.get(position) ?? make();
    this.#sources.set(position, source);
    return source;
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

interface Collected {
  readonly positions: ReadonlySet<number>;
  readonly names: ReadonlySet<string>;
}

function topLevelClass(definition: Definition): Definition {
  return definition.parent === null ? definition : topLevelClass(definition.parent);
}

function isImport({ type }: Statement): boolean {
  return type === "import_from_statement" || type === "import_statement" || type === "future_import_statement";
}
