import { createWriteStream } from "node:fs";
import { once } from "node:events";
import { finished } from "node:stream/promises";
import { lines } from "../system/files/lines.js";

/**
 * A copy of a file of JSON lines that DuckDB reads: halves of surrogate pairs, which are text to JavaScript and none to
 * it, stand as U+FFFD, and keys of one object that differ in case alone are told apart by a number, as it does itself
 * with columns.
 */
export async function writeReadable(path: string, copy: string): Promise<void> {
  const stream = createWriteStream(copy);
  try {
    for await (const line of lines(path)) {
      if (!stream.write(`${JSON.stringify(readable(JSON.parse(line)))}\n`)) await once(stream, "drain");
    }
  } finally {
    stream.end();
    await finished(stream);
  }
}

function readable(value: unknown): unknown {
  if (typeof value === "string") return wellFormed(value);
  if (Array.isArray(value)) return value.map(readable);
  if (typeof value !== "object" || value === null) return value;
  const taken = new Set<string>();
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      const name = free(wellFormed(key), taken);
      taken.add(name.toLowerCase());
      return [name, readable(inner)];
    }),
  );
}

function free(name: string, taken: ReadonlySet<string>): string {
  for (let number = 0; ; number += 1) {
    const candidate = number === 0 ? name : `${name}_${number}`;
    if (!taken.has(candidate.toLowerCase())) return candidate;
  }
}

/** As String.prototype.toWellFormed, which the library's target does not know yet. */
function wellFormed(text: string): string {
  return text.replaceAll(/\p{Surrogate}/gu, "\uFFFD");
}
