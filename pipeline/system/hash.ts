import { createHash } from "node:crypto";
import { createReadStream, readFile, stat } from "node:fs";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import canonicalize from "canonicalize";

const [statOf, contentOf] = [promisify(stat), promisify(readFile)];
/** Bytes of a file that is read as a whole. */
const small = 1 << 18;

/** SHA-256 of a text (UTF-8) or of bytes, as 64 hexadecimal digits. */
export function sha256(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}

/** RFC 8785 canonical JSON: equal values give equal text, whatever the order of their keys. */
export function canonicalJson(value: unknown): string {
  const sorted = inOrderOfKeys(value);
  const text = sorted === undefined ? canonicalize(value) : JSON.stringify(sorted.value);
  if (text === undefined) throw new TypeError("a value without a JSON form cannot be hashed");
  return text;
}

/**
 * A copy whose keys stand in their order, which JSON.stringify then writes as RFC 8785 wants it, in half the time;
 * undefined where it would not: keys that are numbers have an order of their own in an object, other objects than plain
 * ones a form of their own, and what is no JSON has to be refused.
 */
function inOrderOfKeys(value: unknown): { readonly value: unknown } | undefined {
  if (typeof value === "string" || typeof value === "boolean" || value === null) return { value };
  if (typeof value === "number") return Number.isFinite(value) ? { value } : undefined;
  if (Array.isArray(value)) {
    const items: unknown[] = [];
    for (const item of value) {
      const sorted = inOrderOfKeys(item);
      if (sorted === undefined) return undefined;
      items.push(sorted.value);
    }
    return { value: items };
  }
  if (typeof value !== "object" || Object.getPrototypeOf(value) !== Object.prototype) return undefined;
  const copy: Record<string, unknown> = {};
  for (const key of Object.keys(value).toSorted()) {
    const inner = (value as Record<string, unknown>)[key];
    if (inner === undefined) continue;
    const sorted = /^\d/u.test(key) || key === "__proto__" || key === "toJSON" ? undefined : inOrderOfKeys(inner);
    if (sorted === undefined) return undefined;
    copy[key] = sorted.value;
  }
  return { value: copy };
}

/** SHA-256 of a value's canonical JSON. */
export function hashValue(value: unknown): string {
  return sha256(canonicalJson(value));
}

/** SHA-256 of a file, streamed where it is large: memory stays flat. The signal stops it: a model has gigabytes. */
export async function hashFile(path: string, signal?: AbortSignal): Promise<string> {
  // Of thousands of small files, the streams would take most of the time.
  if ((await statOf(path)).size <= small) return sha256(await contentOf(path));
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash, { ...(signal && { signal }) });
  return hash.digest("hex");
}
