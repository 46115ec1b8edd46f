import type { OriginalTest } from "../lib/evidence/schema.js";
import type { Target } from "../../python/lib/records.js";
import { pythonName } from "../../python/lib/identifier.js";
import { freeName } from "../lib/test-names.js";

/** A test function of an answer. */
export interface TestFunction {
  readonly name: string;
  readonly source: string;
}

/** A test that a person wrote, as a test function of its own. */
export interface MinedTest extends TestFunction {
  readonly original: Omit<OriginalTest, "test">;
}

/** test_sorted_list_add; test_sorted_list_add_raises_value_error. */
export function testName({ qualifiedName }: Pick<Target, "qualifiedName">, raises: string | null): string {
  return `test_${snakeCase(qualifiedName)}${raises === null ? "" : `_raises_${snakeCase(raises)}`}`;
}

/** The same tests, with a number behind each name that stands a second time. */
export function numbered(tests: readonly MinedTest[]): MinedTest[] {
  const taken = new Set<string>();
  return tests.map(({ name, source, original }) => {
    const free = freeName(name, taken);
    const named = (text: string) =>
      text.replace(/(?<=^|\n)def\s+([^\s(]+)\s*\(/u, (head, written: string) =>
        pythonName(written) === name ? `def ${free}(` : head,
      );
    const { exact } = original;
    return {
      name: free,
      source: named(source),
      original: exact === undefined ? original : { ...original, exact: named(exact) },
    };
  });
}

/** A name as a part of a test's name: SortedList.add as sorted_list_add. */
export function snakeCase(name: string): string {
  return name
    .replaceAll(".", "_")
    .replaceAll(/(?<=[\p{Ll}\p{N}])(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})/gu, "_")
    .toLowerCase()
    .replaceAll(/_{2,}/gu, "_");
}
