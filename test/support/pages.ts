import { readFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../../pipeline/system/paths.js";

/** The text of a page of the documentation, by its path in the project. */
export function textOf(page: string): string {
  return readFileSync(join(packageRoot, page), "utf8");
}

/** The blocks of code in a language that a page shows, in order. */
export function blocksOf(page: string, language: string): string[] {
  return [...textOf(page).matchAll(/^```(\w*)\n(.*?)^```$/gmsu)].flatMap(([, written, text = ""]) =>
    written === language ? [text] : [],
  );
}

/** The block that begins so. Throws where the page shows none. */
export function blockOf(page: string, language: string, beginning: string): string {
  const found = blocksOf(page, language).find((text) => text.startsWith(beginning));
  if (found === undefined) throw new Error(`${page} shows no block of ${language} that begins with ${beginning}`);
  return found;
}
