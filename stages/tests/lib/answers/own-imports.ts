import { importedNames, type ImportedName } from "../../../python/lib/imports.js";
import type { PythonModule, Statement } from "../../../python/lib/module.js";
import type { NameOrigin, ProjectModules } from "../../../python/lib/project-modules.js";
import { dedentedSource } from "../../../python/lib/source-text.js";

/** What a name at the top of an answer stands for, as far as it is of the project: module, or module and name. */
export type KnownNames = ReadonlyMap<string, { readonly module: string; readonly name: string | null }>;

/** The code of an answer with its imports looked up in the project. */
export interface ImportedCode {
  /** The code with one name an import line, without lines that import what is not there. */
  readonly code: string;
  readonly known: KnownNames;
  /** Names that the project does not have where they are imported from, with what is wrong. */
  readonly missing: ReadonlyMap<string, string>;
}

/**
 * Looks up what an answer imports from the project. A wrong import of a name that the tool imports anyway does no harm.
 * @param given names that the tool imports, with the modules that define them
 */
export async function resolveImports(
  module: PythonModule,
  given: ReadonlyMap<string, string>,
  modules: ProjectModules,
): Promise<ImportedCode> {
  const known = new Map<string, { readonly module: string; readonly name: string | null }>();
  const missing = new Map<string, string>();
  const lines: string[] = [];
  for (const statement of module.statements) {
    if (!isImport(statement)) lines.push(dedentedSource(module.text, statement.node));
    else
      for (const imported of importedNames(statement.node.text)) {
        const origin = await originOf(imported, modules);
        const binds = imported.binds ?? "";
        if (origin !== "not there") {
          lines.push(lineOf(imported));
          if (origin.type === "definition") known.set(binds, { module: origin.module.module, name: origin.name });
          if (origin.type === "module") known.set(binds, { module: origin.module, name: null });
        } else if (imported.alias !== null || imported.name === null || !given.has(imported.name)) {
          missing.set(
            binds,
            imported.name === null
              ? `there is no module ${imported.module}`
              : `${imported.module} has no name ${imported.name}`,
          );
        }
      }
  }
  return { code: lines.join("\n\n\n"), known, missing };
}

async function originOf(
  { module, name, alias }: ImportedName,
  modules: ProjectModules,
): Promise<NameOrigin | "not there"> {
  const [top = ""] = module.split(".", 1);
  if (name === "*" || module.startsWith(".") || !(await modules.has(top))) return { type: "elsewhere" };
  if (name !== null) return (await modules.origin(module, name)) ?? "not there";
  return (await modules.has(module)) ? { type: "module", module: alias === null ? top : module } : "not there";
}

function lineOf({ module, name, alias }: ImportedName): string {
  const as = alias === null ? "" : ` as ${alias}`;
  return name === null ? `import ${module}${as}` : `from ${module} import ${name}${as}`;
}

function isImport({ type }: Statement): boolean {
  return type === "import_statement" || type === "import_from_statement";
}
