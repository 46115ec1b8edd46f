import type { SourceFile } from "../../../pipeline/contract/records.js";
import type { Target } from "../../python/lib/records.js";
import { pythonName } from "../../python/lib/identifier.js";
import { snakeCase } from "./test-function.js";

/** What a test file tells without being parsed: the cheap question before the costly one. */
export interface TestSketch {
  /** See `subjectOf`. */
  readonly subject: string;
  /** A name that tests call, to the names of those tests and their classes. */
  readonly callers: ReadonlyMap<string, string>;
}

/** Reads off the text of a test file what names its tests call. */
export function sketchTests({ text, source }: SourceFile): TestSketch {
  const callers = new Map<string, Set<string>>();
  let group = "";
  let test: { indent: number; names: string } | null = null;
  for (const [, indent = "", defined, inClass, called = ""] of pythonName(text).matchAll(
    /^([ \t]*)(?:(?:async[ \t]+)?def ([\p{L}\p{N}_]+)|class ([\p{L}\p{N}_]+))|([\p{L}\p{N}_]+)\(/gmu,
  )) {
    if (inClass !== undefined) {
      group = inClass;
      test = null;
    } else if (defined !== undefined) {
      if (test !== null && indent.length > test.indent) continue;
      test = defined.startsWith("test")
        ? { indent: indent.length, names: testNames(defined, indent === "" ? "" : group) }
        : null;
    } else if (test !== null) {
      callers.set(called, (callers.get(called) ?? new Set()).add(test.names));
    }
  }
  return {
    subject: subjectOf(source?.path ?? ""),
    callers: new Map([...callers].map(([name, names]) => [name, [...names].join(" ")])),
  };
}

/** Whether the file seems to hold a test for the target. */
export function mayHoldTests(
  { subject, callers }: TestSketch,
  { name, module }: Pick<Target, "name" | "module">,
): boolean {
  const names = callers.get(name);
  return names !== undefined && (module.endsWith(subject) || isNamedIn(names, name));
}

/**
 * The module that a test file's name is about, with a dot before it: tests/test_weighted.py is about
 * pkg.paths.weighted.
 */
export function subjectOf(path: string): string {
  const stem = /([^/]+)\.py$/u.exec(path)?.[1] ?? "";
  return `.${pythonName(stem).replace(/^tests?_|_tests?$/gu, "")}`;
}

/** The names of a test and its class, to look for the names of targets in. */
export function testNames(test: string, group: string): string {
  return `_${snakeCase(test)}_ _${snakeCase(group)}_`;
}

/** test_sorted_list_add_twice names add, and SortedList. */
export function isNamedIn(names: string, target: string): boolean {
  return names.includes(`_${snakeCase(target).replaceAll(/^_+|_+$/gu, "")}_`);
}
