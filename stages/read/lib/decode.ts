import iconv from "iconv-lite";
import { isLfsPointer, lfsHint } from "../../../pipeline/system/lfs.js";
import { type Reason, reason } from "../../../pipeline/contract/reasons.js";

/** Text as a record holds it: without byte order mark, with \n at the ends of lines. */
export type Decoded = { readonly text: string; readonly encoding: string } | { readonly reason: Reason };

/**
 * Decodes a file as Python would, or says why not: by its byte order mark, else by its coding cookie (PEP 263), else as
 * UTF-8. Every decoder is strict; what none of them reads is never guessed.
 *
 * @param undecodable `replace`: what means nothing in the encoding becomes U+FFFD, where a person has asked for that
 */
export function decodeText(bytes: Uint8Array, language: string, undecodable: "reject" | "replace" = "reject"): Decoded {
  if (isLfsPointer(bytes))
    return { reason: reason("lfs-pointer", "content: a pointer of Git LFS, not the file itself", lfsHint) };
  const mark = marks.find(({ start }) => start.every((byte, index) => bytes[index] === byte));
  const cookie = language === "python" ? codingCookie(bytes) : null;
  const named = cookie === null ? "utf-8" : normaliseName(cookie);
  if (mark?.encoding === "utf-8" && named !== "utf-8")
    return { reason: reason("encoding", `encoding: the byte order mark says UTF-8, the coding cookie says ${cookie}`) };
  const encoding = mark?.encoding ?? named;
  const body = bytes.subarray(mark?.start.length ?? 0);
  const strict = decode(body, encoding);
  const text = strict === null && undecodable === "replace" ? decodeLoosely(body, encoding) : strict;
  if (text === undefined)
    return { reason: reason("encoding", `encoding: "${cookie ?? encoding}" is none that is known`) };
  if (text === null)
    return {
      reason: reason(
        "encoding",
        `encoding: not valid ${encoding}` +
          (cookie === null && mark === undefined ? ", and nothing in the file names another encoding" : ""),
      ),
    };
  if (text.includes("\0")) return { reason: reason("encoding", "encoding: it holds NUL characters, so it is no text") };
  return { text: text.replaceAll(/\r\n?/gu, "\n"), encoding };
}

/** The four-byte marks stand first: that of UTF-32 LE begins with that of UTF-16 LE. */
const marks: readonly { readonly encoding: string; readonly start: readonly number[] }[] = [
  { encoding: "utf-32le", start: [0xff, 0xfe, 0, 0] },
  { encoding: "utf-32be", start: [0, 0, 0xfe, 0xff] },
  { encoding: "utf-8", start: [0xef, 0xbb, 0xbf] },
  { encoding: "utf-16le", start: [0xff, 0xfe] },
  { encoding: "utf-16be", start: [0xfe, 0xff] },
];

/** In the first line, or in the second where the first is a comment or blank. */
function codingCookie(bytes: Uint8Array): string | null {
  const [first = "", second = ""] = Buffer.from(bytes.subarray(0, 1024))
    .toString("latin1")
    .replace(/^\u00EF\u00BB\u00BF/u, "")
    .split(/\r\n?|\n/u);
  const lines = /^[ \t\f]*(?:#.*)?$/u.test(first) ? [first, second] : [first];
  for (const line of lines) {
    const [, name] = /^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)/u.exec(line) ?? [];
    if (name !== undefined) return name;
  }
  return null;
}

/** Null where the bytes are not valid, undefined where the encoding is not known. */
function decode(bytes: Uint8Array, encoding: string): string | null | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (encoding) {
    case "utf-8":
    case "utf-16le":
    case "utf-16be":
      return decodeUnicode(buffer, encoding);
    case "utf-32le":
    case "utf-32be":
      return decodeUtf32(buffer, encoding === "utf-32le");
    default:
      return legacy.has(encoding) ? decodeLegacy(buffer, encoding) : undefined;
  }
}

function decodeUnicode(buffer: Buffer, encoding: string): string | null {
  try {
    return new TextDecoder(encoding, { fatal: true, ignoreBOM: true }).decode(buffer);
  } catch {
    return null;
  }
}

/**
 * iconv-lite reads these as Python does (a test compares them byte by byte). TextDecoder does not: it takes latin-1
 * for windows-1252, cp949 for euc-kr, and Node 20 gets windows-1252 itself wrong.
 */
