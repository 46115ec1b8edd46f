import { readFile } from "node:fs/promises";
import { isBuiltin } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import { init, parse } from "es-module-lexer";
import { hashValue, sha256 } from "../hash.js";

/** SHA-256 over a user's module and what it imports from its own files, directly or not. Packages count by name. */
export async function hashModule(url: string): Promise<string> {
  await init;
  const seen = new Map<string, string>();
  await visit(url, seen);
  return hashValue([...seen.values()]);
}

async function visit(url: string, seen: Map<string, string>): Promise<void> {
  if (seen.has(url)) return;
  const text = await readFile(fileURLToPath(url), "utf8");
  seen.set(url, sha256(text));
  const [imports] = parse(text, url);
  for (const { n: specifier } of imports) {
    if (specifier === undefined || isBuiltin(specifier)) continue;
    const isOwnFile = specifier.startsWith(".") || specifier.startsWith("/") || specifier.startsWith("file:");
    if (isOwnFile) await visit(new URL(specifier, url).href, seen);
    else seen.set(specifier, specifier);
  }
}

/** The module URL of a file. */
export function moduleUrl(path: string): string {
  return pathToFileURL(path).href;
}
