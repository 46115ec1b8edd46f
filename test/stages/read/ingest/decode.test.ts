import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { decodeText } from "../../../../stages/read/lib/decode.js";

const bytes = (...parts: readonly (string | readonly number[])[]) =>
  Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part, "latin1") : Buffer.from(part))));
const utf16be = (text: string) => Buffer.from(text, "utf16le").swap16();
const utf32le = (text: string) =>
  Buffer.concat(
    Array.from(text, (character) => {
      const unit = Buffer.alloc(4);
      unit.writeUInt32LE(character.codePointAt(0) ?? 0);
      return unit;
    }),
  );

describe("decodes", () => {
  it.each([
    ["UTF-8", Buffer.from('x = "é 🐍"\n'), 'x = "é 🐍"\n', "utf-8"],
    ["UTF-8 with a mark", bytes([0xef, 0xbb, 0xbf], "x = 1\n"), "x = 1\n", "utf-8"],
    ["UTF-8 with a mark and a cookie", bytes([0xef, 0xbb, 0xbf], "# coding: utf8\n"), "# coding: utf8\n", "utf-8"],
    ["nothing", Buffer.alloc(0), "", "utf-8"],
    [
      "UTF-16 LE",
      Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('x = "é🐍"', "utf16le")]),
      'x = "é🐍"',
      "utf-16le",
    ],
    ["UTF-16 BE", Buffer.concat([Buffer.from([0xfe, 0xff]), utf16be('x = "é"')]), 'x = "é"', "utf-16be"],
    ["UTF-32 LE", Buffer.concat([Buffer.from([0xff, 0xfe, 0, 0]), utf32le('x = "🐍"')]), 'x = "🐍"', "utf-32le"],
    [
      "a cookie in the first line",
      bytes("# -*- coding: latin-1 -*-\nx = '", [0xe9, 0x80], "'\n"),
      "# -*- coding: latin-1 -*-\nx = 'é\u0080'\n",
      "iso-8859-1",
    ],
    [
      "a cookie in the second line",
      bytes("#!/usr/bin/python\n# vim: set fileencoding=cp1252 :\nx = '", [0x80, 0x92], "'\n"),
      "#!/usr/bin/python\n# vim: set fileencoding=cp1252 :\nx = '€’'\n",
      "cp1252",
    ],
    [
      "a cookie after a blank line",
      bytes("\n# coding=iso-8859-15\n'", [0xa4], "'"),
      "\n# coding=iso-8859-15\n'€'",
      "iso-8859-15",
    ],
    [
      "Japanese",
      bytes("# coding: shift_jis\n# ", [0x93, 0xfa, 0x96, 0x7b, 0x81, 0x60]),
      "# coding: shift_jis\n# 日本〜",
      "shift_jis",
    ],
    ["Chinese", bytes("# coding: gbk\n# ", [0xd6, 0xd0, 0xce, 0xc4]), "# coding: gbk\n# 中文", "gbk"],
    ["line ends of Windows and of old", bytes("a\r\nb\rc\n"), "a\nb\nc\n", "utf-8"],
  ])("%s", (_, file, text, encoding) => {
    expect(decodeText(file, "python")).toEqual({ text, encoding });
  });

  it("no cookie where Python sees none: after code, in the third line, in another language", () => {
    expect(decodeText(bytes("x = 1\n# coding: latin-1\n", [0xe9]), "python")).toEqual({
      reason: { code: "encoding", text: "encoding: not valid utf-8, and nothing in the file names another encoding" },
    });
    expect(decodeText(bytes("#\n#\n# coding: latin-1\n", [0xe9]), "python")).toHaveProperty("reason");
    expect(decodeText(bytes("# coding: latin-1\n", [0xe9]), "markdown")).toHaveProperty("reason");
    expect(decodeText(bytes("# coding: nonsuch\n"), "markdown")).toHaveProperty("text");
  });
});

it("refuses a pointer of Git LFS as what it is, with what to do", () => {
  const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${"0".repeat(64)}\nsize 12345\n`;
  expect(decodeText(bytes(pointer), "python")).toEqual({
    reason: {
      code: "lfs-pointer",
      text: "content: a pointer of Git LFS, not the file itself",
      fix: expect.stringContaining("git lfs pull") as string,
    },
  });
  expect(decodeText(bytes(`# about ${pointer}`), "python")).toHaveProperty("text");
});

