import { lastName } from "../../../python/lib/dotted-name.js";
import type { SyntaxNode } from "../../../python/lib/parser.js";
import { parseModule } from "../../../python/lib/parse-module.js";
import { nameInPytest } from "../test-functions.js";
import type { Rule } from "./fix.js";

/**
 * Reads the iterator that the target returned, where a test compares it with what it yields: `assert pairs(x) == [1,
 * 2]` is false whatever the iterator yields.
 */
export const unreadIterator: Rule = {
  name: "iterator",
  isFor: ({ reason, detail }) =>
    reason === "wrong-value" &&
    /(?:assert|==) <(?:generator|itertools|zip|map|filter|enumerate|reversed|[a-z_]*itera)/u.test(detail),

  async mend({ response, target, failures }) {
    const { module } = parseModule(response);
    const failed = new Set(failures.map(({ test }) => test));
    const calls = module.definitions
      .filter((definition) => failed.has(nameInPytest(definition)))
      .flatMap(({ node }) =>
        node
          .descendantsOfType("comparison_operator")
          .flatMap((comparison) => unreadCalls(comparison, lastName(target.qualifiedName))),
      );
    if (calls.length === 0) return null;
    return calls
      .toReversed()
      .reduce(
        (code, { node: { startIndex, endIndex, text }, reader }) =>
          `${code.slice(0, startIndex)}${reader}(${text})${code.slice(endIndex)}`,
        module.text,
      );
  },
};

interface UnreadCall {
  readonly node: SyntaxNode;
  /** What reads it into a value of the kind that it is compared with. */
  readonly reader: string;
}

/** Calls of the target in `CALL == DISPLAY` or `DISPLAY == CALL`. */
function unreadCalls({ namedChildren, children }: SyntaxNode, name: string): UnreadCall[] {
  const [left, right, more] = namedChildren;
  if (!left || !right || more || !children.some(({ type }) => type === "==")) return [];
  return [
    [left, right],
    [right, left],
  ].flatMap(([call, value]) => {
    const reader = readers.get(value?.type ?? "");
    const called = call?.type === "call" ? call.childForFieldName("function")?.text : undefined;
    return reader !== undefined && called !== undefined && lastName(called) === name ? [{ node: call!, reader }] : [];
  });
}

/** A display, as the grammar calls it, to the built-in that makes one of an iterator. */
const readers: ReadonlyMap<string, string> = new Map([
  ["list", "list"],
  ["list_comprehension", "list"],
  ["tuple", "tuple"],
  ["set", "set"],
]);
