import type { Target } from "./records.js";

/** The import lines that the tool writes before any tests: pytest, and the target or the class that holds it. */
export function preamble({ module, qualifiedName }: Pick<Target, "module" | "qualifiedName">): string {
  const [topLevel] = qualifiedName.split(".");
  return `import pytest\n\nfrom ${module} import ${topLevel}\n`;
}

/** A whole test file: the preamble and the test functions that an answer gives. */
export function testFile(before: string, response: string): string {
  return `${before.trimEnd()}\n\n\n${response.trim()}\n`;
}
