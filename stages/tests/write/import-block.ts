import type { ImportedName } from "../../python/lib/imports.js";

/** Import lines, each name once, in order; pytest stands apart, and so does the code under test, at the end. */
export function renderImports(imports: readonly ImportedName[], ownPackage: string): string {
  const isOwn = ({ module }: ImportedName) => module.split(".", 1)[0] === ownPackage;
  const groups: ImportedName[][] = [[], [], [], []];
  for (const each of imports)
    groups[each.module === "__future__" ? 0 : isOwn(each) ? 3 : each.module === "pytest" ? 2 : 1]?.push(each);
  return groups
    .filter(({ length }) => length > 0)
    .map(group)
    .join("\n\n");
}

function group(imports: readonly ImportedName[]): string {
  const modules = new Set(
    imports.filter(({ name }) => name === null).map(({ module, alias }) => `import ${module}${as(alias)}`),
  );
  const byModule = new Map<string, Set<string>>();
  for (const { module, name, alias } of imports) {
    if (name !== null) byModule.set(module, (byModule.get(module) ?? new Set()).add(`${name}${as(alias)}`));
  }
  const names = [...byModule]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([module, found]) => fromLine(module, [...found].toSorted()));
  return [...[...modules].toSorted(), ...names].join("\n");
}

const widest = 88;

function fromLine(module: string, names: readonly string[]): string {
  const line = `from ${module} import ${names.join(", ")}`;
  return line.length <= widest ? line : `from ${module} import (\n${names.map((name) => `    ${name},\n`).join("")})`;
}

function as(alias: string | null): string {
  return alias === null ? "" : ` as ${alias}`;
}
