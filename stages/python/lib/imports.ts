import type { SourceFile } from "../../../pipeline/contract/records.js";
import { pythonName } from "./identifier.js";

/** One name that an import statement brings in. */
export interface ImportedName {
  /** As written, with its leading dots: `a.b`, `.`, `..m`. */
  readonly module: string;
  /** What is taken from the module: a name, `*`, or null where the module itself is imported. */
  readonly name: string | null;
  readonly alias: string | null;
  /** The name that it binds; null for `*`. */
  readonly binds: string | null;
}

/** What an import statement brings in, by its source text. */
export function importedNames(statement: string): ImportedName[] {
  const flat = pythonName(statement)
    .replaceAll(/#[^\n]*/gu, "")
    .replaceAll(/[\\()\s]+/gu, " ")
    .trim();
  const from = /^from ([.\s]*[\p{L}\p{N}_.]*) ?import (.*)$/u.exec(flat);
  if (from !== null) {
    const module = (from[1] ?? "").replaceAll(" ", "");
    return parts(from[2] ?? "").map(([name, alias]) => ({
      module,
      name,
      alias,
      binds: name === "*" ? null : (alias ?? name),
    }));
  }
  return parts(flat.replace(/^import /u, "")).map(([module, alias]) => ({
    module,
    name: null,
    alias,
    binds: alias ?? module.split(".", 1)[0] ?? module,
  }));
}

/** The import statement for some names of one module, with relative modules made absolute. */
export function renderImport(names: readonly ImportedName[], where: ModulePlace): string[] {
  return names.map(({ module, name, alias }) => {
    const suffix = alias === null ? "" : ` as ${alias}`;
    const absolute = absoluteModule(module, where);
    return name === null ? `import ${absolute}${suffix}` : `from ${absolute} import ${name}${suffix}`;
  });
}

/** Where a module stands: relative imports count from there. */
export interface ModulePlace {
  readonly module: string;
  readonly isPackage: boolean;
}

/** Where a file stands among the modules of its source; the name is empty where no import leads to it. */
export function placeOf({ module, source }: Pick<SourceFile, "module" | "source">): ModulePlace {
  return { module: module ?? "", isPackage: /(?:^|\/)__init__\.py$/u.test(source?.path ?? "") };
}

/** `..m` seen from a module, as the dotted name from the top. */
export function absoluteModule(written: string, { module, isPackage }: ModulePlace): string {
  const dots = /^\.*/u.exec(written)?.[0].length ?? 0;
  if (dots === 0) return written;
  const levels = isPackage ? dots - 1 : dots;
  const parents = module.split(".");
  const base = parents.slice(0, Math.max(0, parents.length - levels));
  return [
    ...base,
    ...written
      .slice(dots)
      .split(".")
      .filter((part) => part !== ""),
  ].join(".");
}

function parts(list: string): [name: string, alias: string | null][] {
  return list
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "")
    .map((part) => {
      const [name = part, alias] = part.split(" as ");
      return [name.replaceAll(" ", ""), alias?.trim() ?? null];
    });
}
