import { importedNames, renderImport } from "../python/imports.js";
import { parseModule } from "../python/parse-module.js";

/**
 * Tests with the imports that they take from the target's module for granted: who reads `@nx.dispatch` writes `nx.Graph()`.
 * @param imports import statements of that module
 */
export function withModuleImports(tests: string, imports: readonly string[]): string {
  const { statements } = parseModule(tests).module;
  const bound = new Set(statements.flatMap(({ binds }) => [...binds]));
  const wanted = new Set(statements.flatMap(({ needs }) => [...needs]).filter((name) => !bound.has(name)));
  // What stands in `try` may not be there, and a relative import leads nowhere from a test.
  const names = imports.filter((statement) => /^(?:import|from)\s+[^.\s]/u.test(statement)).flatMap((statement) => importedNames(statement))
    .filter(({ binds }) => binds !== null && wanted.has(binds));
  return names.length === 0 ? tests : `${renderImport(names, { module: "", isPackage: false }).join("\n")}\n\n\n${tests}`;
}
