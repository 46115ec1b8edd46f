import { importedNames, renderImport } from "../../../python/lib/imports.js";
import type { Statement } from "../../../python/lib/module.js";

/**
 * The imports that tests take from the target's module for granted: who reads `@nx.dispatch` writes `nx.Graph()`.
 * @param imports import statements of that module
 */
export function importsTakenFrom(statements: readonly Statement[], imports: readonly string[]): string[] {
  const bound = new Set(statements.flatMap(({ binds }) => [...binds]));
  const wanted = new Set(statements.flatMap(({ needs }) => [...needs]).filter((name) => !bound.has(name)));
  // What stands in `try` may not be there, and a relative import leads nowhere from a test.
  const names = imports
    .filter((statement) => /^(?:import|from)\s+[^.\s]/u.test(statement))
    .flatMap((statement) => importedNames(statement))
    .filter(({ binds }) => binds !== null && wanted.has(binds));
  return renderImport(names, { module: "", isPackage: false });
}
