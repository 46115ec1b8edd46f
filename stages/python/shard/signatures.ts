import { withoutBodies } from "../lib/without-bodies.js";
import { absoluteModule, importedNames, type ImportedName, type ModulePlace } from "../lib/imports.js";
import { parseModule } from "../lib/parse-module.js";
import type { NameOrigin, ProjectModules } from "../lib/project-modules.js";
import { dedentedSource } from "../lib/source-text.js";

/** Something that code takes from another module of its project. */
export interface Signature {
  readonly module: string;
  readonly name: string;
  /** How it is called, or what fields it has; nothing of what it does. */
  readonly text: string;
}

/** What code imports from its project, directly or as `module.name`; each once, in the order of the imports. */
export async function signaturesIn(code: string, place: ModulePlace, modules: ProjectModules): Promise<Signature[]> {
  const imported = parseModule(code).module.statements.flatMap(({ imports }) =>
    imports.flatMap(({ text }) => importedNames(text)),
  );
  const found = new Map<string, Signature>();
  for (const each of imported) {
    for (const origin of await originsOf(each, code, place, modules)) {
      const signature = signatureOf(origin);
      if (signature !== null) found.set(`${signature.module}.${signature.name}`, signature);
    }
  }
  return [...found.values()];
}

async function originsOf(
  { module, name, alias, binds }: ImportedName,
  code: string,
  place: ModulePlace,
  modules: ProjectModules,
): Promise<NameOrigin[]> {
  const from = absoluteModule(module, place);
  if (name === "*" || !(await modules.has(from))) return [];
  // `import shop.prices` is used as `shop.prices.total`.
  if (name === null) return await attributesOf(alias ?? from, from, code, modules);
  const origin = await modules.origin(from, name);
  if (origin?.type === "module") return await attributesOf(binds ?? name, origin.module, code, modules);
  return origin === null ? [] : [origin];
}

/** What the code takes from a module as attributes of it. */
async function attributesOf(
  written: string,
  module: string,
  code: string,
  modules: ProjectModules,
): Promise<NameOrigin[]> {
  const names = new Set(
    [...code.matchAll(new RegExp(String.raw`(?<![\w.])${written.replaceAll(".", String.raw`\.`)}\.(\w+)`, "gu"))].map(
      ([, name = ""]) => name,
    ),
  );
  const origins = await Promise.all([...names].map(async (name) => await modules.origin(module, name)));
  return origins.filter((origin) => origin !== null);
}

/** Longest value of a constant that is shown. */
const longest = 200;

function signatureOf(origin: NameOrigin): Signature | null {
  if (origin.type !== "definition") return null;
  const {
    module: { module, parsed },
    name,
  } = origin;
  const definition = parsed.definitions.findLast(({ qualifiedName }) => qualifiedName === name);
  if (definition !== undefined)
    return { module, name, text: withoutBodies(dedentedSource(parsed.text, definition.decorated)) };
  const statement = parsed.statements.findLast(({ binds }) => binds.has(name));
  const text = statement === undefined ? "" : dedentedSource(parsed.text, statement.node);
  return { module, name, text: text.length <= longest && text !== "" ? text : `${name} = ...` };
}