describe("refuses", () => {
  it.each([
    [
      "bytes that are not UTF-8",
      bytes("x = '", [0xe9], "'\n"),
      /^encoding: not valid utf-8, and nothing in the file names another encoding$/u,
    ],
    [
      "bytes that the cookie's encoding does not have",
      bytes("# coding: ascii\n", [0xe9]),
      /^encoding: not valid ascii$/u,
    ],
    ["bytes that mean nothing in a code page", bytes("# coding: cp1252\n", [0x81]), /^encoding: not valid cp1252$/u],
    ["half a character", bytes("# coding: gbk\n", [0xd6]), /^encoding: not valid gbk$/u],
    ["an encoding that no one knows", bytes("# coding: klingon\n"), /^encoding: "klingon" is none that is known$/u],
    ["an encoding that would be read wrongly", bytes("# coding: big5\n"), /none that is known/u],
    [
      "a mark and a cookie that differ",
      bytes([0xef, 0xbb, 0xbf], "# coding: latin-1\n"),
      /byte order mark says UTF-8, the coding cookie says latin-1/u,
    ],
    ["NUL", bytes("x = 1\0\n"), /NUL/u],
    ["half a UTF-16 character", bytes([0xff, 0xfe, 0x41]), /not valid utf-16le/u],
    ["a surrogate in UTF-32", bytes([0xff, 0xfe, 0, 0, 0, 0xd8, 0, 0]), /not valid utf-32le/u],
    ["UTF-8 of a surrogate", bytes([0xed, 0xa0, 0x80]), /not valid utf-8/u],
  ])("%s", (_, file, reason) => {
    expect(decodeText(file, "python")).toEqual({ reason: { code: "encoding", text: expect.stringMatching(reason) } });
  });
});

/**
 * Every byte of an encoding, and every pair of bytes of an Asian one, as Python decodes them, a line each; in groups of
 * one first byte.
 */
const python = `
import json, sys
table = {}
pairs = {"shift_jis", "cp932", "euc_jp", "gb2312", "gbk", "euc_kr", "cp949", "cp950"}
for name in sys.argv[1:]:
    groups = table[name] = []
    for first in range(1, 256):
        rows = []
        for tail in [b""] + ([bytes([second]) for second in range(1, 256)] if first >= 0x80 and name in pairs else []):
            data = bytes([first]) + tail
            try:
                if not set(data) & {10, 13}: rows.append([data.hex(), data.decode(name)])
            except UnicodeDecodeError:
                pass
        if rows: groups.append(rows)
sys.stdout.write(json.dumps(table))`;

describe("reads every character as Python reads it:", () => {
  const names = [
    "ascii",
    "latin-1",
    "latin9",
    "koi8-r",
    "koi8_u",
    "cp437",
    "cp850",
    "cp852",
    "cp866",
    "cp874",
    "shift_jis",
    "cp932",
    "euc_jp",
    "gb2312",
    "gbk",
    "euc_kr",
    "cp949",
    "cp950",
    ...[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 16].map((part) => `iso-8859-${part}`),
    ...[0, 1, 2, 3, 4, 5, 6, 7, 8].map((page) => `windows-125${page}`),
  ];
  const table = JSON.parse(
    execFileSync("python3", ["-c", python, ...names], { maxBuffer: 2 ** 30, encoding: "utf8" }),
  ) as Record<string, [string, string][][]>;
  const decodeRows = (name: string, rows: readonly (readonly [string, string])[]) =>
    decodeText(
      Buffer.concat([Buffer.from(`# coding: ${name}\n`), Buffer.from(rows.map(([hex]) => `${hex}0a`).join(""), "hex")]),
      "python",
    );
  const asPython = (name: string, rows: readonly (readonly [string, string])[]) =>
    `# coding: ${name}\n${rows.map(([, text]) => `${text}\n`).join("")}`;

  it.each(names)("%s", (name) => {
    const groups = table[name] ?? [];
    expect(groups.flat().length).toBeGreaterThan(100);
    const units = refusable.has(name) ? groups.flat().map((row) => [row]) : groups;
    const wrong = units.filter((rows) => {
      const decoded = decodeRows(name, rows);
      return "text" in decoded ? decoded.text !== asPython(name, rows) : !refusable.has(name);
    });
    expect(wrong).toEqual([]);
  });
});

/** Python knows some characters of these that are refused here; none is read wrongly. */
const refusable: ReadonlySet<string> = new Set(["cp932", "cp950"]);
