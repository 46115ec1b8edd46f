import type { Expectation } from "../lib/evidence/schema.js";
import { parsePython } from "../../python/lib/parser.js";
import { testFunctions } from "../lib/test-functions.js";

/** Longest expectation that is told. */
const longest = 100;

/** The tests with what the model had expected behind every assertion that says what the code answers instead. */
export function explained(response: string, expectations: readonly Expectation[]): string {
  return expectations.reduce((text, { test, asked, expected, recorded }) => {
    if (test === null || recorded === null) return text;
    const code = testFunctions(text).findLast(({ name }) => name === test)?.code ?? "";
    const lines = code.split("\n").filter((line) => holds(line, recorded) && !line.includes(mark));
    const line = lines.find((each) => withoutSpace(each).includes(withoutSpace(asked))) ?? lines[0];
    const told = expected.length <= longest ? expected : `${expected.slice(0, longest - 1)}…`;
    return line === undefined ? text : withComment(text, line, `${mark}${told}`);
  }, response);
}

const mark = "# the model expected: ";

function holds(line: string, recorded: string): boolean {
  const [, exception] = /^raises ([\w.]+)/u.exec(recorded) ?? [];
  return withoutSpace(line).includes(exception === undefined ? withoutSpace(recorded) : `raises(${exception}`);
}

/** Unless it would stand inside of a text. `line` may be indented otherwise. */
function withComment(text: string, line: string, comment: string): string {
  const lines = text.split("\n");
  const row = lines.findIndex((each) => each.trimStart() === line.trimStart() && !each.includes(mark));
  if (row === -1) return text;
  const explainedText = lines.with(row, `${lines[row]}  ${comment}`).join("\n");
  return comments(explainedText) > comments(text) ? explainedText : text;
}

function comments(text: string): number {
  return parsePython(text).rootNode.descendantsOfType("comment").length;
}

function withoutSpace(text: string): string {
  return text.replaceAll(/\s+/gu, "");
}
