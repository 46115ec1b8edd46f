import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { SourceTree } from "../../../pipeline/contract/sources.js";
import { absoluteModule, importedNames, type ModulePlace } from "./imports.js";
import type { PythonModule } from "./module.js";
import { parseModule } from "./parse-module.js";

/** A module of a source. */
export interface ProjectModule extends ModulePlace {
  readonly parsed: PythonModule;
}

/**
 * What a name of a module stands for: something that a module of the source defines, a module of it, or something from
 * elsewhere.
 */
export type NameOrigin =
  | { readonly type: "definition"; readonly module: ProjectModule; readonly name: string }
  | { readonly type: "module"; readonly module: string }
  | { readonly type: "elsewhere" };

/** Most modules that are kept in memory. */
const kept = 64;
/** A name that is passed on through more modules than this goes in a circle. */
const longestWay = 8;

/** The modules of a source, read from its snapshot when they are asked for. */
export class ProjectModules {
  readonly #found = new Map<string, Promise<ProjectModule | null>>();

  constructor(private readonly tree: Pick<SourceTree, "folder" | "importRoots">) {}

  /** null where the source has no file for it. */
  async find(module: string): Promise<ProjectModule | null> {
    const found = this.#found.get(module) ?? this.#read(module);
    this.#found.delete(module);
    this.#found.set(module, found);
    for (const oldest of [...this.#found.keys()].slice(0, Math.max(0, this.#found.size - kept)))
      this.#found.delete(oldest);
    return await found;
  }

  /** Whether the source has a module or a package, with or without __init__.py, of this name. */
  async has(module: string): Promise<boolean> {
    if ((await this.find(module)) !== null) return true;
    const folders = await Promise.all(
      this.#places(module).map(async (path) => (await stat(path).catch(() => null))?.isDirectory() === true),
    );
    return folders.includes(true);
  }

  /**
   * What `from MODULE import NAME` gives; null where the source's module has no such name, or the source no such
   * module.
   */
  async origin(module: string, name: string, way = 0): Promise<NameOrigin | null> {
    const found = await this.find(module);
    const submodule = `${module}.${name}`;
    if (found === null || way > longestWay)
      return (await this.has(submodule)) ? { type: "module", module: submodule } : null;
    const binder = found.parsed.statements.findLast(({ binds }) => binds.has(name));
    if (binder === undefined) return await this.#unbound(found, name, way);
    const imported = binder.imports.flatMap(({ text }) => importedNames(text)).find(({ binds }) => binds === name);
    if (imported === undefined) return { type: "definition", module: found, name };
    const from = absoluteModule(imported.module, found);
    if (imported.name === null)
      return (await this.has(from))
        ? { type: "module", module: imported.alias === null ? name : from }
        : { type: "elsewhere" };
    return (await this.has(from))
      ? ((await this.origin(from, imported.name, way + 1)) ?? { type: "elsewhere" })
      : { type: "elsewhere" };
  }

  /** A name that no statement of the module binds: a module below it, or what it takes in without naming it. */
  async #unbound(found: ProjectModule, name: string, way: number): Promise<NameOrigin | null> {
    const submodule = `${found.module}.${name}`;
    if (await this.has(submodule)) return { type: "module", module: submodule };
    const wildcards = found.parsed.statements
      .flatMap(({ imports }) => imports.flatMap(({ text }) => importedNames(text)))
      .filter((imported) => imported.name === "*");
    for (const { module } of wildcards) {
      const from = absoluteModule(module, found);
      const origin = (await this.has(from)) ? await this.origin(from, name, way + 1) : { type: "elsewhere" as const };
      if (origin !== null) return origin;
    }
    return found.parsed.statements.some(({ binds }) => binds.has("__getattr__")) ? { type: "elsewhere" } : null;
  }

  async #read(module: string): Promise<ProjectModule | null> {
    for (const place of this.#places(module)) {
      for (const [path, isPackage] of [
        [join(place, "__init__.py"), true],
        [`${place}.py`, false],
      ] as const) {
        const text = await readFile(path, "utf8").catch(() => null);
        if (text !== null) return { module, isPackage, parsed: parseModule(text).module };
      }
    }
    return null;
  }

  /** Where a file of the module would be, without its ending. */
  #places(module: string): string[] {
    return this.tree.importRoots.map((root) => join(this.tree.folder, root, ...module.split(".")));
  }
}
