import { execaSync } from "execa";
import { expect, it } from "vitest";
import { countLines, strip } from "../../pipeline/system/strip.js";

/** What python3 answers for each of the texts. */
function inPython<T>(expression: string, texts: readonly string[]): T[] {
  const program = `import json, sys; print(json.dumps([${expression} for text in json.load(sys.stdin)]))`;
  const { stdout } = execaSync("python3", ["-c", program], { input: JSON.stringify(texts) });
  return JSON.parse(stdout) as T[];
}

const characters = Array.from({ length: 0xd800 }, (_, point) => String.fromCodePoint(point));
const others = Array.from({ length: 0x2000 }, (_, index) => String.fromCodePoint(0xe000 + index));

it("takes off what Python's str.strip() takes off, of every character of the first plane", () => {
  const texts = [...characters, ...others].map((character) => `${character}a${character}b${character}${character}`);
  expect(texts.map(strip)).toEqual(inPython("text.strip()", texts));
  expect(["", " \u0085\n", "\uFEFF a "].map(strip)).toEqual(["", "", "\uFEFF a"]);
});

it("counts the lines that Python's str.splitlines() tells", () => {
  const ends = [...characters.slice(0, 0x3000), "\r\n", "\n\r", "\r\r\n\n"];
  const texts = ends.flatMap((end) => [`a${end}b`, `a${end}`, end, `${end}${end}c`]);
  expect([...texts, ""].map(countLines)).toEqual(inPython("len(text.splitlines())", [...texts, ""]));
});
