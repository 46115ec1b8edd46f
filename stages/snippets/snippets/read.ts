import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Source } from "../../../pipeline/contract/kind.js";
import { type Reason, reason } from "../../../pipeline/contract/reasons.js";
import type { Example } from "../../../pipeline/contract/records.js";
import type { SourceTree } from "../../../pipeline/contract/sources.js";
import { countLines, strip } from "../../../pipeline/system/strip.js";
import { decodeText } from "../../read/lib/decode.js";
import type { SourceGate } from "../../read/lib/licences.js";
import type { ChosenFile } from "./choose.js";
import { shownOf, type titleForms } from "./place.js";

interface ReadOptions {
  /** Bytes. */
  readonly maxFileSize: number;
  readonly undecodable: "reject" | "replace";
  readonly title: (typeof titleForms)[number];
  readonly gate: SourceGate;
}

/** What a file gives a row: its text, without the white space around it, and what its place says. */
export interface Snippet {
  readonly text: string;
  readonly shown: ReturnType<typeof shownOf>;
  readonly labels: Example["labels"];
  readonly source: Source;
}

/**
 * Reads one file of a source, or says why it gives no row. It does not wait for the disk: the snapshot has just been
 * written, and a stage has a thread of its own.
 */
export function readSnippet(
  tree: SourceTree,
  file: ChosenFile,
  { maxFileSize, undecodable, title, gate }: ReadOptions,
): Snippet | { readonly reason: Reason } {
  const place = join(tree.folder, file.path);
  const { size } = statSync(place);
  if (size > maxFileSize)
    return { reason: reason("too-large", `size: ${size} bytes, more than maxFileSize ${maxFileSize}`) };
  const decoded = decodeText(readFileSync(place), file.language, undecodable);
  if ("reason" in decoded) return decoded;
  const text = strip(decoded.text.replace(/^\uFEFF+/u, ""));
  if (text === "") return { reason: reason("empty", "content: nothing but white space") };
  const licence = gate.ofFile(file.path, text);
  if ("reason" in licence) return { reason: licence.reason ?? reason("licence", "licence: that of its folder") };
  const shown = shownOf(file, title);
  const { category, path, filename } = shown;
  return {
    text,
    shown,
    labels: { title: shown.title, category, path, filename, lines: countLines(text) },
    source: {
      ref: tree.ref,
      name: tree.name,
      version: tree.version,
      licence: licence.expression,
      path: file.path,
      lines: linesOf(decoded.text),
    },
  };
}

/** First and last line that are not white space, from 1. */
function linesOf(text: string): [number, number] {
  const before = text.slice(0, text.search(/\S/u)).split("\n").length;
  return [before, text.trimEnd().split("\n").length];
}
