import type { Difference } from "./differences.js";

/** Differences of two fingerprints, sorted by how a person would tell of them. */
export interface Changes<D extends Difference> {
  /** The result before was made by a version of the toolkit that did not note its code. */
  readonly isOlder: boolean;
  /** Files of code, by path. */
  readonly files: readonly string[];
  readonly packages: readonly { readonly name: string; readonly before: string; readonly after: string }[];
  readonly others: readonly D[];
}

/** Sorts the differences of two fingerprints: files of code and packages apart from all that a user writes. */
export function sortChanges<D extends Difference>(differences: readonly D[]): Changes<D> {
  const isOlder = differences.some(({ path, before }) => path === "code" && before === undefined);
  const below = (prefix: string) =>
    differences
      .filter(({ path }) => path.startsWith(prefix))
      .map(({ path, before, after }) => ({
        name: path.slice(prefix.length),
        before: told(before),
        after: told(after),
      }));
  return {
    isOlder,
    files: below("code.files.").map(({ name }) => name),
    packages: below("code.packages."),
    others: differences.filter(({ path }) => !/^code(?:$|\.)/u.test(path) && !(isOlder && path === "module")),
  };
}

/** Why a step runs again, in a line. */
export function changesInWords(differences: readonly Difference[], stage: string): string {
  const { isOlder, files, packages, others } = sortChanges(differences);
  return [
    ...(isOlder ? ["an older version of pipeline made its result"] : []),
    ...(files.length > 0 ? [`the code of stage ${stage} changed: ${some(files)}`] : []),
    ...(packages.length > 0
      ? [
          `other versions of packages: ` +
            some(packages.map(({ name, before, after }) => `${name} ${before} → ${after}`)),
        ]
      : []),
    ...(others.length > 0 ? [`${some(others.map(({ path }) => wordsOf(path)))} changed`] : []),
  ].join("; ");
}

/** What a part of a fingerprint is called. */
export function wordsOf(path: string): string {
  if (/^inputs\b/u.test(path)) return "what it reads";
  if (path === "services.sandbox.runner") return "the code that runs and judges tests";
  if (path === "pipeline.text") return "the configuration that it prints";
  return path.replace(/^services\./u, "");
}

function some(names: readonly string[]): string {
  return `${names.slice(0, 3).join(", ")}${names.length > 3 ? ` and ${names.length - 3} more` : ""}`;
}

function told(value: unknown): string {
  return typeof value === "string" ? value : "none";
}
