import type { Target } from "../../../python/lib/records.js";
import { pythonName } from "../../../python/lib/identifier.js";
import type { Definition, PythonModule } from "../../../python/lib/module.js";
import { isLabel } from "../../../python/lib/nodes.js";
import type { SyntaxNode } from "../../../python/lib/parser.js";
import type { KnownNames } from "./own-imports.js";
import { fixturesIn } from "./fixtures.js";
import { requestsIn, routeOf } from "./requests.js";

/** How clearly a test is one of a target; the first figure that differs decides, the larger one wins. */
type Claim = readonly [named: number, direct: number, asserted: number, specific: number, position: number];

/**
 * The target that a test is of: one that it calls, itself or in what it uses of the file; of a route, one that it sends
 * a request to. Where it calls several, the one that its name names; else the one that an assertion is about; else the
 * method rather than its class, and the last one. null where it calls none.
 */
export function ownerOf(
  test: Definition,
  module: PythonModule,
  targets: readonly Target[],
  known: KnownNames,
): Target | null {
  const own = test.decorated;
  const around = supportOf(test, module);
  const claims = targets.flatMap((target) => {
    const references = [
      ...referencesTo(target, [own], [own, ...around], targets, known).map((node) => ({ node, direct: 1 })),
      ...referencesTo(target, around, [own, ...around], targets, known).map((node) => ({ node, direct: 0 })),
    ];
    const named = wordsShared(test.qualifiedName, target);
    return references.map(({ node, direct }) => ({
      target,
      claim: [named, direct, isAsserted(node) ? 1 : 0, specificity(target), node.startIndex] as const,
    }));
  });
  return claims.toSorted((a, b) => compare(b.claim, a.claim))[0]?.target ?? null;
}

function compare(one: Claim, other: Claim): number {
  const differs = one.findIndex((figure, index) => figure !== other[index]);
  return differs === -1 ? 0 : (one[differs] ?? 0) - (other[differs] ?? 0);
}

/** What a test uses of its file: helpers, fixtures, and what stands in its class beside the tests. */
function supportOf({ needs, node, parent }: Definition, { statements, definitions }: PythonModule): SyntaxNode[] {
  const members =
    parent === null ? [] : definitions.filter((member) => member.parent === parent && !member.name.startsWith("test"));
  const queue = [...needs, ...parametersOf(node), ...members.flatMap((member) => [...member.needs])];
  const found = new Set<SyntaxNode>(members.map(({ decorated }) => decorated));
  const seen = new Set<string>();
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (seen.has(name)) continue;
    seen.add(name);
    for (const statement of statements) {
      if (!statement.binds.has(name) || statement.imports.length > 0) continue;
      found.add(statement.node);
      queue.push(...statement.needs, ...fixturesIn(statement.node));
    }
  }
  return [...found];
}

/** pytest looks for fixtures of these names. */
function parametersOf(node: SyntaxNode): string[] {
  return node.childForFieldName("parameters")?.namedChildren.map(({ text }) => pythonName(text)) ?? [];
}

/** @param everywhere where the class of a method has to be named: an attribute alone may be of anything */
function referencesTo(
  target: Target,
  nodes: readonly SyntaxNode[],
  everywhere: readonly SyntaxNode[],
  targets: readonly Target[],
  known: KnownNames,
): SyntaxNode[] {
  if (target.route !== undefined) {
    return nodes
      .flatMap((node) => requestsIn(node))
      .filter((request) => routeOf(request, targets) === target)
      .map(({ node }) => node);
  }
  const [callee = "", ...members] = target.qualifiedName.split(".");
  const uses = (within: readonly SyntaxNode[]) =>
    within.flatMap((node) => usesOf(node, { module: target.module, callee }, known));
  if (members.length === 0) return uses(nodes);
  if (uses(everywhere).length === 0) return [];
  return nodes
    .flatMap((node) => node.descendantsOfType("attribute"))
    .flatMap((node) => {
      const attribute = node.childForFieldName("attribute");
      return attribute !== null && pythonName(attribute.text) === target.name ? [attribute] : [];
    });
}

/** Where a name of a module is used, as it was imported, or as an attribute of its module. */
function usesOf(
  node: SyntaxNode,
  { module, callee }: { readonly module: string; readonly callee: string },
  known: KnownNames,
): SyntaxNode[] {
  const names = node.descendantsOfType("identifier").filter((identifier) => {
    if (isLabel(identifier)) return false;
    const origin = known.get(pythonName(identifier.text));
    return origin?.module === module && origin.name === callee;
  });
  const attributes = node.descendantsOfType("attribute").filter((attribute) => {
    const object = pythonName(attribute.childForFieldName("object")?.text ?? "");
    const [first = "", ...rest] = object.split(".");
    const origin = known.get(first);
    return (
      pythonName(attribute.childForFieldName("attribute")?.text ?? "") === callee &&
      origin?.name === null &&
      [origin.module, ...rest].join(".") === module
    );
  });
  return [...names, ...attributes];
}

/** In an assertion, or where an exception is expected. */
function isAsserted(node: SyntaxNode): boolean {
  for (let outer = node.parent; outer !== null && outer.type !== "function_definition"; outer = outer.parent) {
    if (
      outer.type === "assert_statement" ||
      (outer.type === "with_statement" && outer.text.slice(0, outer.text.indexOf("\n")).includes("raises"))
    )
      return true;
  }
  return false;
}

function specificity({ qualifiedName, targetKind }: Target): number {
  return qualifiedName.split(".").length + (targetKind === "class" ? 0 : 1);
}

/** How many characters of a target's name the name of a test, or of its class, holds as words of their own. */
function wordsShared(test: string, { qualifiedName, route, name }: Target): number {
  const words = `_${snake(test)}_`;
  const parts = route === undefined ? qualifiedName.split(".") : [name];
  const last = snake(parts.at(-1) ?? "");
  // A class alone does not name its method.
  return words.includes(`_${last}_`)
    ? parts
        .map(snake)
        .filter((part) => words.includes(`_${part}_`))
        .join("").length
    : 0;
}

/** TestCart.test_add, HTTPError: test_cart_test_add, http_error. */
function snake(name: string): string {
  return name
    .replaceAll(/([a-z\d])([A-Z])/gu, "$1_$2")
    .replaceAll(/([A-Z])([A-Z][a-z])/gu, "$1_$2")
    .replaceAll(/[^\p{L}\p{N}]+/gu, "_")
    .toLowerCase()
    .replace(/^_+|_+$/gu, "");
}
