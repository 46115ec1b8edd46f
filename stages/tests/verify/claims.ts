import type { PytestEvidence } from "../lib/evidence/pytest-evidence.js";
import { lastName } from "../../python/lib/dotted-name.js";
import { pythonName } from "../../python/lib/identifier.js";
import type { SyntaxNode } from "../../python/lib/parser.js";
import { parseModule } from "../../python/lib/parse-module.js";

/**
 * Whether repaired tests say of a call what the tests before said of it, or nothing: an assertion that is changed until
 * it fits what the code answers proves nothing, and hides a bug. A claim is an assertion, or a block that expects an
 * exception, with the calls of the target in it, or the requests that are sent to its route; local names are seen
 * through.
 *
 * @returns the first claim that differs; null where there is none.
 */
export function editedClaim(
  before: string,
  after: string,
  { name, route }: Pick<PytestEvidence["target"], "name" | "route">,
): string | null {
  const called = new Set(route === undefined ? [name] : [route.method.toLowerCase(), "request", "open"]);
  const said = new Map<string, Set<string>>();
  for (const { text, calls } of claimsOf(before, called)) {
    for (const call of calls) said.set(call, (said.get(call) ?? new Set()).add(text));
  }
  const edited = claimsOf(after, called).find(({ text, calls }) =>
    calls.some((call) => said.get(call)?.has(text) === false),
  );
  return edited?.text ?? null;
}

interface Claim {
  readonly text: string;
  readonly calls: readonly string[];
}

function claimsOf(code: string, called: ReadonlySet<string>): Claim[] {
  const { module } = parseModule(code);
  return module.definitions
    .filter(({ kind }) => kind === "function")
    .flatMap(({ node }) => {
      const values = assignedOnce(node);
      return node
        .descendantsOfType(["assert_statement", "with_statement"])
        .filter(
          ({ type, text }) =>
            type === "assert_statement" || /^with\s+(?:pytest|self)\.(?:raises|assertRaises)/u.test(text),
        )
        .map((claim) => ({ text: seenThrough(claim, values), calls: callsIn(claim, values, called) }));
    });
}

/** Local names that stand for one expression: `result = f(1)`. */
function assignedOnce(node: SyntaxNode): ReadonlyMap<string, SyntaxNode> {
  const found = new Map<string, SyntaxNode | null>();
  for (const assignment of node.descendantsOfType("assignment")) {
    const name = assignment.childForFieldName("left");
    const value = assignment.childForFieldName("right");
    if (name?.type === "identifier" && value !== null) found.set(name.text, found.has(name.text) ? null : value);
  }
  return new Map([...found].filter((entry): entry is [string, SyntaxNode] => entry[1] !== null));
}

function seenThrough(node: SyntaxNode, values: ReadonlyMap<string, SyntaxNode>): string {
  return tokens(node)
    .map((token) => {
      const value = token.type === "identifier" && !isAttributeName(token) ? values.get(token.text) : undefined;
      return normalised(value ?? token);
    })
    .join(" ");
}

/** The `status_code` of `response.status_code`: `response` itself is a name like any other. */
function isAttributeName({ parent, id }: SyntaxNode): boolean {
  return parent?.type === "attribute" && parent.childForFieldName("attribute")?.id === id;
}

function callsIn(claim: SyntaxNode, values: ReadonlyMap<string, SyntaxNode>, called: ReadonlySet<string>): string[] {
  const named = claim.descendantsOfType("identifier").flatMap(({ text }) => values.get(text) ?? []);
  return [claim, ...named]
    .flatMap((node) => [...(node.type === "call" ? [node] : []), ...node.descendantsOfType("call")])
    .filter((call) => called.has(pythonName(lastName(call.childForFieldName("function")?.text ?? ""))))
    .map(normalised);
}

/** Without what a writer may choose freely: white space and the kind of quotes. */
function normalised(node: SyntaxNode): string {
  return tokens(node)
    .map(({ type, text }) => (type === "string" ? text.replaceAll("'", '"') : text))
    .join(" ");
}

function tokens(node: SyntaxNode): SyntaxNode[] {
  return node.type === "string" || node.childCount === 0 ? [node] : node.children.flatMap(tokens);
}
