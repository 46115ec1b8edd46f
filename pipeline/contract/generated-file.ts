import { closeSync, openSync, readSync } from "node:fs";
import { sha256 } from "../system/hash.js";

/** What the first lines of a written test file say. */
export interface Stamp {
  /** Project and file that its tests are of: `shop: shop/prices.py`. */
  readonly subject: string;
  /** Whether everything below is as it was written. */
  readonly isIntact: boolean;
}

const mark = "written by pipeline generate";

/** A file's text below two comment lines: what wrote it, for what, and a hash by which a later change is seen. */
export function stamp(
  text: string,
  { subject, writer }: { readonly subject: string; readonly writer: string },
): string {
  return (
    `# Tests of ${subject} (${mark}; ${writer})\n# Change what you like: a changed file is not overwritten. ` +
    `sha256:${sha256(text)}\n${text}`
  );
}

/**
 * null where a text was not written by `stamp`, or its first lines were changed. Line ends may have become CRLF on the
 * way.
 */
export function readStamp(text: string): Stamp | null {
  const [, subject, hash, below = ""] =
    /^# Tests of ([^\n]+) \(written by pipeline generate; [^\n]*\)\n# [^\n]*sha256:([0-9a-f]{64})\n(.*)$/su.exec(
      text.replaceAll("\r\n", "\n"),
    ) ?? [];
  return subject === undefined ? null : { subject, isIntact: sha256(below) === hash };
}

/** What the test file of a shard is of. */
export interface ShardSubject {
  readonly project: string;
  /** unit or e2e */
  readonly suite: string;
  /** Source files that hold what is tested. */
  readonly paths: readonly string[];
}

/** The subject of a shard's test file, as its stamp says it: `shop, unit: shop/cart.py, shop/prices.py`. */
export function shardSubject({ project, suite, paths }: ShardSubject): string {
  return `${project}, ${suite}: ${paths.join(", ")}`;
}

/** null where a subject is not that of a shard's test file. */
export function readShardSubject(subject: string): ShardSubject | null {
  const [, project, suite, paths] = /^(.+), (unit|e2e): (.+)$/su.exec(subject) ?? [];
  return project === undefined || suite === undefined || paths === undefined
    ? null
    : { project, suite, paths: paths.split(", ") };
}

/** Whether a file begins as those that `stamp` makes, changed since or not. What cannot be read does not. */
export function hasStamp(path: string): boolean {
  const [first = ""] = beginningOf(path).split("\n", 1);
  return first.startsWith("# Tests of ") && first.includes(`(${mark};`);
}

function beginningOf(path: string): string {
  const buffer = Buffer.alloc(1024);
  let file: number;
  try {
    file = openSync(path, "r");
  } catch {
    return "";
  }
  try {
    return buffer.toString("utf8", 0, readSync(file, buffer));
  } finally {
    closeSync(file);
  }
}
