import stringWidth from "string-width";
import { expect, it } from "vitest";
import { table } from "../../pipeline/cli/table.js";

const rows = [
  ["name", "size", "good for"],
  ["coder-1.5b", "1.1 GB", "chooses the best calls of these, and takes three times as long"],
  ["tiny", "98 MB", "runs anywhere"],
];

it("breaks the last column at words within the screen, and leaves it whole where there is none", () => {
  expect(table(rows, { right: [1], width: 48 }).split("\n")).toEqual([
    "name          size  good for",
    "coder-1.5b  1.1 GB  chooses the best calls of",
    "                    these, and takes three times",
    "                    as long",
    "tiny         98 MB  runs anywhere",
  ]);
  expect(table(rows, { right: [1] }).split("\n")).toHaveLength(3);
});

it("goes beyond the screen only with a word that is longer, and where other columns leave no room", () => {
  const path = "/a/folder/".repeat(9);
  expect(table([["here", path]], { width: 40 })).toBe(`here  ${path}`);
  const wide = table([["x".repeat(60), "one two three four five six seven"]], { width: 64 }).split("\n");
  expect(wide.map((line) => stringWidth(line))).toEqual([85, 71]);
});
