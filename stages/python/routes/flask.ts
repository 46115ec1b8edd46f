import { reason } from "../../../pipeline/contract/reasons.js";
import { lastName } from "../lib/dotted-name.js";
import { handledBy, methodsIn } from "./handlers.js";
import type { Project } from "./project.js";
import { type Entry, type Joint, type Registration, type Router, routersIn, textArgument } from "./router.js";
import type { Defined } from "./scope.js";
import { argumentsOf, type Expression } from "./values.js";

/** Flask: what a registration on an application or a blueprint adds to it; nothing where it is something else. */
export function flaskEntries(registration: Registration): Entry[] {
  const { verb, decorated } = registration;
  if (decorated !== null) {
    if (shortcuts.has(verb)) return [ruleEntry(registration, [verb.toUpperCase()])];
    return verb === "route" ? [ruleEntry(registration, null)] : [];
  }
  if (verb === "add_url_rule") return isSecondName(registration) ? [] : [ruleEntry(registration, null)];
  return verb === "register_blueprint" ? blueprintEntries(registration) : [];
}

const shortcuts = new Set(["get", "post", "put", "delete", "patch"]);

/** `add_url_rule("/", endpoint="index")` where no view has that name: only addresses are built by it. */
function isSecondName({ at, project }: Registration): boolean {
  const { positional, named } = argumentsOf(at.node);
  const name = named.get("endpoint") ?? positional[1];
  return (
    name !== undefined &&
    !named.has("view_func") &&
    positional.length < 3 &&
    viewNamed(project, { node: name, scope: at.scope }) === null
  );
}

/** The view that is given a name apart from its rule: `@app.endpoint("index")`. */
function viewNamed(project: Project, endpoint: Expression): Defined | null {
  const name = project.text(endpoint);
  const isNamed = ({ decorators, scope }: Defined) =>
    decorators.some((decorator) => {
      const call = decorator.namedChild(0);
      if (call?.type !== "call" || lastName(call.childForFieldName("function")?.text ?? "") !== "endpoint")
        return false;
      const [given] = argumentsOf(call).positional;
      return given !== undefined && project.text({ node: given, scope: scope.parent ?? scope }) === name;
    });
  return name === null
    ? null
    : (project
        .scopes()
        .flatMap(({ functions }) => functions)
        .find(isNamed) ?? null);
}

function ruleEntry({ project, at, decorated }: Registration, verb: readonly string[] | null): Entry {
  const { positional, named } = argumentsOf(at.node);
  const rule = named.get("rule") ?? positional[0];
  const text = textArgument(project, rule, at.scope, { what: "path", fallback: "" });
  const list = named.get("methods");
  const methods = verb ?? methodsIn(project, list === undefined ? null : { node: list, scope: at.scope });
  const joint: Joint = "unknown" in text ? text : { join: (base) => joined(base, text.text) };
  return { type: "route", at, written: rule?.text ?? "", joint, handled: handled() };

  function handled(): Extract<Entry, { type: "route" }>["handled"] {
    if (methods !== null && "unknown" in methods) return methods;
    if (decorated !== null) return (methods ?? ["GET"]).map((method) => ({ method, handler: decorated }));
    const view = named.get("view_func") ?? positional[2];
    if (view !== undefined) return handledBy(project, { node: view, scope: at.scope }, methods);
    const name = named.get("endpoint") ?? positional[1];
    const handler = name === undefined ? null : viewNamed(project, { node: name, scope: at.scope });
    return handler === null
      ? { unknown: reason("no-handler", "a rule without a view function") }
      : (methods ?? ["GET"]).map((method) => ({ method, handler }));
  }
}

/** What `url_prefix` a blueprint is registered with takes the place of its own. */
function blueprintEntries({ project, at, routerOf }: Registration): Entry[] {
  const { positional, named, isOpen } = argumentsOf(at.node);
  const blueprint = named.get("blueprint") ?? positional[0];
  const children = blueprint === undefined ? [] : routersIn(project, { node: blueprint, scope: at.scope }, routerOf);
  const given = named.get("url_prefix");
  return children.map((child) => ({ type: "router", router: child, isOpen: false, at, joint: jointOf(child) }));

  function jointOf(child: Router): Joint {
    if (given === undefined && isOpen)
      return { unknown: reason("computed-prefix", "computed prefix: the options of register_blueprint") };
    const isOwn = given === undefined || given.type === "none";
    const text = isOwn
      ? ownPrefix(child, project)
      : textArgument(project, given, at.scope, { what: "prefix", fallback: "" });
    return "unknown" in text ? text : { join: (base) => (text.text === "" ? base : joined(base, text.text)) };
  }
}

function ownPrefix({ made: { call, scope } }: Router, project: Project): ReturnType<typeof textArgument> {
  const { named, isOpen } = argumentsOf(call);
  if (isOpen && !named.has("url_prefix"))
    return { unknown: reason("computed-prefix", "computed prefix: the options of Blueprint") };
  return textArgument(project, named.get("url_prefix"), scope, { what: "prefix", fallback: "" });
}

/** As Flask puts a prefix and a rule together: one slash between them, and the prefix alone for an empty rule. */
function joined(prefix: string, rule: string): string {
  if (prefix === "") return rule;
  return rule === "" ? prefix : `${prefix.replace(/\/+$/u, "")}/${rule.replace(/^\/+/u, "")}`;
}
