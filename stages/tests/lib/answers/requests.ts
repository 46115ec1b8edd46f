import type { Target } from "../../../python/lib/records.js";
import type { SyntaxNode } from "../../../python/lib/parser.js";

/** A request that a test client sends. */
export interface Request {
  readonly node: SyntaxNode;
  readonly method: string;
  /** Without the query; what is known only at run time is `*`. */
  readonly path: string;
}

const methods: ReadonlySet<string> = new Set(["get", "post", "put", "patch", "delete", "head", "options"]);

/** The requests in a piece of code: client.get("/a"), client.request("GET", "/a"), client.open("/a", method="POST"). */
export function requestsIn(code: SyntaxNode): Request[] {
  const calls = [...(code.type === "call" ? [code] : []), ...code.descendantsOfType("call")];
  return calls.flatMap((node) => {
    const called = node.childForFieldName("function");
    const name = called?.type === "attribute" ? (called.childForFieldName("attribute")?.text ?? "") : "";
    const given = node.childForFieldName("arguments")?.namedChildren ?? [];
    const [first, second] = given.filter(({ type }) => type !== "keyword_argument" && type !== "comment");
    if (methods.has(name)) return requestOf(node, name, first ?? keyword(given, "url") ?? keyword(given, "path"));
    if (name === "request")
      return requestOf(node, pathText(first ?? keyword(given, "method")), second ?? keyword(given, "url"));
    if (name === "open")
      return requestOf(node, pathText(keyword(given, "method")) || "get", first ?? keyword(given, "path"));
    return [];
  });
}

/** The target among them that a request is sent to; of several whose paths fit, the one with the fewest parameters. */
export function routeOf({ method, path }: Request, targets: readonly Target[]): Target | null {
  const fitting = targets.filter(({ route }) => route?.method === method && patternOf(route.path).test(trimmed(path)));
  return fitting.toSorted((a, b) => parametersIn(a) - parametersIn(b))[0] ?? null;
}

function requestOf(node: SyntaxNode, method: string, path: SyntaxNode | undefined): Request[] {
  const text = pathText(path);
  return text === "" ? [] : [{ node, method: method.toUpperCase(), path: text.replace(/[?#].*$/su, "") }];
}

function keyword(given: readonly SyntaxNode[], name: string): SyntaxNode | undefined {
  const found = given.find(
    (argument) => argument.type === "keyword_argument" && argument.childForFieldName("name")?.text === name,
  );
  return found?.childForFieldName("value") ?? undefined;
}

/** A text as far as it is written down: f"/orders/{id}" and "/orders/" + id are /orders/*. */
function pathText(node: SyntaxNode | undefined): string {
  if (node === undefined) return "";
  switch (node.type) {
    case "string":
      return node.namedChildren
        .map(({ type, text }) => (type === "interpolation" ? "*" : type === "string_content" ? text : ""))
        .join("");
    case "concatenated_string":
      return node.namedChildren.map(pathText).join("");
    case "binary_operator":
      return [node.childForFieldName("left"), node.childForFieldName("right")]
        .map((side) => pathText(side ?? undefined))
        .join("");
    case "parenthesized_expression":
      return pathText(node.namedChildren[0]);
    case "call": {
      // "/orders/{}".format(id)
      const called = node.childForFieldName("function");
      const format =
        called?.type === "attribute" && called.childForFieldName("attribute")?.text === "format"
          ? called.childForFieldName("object")
          : null;
      return format === null ? "*" : pathText(format ?? undefined).replaceAll(/\{[^}]*\}/gu, "*");
    }
    default:
      return "*";
  }
}

const parameter = /\{[^}]*\}|<[^>]*>/gu;

function parametersIn({ route }: Target): number {
  return route?.path.match(parameter)?.length ?? 0;
}

/** /orders/{id}, /files/{name:path}, /orders/<int:id> as an expression for the paths that they serve. */
function patternOf(path: string): RegExp {
  const literals = trimmed(path)
    .split(parameter)
    .map((text) => text.replaceAll(/[.*+?^${}()|[\]\\]/gu, String.raw`\$&`));
  const values = (trimmed(path).match(parameter) ?? []).map((written) =>
    /[:<]path\b/u.test(written) ? ".+" : "[^/]+",
  );
  return new RegExp(`^${literals.map((text, index) => text + (values[index] ?? "")).join("")}$`, "u");
}

function trimmed(path: string): string {
  return path.replace(/^https?:\/\/[^/]+/u, "").replace(/(?<=.)\/$/u, "");
}
