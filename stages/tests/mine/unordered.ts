import { compared } from "../../python/lib/operand.js";
import type { SyntaxNode } from "../../python/lib/parser.js";

/**
 * A comparison that holds where two collections have the same elements as often, in whatever order; null where nothing
 * shows that one can be written. One of the two has to be written out: its elements tell what the other's have to
 * equal.
 */
export function unorderedComparison(
  a: SyntaxNode,
  b: SyntaxNode,
): { readonly test: string; readonly imports?: readonly string[] } | null {
  const written = [a, b].find(({ type }) => /^(?:list|tuple|set)$/u.test(type));
  if (written === undefined) return null;
  const elements = written.namedChildren.filter(({ type }) => type !== "comment");
  if (elements.length === 0) return { test: `list(${a.text}) == list(${b.text})` };
  const kinds = new Set(elements.map(kindOf));
  const [kind] = kinds;
  if (kinds.size !== 1 || kind === null || kind === undefined) return null;
  return { test: `${sorted(a)} == ${sorted(b)}` };
}

function sorted(node: SyntaxNode): string {
  return `sorted(${node.type === "named_expression" ? compared(node) : node.text})`;
}

/** What an element can be ordered among; null where it may have no order. */
function kindOf(node: SyntaxNode): string | null {
  switch (node.type) {
    case "string":
      return node.namedChildren.some(({ type }) => type === "interpolation")
        ? null
        : /^[rR]?[bB]/u.test(node.text)
          ? "bytes"
          : "text";
    case "integer":
    case "float":
    case "true":
    case "false":
      return /[jJ]$/u.test(node.text) ? null : "number";
    case "unary_operator":
      return node.namedChildCount === 1 && /^[-+]/u.test(node.text) && node.namedChild(0) !== null
        ? kindOf(node.namedChild(0) as SyntaxNode)
        : null;
    case "tuple":
    case "list": {
      const inner = node.namedChildren.map(kindOf);
      return inner.some((kind) => kind === null) ? null : `${node.type}(${inner.join(",")})`;
    }
    default:
      return null;
  }
}
