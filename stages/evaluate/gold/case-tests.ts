import type { Target } from "../../python/lib/records.js";
import { parseModule } from "../../python/lib/parse-module.js";
import { parsePython, type SyntaxNode } from "../../python/lib/parser.js";
import { edited } from "../../python/lib/text-edits.js";
import type { Case } from "./cases.js";

const longestLine = 100;

/**
 * A test function a case: `==` compares, with `pytest.approx` around inexact numbers, and a generator is made a list
 * of.
 */
export function caseTests(target: Pick<Target, "name" | "code">, cases: readonly Case[]): string {
  const isIterated = isGenerator(target);
  return cases
    .map(({ args, expected }, index) => {
      const written = `${target.name}(${args.join(", ")})`;
      const [call, wanted] = [isIterated ? `list(${written})` : written, approximate(expected)];
      const line = `    assert ${call} == ${wanted}`;
      const body = line.length <= longestLine ? [line] : [`    result = ${call}`, `    assert result == ${wanted}`];
      return [`def test_${target.name}_${index + 1}():`, ...body].join("\n");
    })
    .join("\n\n\n");
}

/** Whether it yields by itself: what a function inside it yields does not count. */
function isGenerator({ name, code }: Pick<Target, "name" | "code">): boolean {
  const definition = parseModule(code).module.definitions.find((candidate) => candidate.name === name);
  return (
    definition !== undefined &&
    definition.node.descendantsOfType("yield").some((node) => enclosingFunction(node)?.id === definition.node.id)
  );
}

function enclosingFunction(node: SyntaxNode): SyntaxNode | null {
  let around = node.parent;
  while (around !== null && around.type !== "function_definition" && around.type !== "lambda") around = around.parent;
  return around;
}

/** Every float of the value stands for a range, so that any structure of lists can hold them. */
function approximate(expected: string): string {
  const floats = parsePython(expected).rootNode.descendantsOfType("float");
  return edited(
    expected,
    floats.map((node) => {
      const { startIndex: start, endIndex: end, text } = node.parent?.type === "unary_operator" ? node.parent : node;
      return { start, end, text: `pytest.approx(${text})` };
    }),
  );
}