const legacy: ReadonlySet<string> = new Set([
  "ascii",
  "koi8-r",
  "koi8-u",
  "cp437",
  "cp850",
  "cp852",
  "cp866",
  "cp874",
  ...[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 16].map((part) => `iso-8859-${part}`),
  ...[1250, 1251, 1252, 1253, 1254, 1255, 1256, 1257, 1258].map((page) => `cp${page}`),
  "shift_jis",
  "cp932",
  "euc-jp",
  "gb2312",
  "gbk",
  "euc-kr",
  "cp949",
  "cp950",
]);

/** No legacy encoding has U+FFFD: it stands for bytes that mean nothing. */
function decodeLegacy(buffer: Buffer, encoding: string): string | null {
  const text = iconv.decode(buffer, encoding, { stripBOM: false });
  if (text.includes("\uFFFD")) return null;
  const standard = standardForms[encoding] ?? {};
  return Object.entries(standard).reduce((fixed, [vendor, plain]) => fixed.replaceAll(vendor, plain), text);
}

/** Where the vendors' tables, which iconv-lite has, differ from the standards, which Python has. */
const japanese = {
  "\uFF5E": "\u301C",
  "\u2225": "\u2016",
  "\uFF0D": "\u2212",
  "\uFFE0": "\u00A2",
  "\uFFE1": "\u00A3",
  "\uFFE2": "\u00AC",
};
const standardForms: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  shift_jis: japanese,
  "euc-jp": japanese,
  gb2312: { "\u00B7": "\u30FB", "\u2014": "\u2015" },
};

/** With U+FFFD for what means nothing, as Python's errors="replace" puts it. */
function decodeLoosely(bytes: Uint8Array, encoding: string): string | null {
  if (/^utf-(?:8|16[lb]e)$/u.test(encoding)) return new TextDecoder(encoding, { ignoreBOM: true }).decode(bytes);
  return legacy.has(encoding) ? iconv.decode(Buffer.from(bytes), encoding, { stripBOM: false }) : null;
}

function decodeUtf32(buffer: Buffer, littleEndian: boolean): string | null {
  if (buffer.length % 4 !== 0) return null;
  const parts: string[] = [];
  for (let offset = 0; offset < buffer.length; offset += 4) {
    const point = littleEndian ? buffer.readUInt32LE(offset) : buffer.readUInt32BE(offset);
    if (point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) return null;
    parts.push(String.fromCodePoint(point));
  }
  return parts.join("");
}

/** The name in `legacy` of what Python calls so; its names have many spellings. */
export function normaliseName(name: string): string {
  const plain = name
    .toLowerCase()
    .replaceAll("_", "-")
    .replace(/-(?:unix|dos|mac)$/u, "");
  return (
    aliases[plain] ??
    plain.replace(/^(?:cp|windows)-?(\d{3,4})$/u, "cp$1").replace(/^iso-?8859-?(\d+)$/u, "iso-8859-$1")
  );
}

const aliases: Readonly<Record<string, string>> = {
  utf8: "utf-8",
  u8: "utf-8",
  utf: "utf-8",
  "utf-8-sig": "utf-8",
  cp65001: "utf-8",
  "us-ascii": "ascii",
  "646": "ascii",
  "latin-1": "iso-8859-1",
  latin1: "iso-8859-1",
  latin: "iso-8859-1",
  l1: "iso-8859-1",
  latin2: "iso-8859-2",
  latin5: "iso-8859-9",
  latin9: "iso-8859-15",
  "latin-9": "iso-8859-15",
  "shift-jis": "shift_jis",
  shiftjis: "shift_jis",
  sjis: "shift_jis",
  "s-jis": "shift_jis",
  ms932: "cp932",
  mskanji: "cp932",
  "windows-31j": "cp932",
  eucjp: "euc-jp",
  ujis: "euc-jp",
  "gb-2312": "gb2312",
  "euc-cn": "gb2312",
  euccn: "gb2312",
  chinese: "gb2312",
  cp936: "gbk",
  ms936: "gbk",
  "936": "gbk",
  euckr: "euc-kr",
  korean: "euc-kr",
  ms949: "cp949",
  uhc: "cp949",
  ms950: "cp950",
};
