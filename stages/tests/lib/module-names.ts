import type { SourceFile } from "../../../pipeline/contract/records.js";
import { isBuiltin } from "../../python/lib/builtins.js";
import { importedNames, type ModulePlace, placeOf, renderImport } from "../../python/lib/imports.js";
import type { PythonModule } from "../../python/lib/module.js";
import { parseModule } from "../../python/lib/parse-module.js";

/** The names of a module, as its doctests see them. */
export class ModuleNames {
  readonly #module: PythonModule;
  readonly #place: ModulePlace;
  readonly #hasWildcard: boolean;

  constructor(file: SourceFile) {
    this.#module = parseModule(file.text).module;
    this.#place = placeOf(file);
    this.#hasWildcard = this.#module.statements.some(({ imports }) =>
      imports.some(({ text }) => importedNames(text).some(({ name }) => name === "*")),
    );
  }

  /**
   * The import that gives a test the name; null where the module does not know it. An import of the module's own is
   * repeated, the rest comes from the module.
   */
  importOf(name: string): string | null {
    const binders = this.#module.statements.filter(({ binds }) => binds.has(name));
    const last = binders.at(-1);
    if (last === undefined)
      return this.#hasWildcard && !isBuiltin(name) ? `from ${this.#place.module} import ${name}` : null;
    const imported = /^import(?:_from)?_statement$/u.test(last.node.type)
      ? importedNames(last.node.text).find(({ binds }) => binds === name)
      : undefined;
    return imported === undefined
      ? `from ${this.#place.module} import ${name}`
      : (renderImport([imported], this.#place)[0] ?? null);
  }
}
