import { isUtf8 } from "node:buffer";
import { readFile } from "node:fs/promises";
import { PipelineError } from "./errors.js";
import { isLfsPointer, lfsHint } from "./lfs.js";

/**
 * The text of a file that a user writes: UTF-8, or what its byte order mark says. Throws a PipelineError with the place
 * where it is neither.
 */
export async function readTextFile(file: string): Promise<string> {
  return decodeTextFile(await readFile(file), file);
}

/**
 * The text of a file that a user wrote: UTF-8, or UTF-16 by its byte order mark, which is not part of it. A
 * PipelineError (config), at the place, where it is neither, holds NUL characters, or is a pointer of Git LFS.
 */
export function decodeTextFile(bytes: Buffer, file: string): string {
  const start = { file, line: 1, column: 1, length: 1 };
  if (isLfsPointer(bytes))
    throw new PipelineError("this is a pointer of Git LFS, not the file itself", {
      code: "config",
      hint: lfsHint,
      locations: [start],
    });
  if (markOf(bytes) === null) {
    if (looksLikeUtf16(bytes))
      throw new PipelineError("this file is UTF-16 without a byte order mark", {
        code: "config",
        hint: saveAs,
        locations: [{ ...start, line: 0 }],
      });
    if (!isUtf8(bytes))
      throw new PipelineError("this file is not UTF-8", {
        code: "config",
        hint: saveAs,
        locations: [firstBadByte(bytes, file)],
      });
  }
  const text = showText(bytes);
  const nul = text.indexOf("\0");
  if (nul >= 0)
    throw new PipelineError("this file holds NUL characters, so it is no text", {
      code: "config",
      hint: saveAs,
      locations: [{ ...placeOf(text, nul), file }],
    });
  return text;
}

/** The text as well as it can be told, for showing a line of it. */
export function showText(bytes: Buffer): string {
  const mark = markOf(bytes);
  return new TextDecoder(mark ?? "utf-8").decode(bytes);
}

const saveAs = "save it as UTF-8: in the editor's list of encodings, or with iconv";

function markOf(bytes: Buffer): "utf-16le" | "utf-16be" | null {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return "utf-16le";
  return bytes[0] === 0xfe && bytes[1] === 0xff ? "utf-16be" : null;
}

/** Every second byte of text that is mostly ASCII is zero. */
function looksLikeUtf16(bytes: Buffer): boolean {
  const sample = bytes.subarray(0, 512);
  const zeros = [0, 1].map((parity) => sample.filter((byte, at) => byte === 0 && at % 2 === parity).length);
  return sample.length >= 4 && Math.max(...zeros) > sample.length / 4 && Math.min(...zeros) === 0;
}

function firstBadByte(bytes: Buffer, file: string) {
  const lines = bytes.toString("latin1").split("\n");
  const line = lines.findIndex((text) => !isUtf8(Buffer.from(text, "latin1")));
  const column =
    Buffer.from(lines[line] ?? "", "latin1")
      .toString("utf8")
      .indexOf("\uFFFD") + 1;
  return { file, line: line + 1, column: Math.max(1, column), length: 1 };
}

function placeOf(text: string, offset: number) {
  const before = text.slice(0, offset).split("\n");
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1, length: 1 };
}
