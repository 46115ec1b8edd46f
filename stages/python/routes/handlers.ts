import { type Reason, reason } from "../../../pipeline/contract/reasons.js";
import type { Project } from "./project.js";
import { type Handled, shortened } from "./router.js";
import type { Defined } from "./scope.js";
import { argumentsOf, type Expression } from "./values.js";

/** The methods of HTTP that handlers answer, in the order in which those of one class become routes. */
export const httpMethods = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE"] as const;

/**
 * The functions that answer, for a function or a class that is registered as a handler: a class answers by its methods
 * `get`, `post`, ...; what wraps a function (`login_required(view)`) stands for it.
 * @param methods as registered; null: the handler's own, GET for a function
 */
export function handledBy(
  project: Project,
  expression: Expression,
  methods: readonly string[] | null,
): readonly Handled[] | { readonly unknown: Reason } {
  const found = endpointOf(project, expression);
  if (found === null)
    return { unknown: reason("unknown-handler", `the handler cannot be told: ${shortened(expression.node.text)}`) };
  const { type, defined } = found;
  if (type === "function") return (methods ?? ["GET"]).map((method) => ({ method, handler: defined }));
  const own = methodsOfClass(project, defined);
  const handled = httpMethods.flatMap((method) => {
    const handler = own.get(method.toLowerCase());
    return handler === undefined || methods?.includes(method) === false ? [] : [{ method, handler }];
  });
  const dispatch = own.get("dispatch_request");
  if (handled.length === 0 && dispatch !== undefined)
    return (methods ?? ["GET"]).map((method) => ({ method, handler: dispatch }));
  return handled.length > 0
    ? handled
    : { unknown: reason("no-answering-method", `the class ${defined.name} has no method of its own that answers`) };
}

/** The methods that a list names; null where there is none. */
export function methodsIn(
  project: Project,
  list: Expression | null,
): readonly string[] | null | { readonly unknown: Reason } {
  if (list === null || list.node.type === "none") return null;
  const texts = project.items(list)?.map((item) => project.text(item)) ?? [null];
  const methods = texts.flatMap((text) => (text === null ? [] : [text.toUpperCase()]));
  return methods.length === texts.length && methods.length > 0
    ? methods
    : { unknown: reason("computed-methods", `computed methods: ${shortened(list.node.text)}`) };
}

function endpointOf(
  project: Project,
  { node, scope }: Expression,
): { readonly type: "function" | "class"; readonly defined: Defined } | null {
  const values = project.resolve({ node, scope });
  for (const value of values) {
    if (value.type === "function" || value.type === "class") return { type: value.type, defined: value.defined };
    if (value.type === "view") return { type: "class", defined: value.defined };
  }
  const [wrapped] = node.type === "call" ? argumentsOf(node).positional : [];
  return wrapped === undefined || values.some(({ type }) => type !== "object")
    ? null
    : endpointOf(project, { node: wrapped, scope });
}

/** By name; those of a class hide those of its bases. */
function methodsOfClass(project: Project, defined: Defined): ReadonlyMap<string, Defined> {
  const bases = defined.node.childForFieldName("superclasses")?.namedChildren ?? [];
  const inherited = bases
    .flatMap((node) => project.resolve({ node, scope: defined.scope.parent ?? defined.scope }))
    .flatMap((value) =>
      value.type === "class" && value.defined !== defined ? [...methodsOfClass(project, value.defined)] : [],
    );
  return new Map([...inherited, ...defined.scope.functions.map((method) => [method.name, method] as const)]);
}
