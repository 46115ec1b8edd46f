import { lastName } from "../../python/lib/dotted-name.js";
import type { SyntaxNode } from "../../python/lib/parser.js";
import { parsePython } from "../../python/lib/parser.js";

/** test_clamp, test_clamp_with_negative_value, test_parse_raises_value_error_with_empty_text. */
export function testName(
  target: string,
  { raises = null, label = "" }: { readonly raises?: string | null; readonly label?: string },
): string {
  const outcome = raises === null ? [] : ["raises", snakeCase(raises)];
  return ["test", target.replaceAll(/^_+|_+$/gu, ""), ...outcome, ...(label === "" ? [] : ["with", label])].join("_");
}

/** The name, or the name with the first number from 2 on that nobody has; takes it. */
export function freeName(name: string, taken: Set<string>): string {
  let free = name;
  for (let number = 2; taken.has(free); number += 1) free = `${name}_${number}`;
  taken.add(free);
  return free;
}

/**
 * Whether the name of a test says more than what it tests: test_clamp_below_low does, test_clamp, test_2 and
 * test_basic_case do not.
 */
export function saysWhatIsChecked(name: string, target: string): boolean {
  const known = new Set([...words(target), ...empty]);
  return words(name.replace(/^test_?/u, "")).some(
    (word) => word.length > 1 && !/^\d+$/u.test(word) && !known.has(word),
  );
}

const empty = [
  "test",
  "tests",
  "func",
  "function",
  "method",
  "class",
  "case",
  "cases",
  "basic",
  "simple",
  "example",
  "examples",
  "sample",
  "normal",
  "general",
  "default",
  "works",
  "work",
  "working",
  "correct",
  "correctly",
  "check",
  "checks",
  "result",
  "results",
  "output",
  "it",
  "part",
  "with",
  "one",
  "two",
  "three",
  "four",
  "five",
  "first",
  "second",
  "third",
  "another",
  "other",
];

/**
 * Names for the code of a test, the shortest first: by what is special about the arguments of its call of the target
 * (an empty text, a negative number), then by all of them. What they say is in the code, and says nothing of the value
 * that comes out.
 *
 * @param parameters names of the target's parameters that take arguments by position
 */
export function namesByRule(code: string, target: string, parameters: readonly string[]): string[] {
  const { rootNode } = parsePython(code);
  const raises = /\bpytest\.raises\(\s*\(?\s*([\w.]+)/u.exec(code)?.[1];
  const call = rootNode
    .descendantsOfType("call")
    .find((each) => lastName(each.childForFieldName("function")?.text ?? "") === target);
  const given = (call?.childForFieldName("arguments")?.namedChildren ?? [])
    .filter(({ type }) => type !== "comment")
    .map((node, index) => argument(node, parameters[index]));
  const special = given.flatMap(({ name, edge }) =>
    edge === null ? [] : [[edge, name ?? ""].filter(Boolean).join("_")],
  );
  const all = given.map(({ edge, shown }) => edge ?? shown);
  const labels = [special.slice(0, mostShown).join("_and_"), all.slice(0, mostShown).join("_")].filter(
    (label) => label !== "",
  );
  const names = [...labels, ""].map((label) =>
    testName(target, { raises: raises === undefined ? null : lastName(raises), label }),
  );
  return [...new Set(names)];
}

const mostShown = 3;
const longestText = 24;

interface Argument {
  readonly name: string | null;
  /** What is special about it: empty, zero, negative. */
  readonly edge: string | null;
  /** The value in words. */
  readonly shown: string;
}

function argument(node: SyntaxNode, parameter: string | undefined): Argument {
  const isNamed = node.type === "keyword_argument";
  const value = (isNamed ? node.childForFieldName("value") : node) ?? node;
  const name = isNamed ? (node.childForFieldName("name")?.text ?? null) : (parameter ?? null);
  return { name, edge: edgeOf(value, name !== null), shown: shownValue(value) };
}

/** With the name of its parameter, what kind of value it is goes without saying. */
function edgeOf(node: SyntaxNode, isNamed: boolean): string | null {
  const kind = (name: string) => (isNamed ? "empty" : `empty_${name}`);
  const text = node.type === "string" ? /^[a-z]*("""|'''|"|')(.*)\1$/isu.exec(node.text)?.[2] : undefined;
  if (text !== undefined) return text === "" ? kind("text") : /^\s+$/u.test(text) ? "blank" : null;
  if (node.type === "none") return "none";
  if (/^-?0(?:\.0*)?$/u.test(node.text)) return "zero";
  if (node.type === "unary_operator" && /^-[\d.]+$/u.test(node.text)) return "negative";
  const name = containers[node.type];
  if (name !== undefined && node.namedChildren.length === 0) return kind(name);
  return node.text === "set()" ? kind("set") : null;
}

const containers: Readonly<Record<string, string>> = { list: "list", tuple: "tuple", dictionary: "dict", set: "set" };

function shownValue(node: SyntaxNode): string {
  const name = containers[node.type];
  if (name !== undefined) return `${name}_of_${node.namedChildren.filter(({ type }) => type !== "comment").length}`;
  if (node.type === "string") return words(node.text).join("_").slice(0, longestText).replace(/_$/u, "") || "text";
  if (/^[\d.]+$/u.test(node.text)) return node.text.replace(".", "_");
  return /^(?:true|false)$/u.test(node.type)
    ? node.type
    : (/^\w+$/u.test(node.text) ? words(node.text).join("_") : "") || node.type.split("_")[0] || "value";
}

/** Of a name or a text, in lower case: letters and digits of ASCII, as names of tests are written. */
function words(text: string): string[] {
  return snakeCase(text)
    .split(/[^a-z\d]+/u)
    .filter((word) => word !== "");
}

function snakeCase(name: string): string {
  return name.replaceAll(/(?<=[a-z\d])(?=[A-Z])/gu, "_").toLowerCase();
}
