import type { Target } from "../../pipeline/records.js";

/** A test function of an answer. */
export interface TestFunction {
  readonly name: string;
  readonly source: string;
}

/** test_sorted_list_add; test_sorted_list_add_raises_value_error. */
export function testName({ qualifiedName }: Pick<Target, "qualifiedName">, raises: string | null): string {
  return `test_${snakeCase(qualifiedName)}${raises === null ? "" : `_raises_${snakeCase(raises)}`}`;
}

/** The same tests, with a number behind each name that stands a second time. */
export function numbered(tests: readonly TestFunction[]): TestFunction[] {
  const taken = new Set<string>();
  return tests.map(({ name, source }) => {
    let free = name;
    for (let number = 2; taken.has(free); number += 1) free = `${name}_${number}`;
    taken.add(free);
    return { name: free, source: source.replace(`def ${name}(`, `def ${free}(`) };
  });
}

export function snakeCase(name: string): string {
  return name.replaceAll(".", "_").replaceAll(/(?<=[\p{Ll}\p{N}])(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})/gu, "_").toLowerCase().replaceAll(/_{2,}/gu, "_");
}
