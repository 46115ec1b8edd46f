import { handledBy, methodsIn } from "./handlers.js";
import type { Project } from "./project.js";
import { type Entry, type Joint, type Registration, type Router, routersIn, textArgument } from "./router.js";
import { argumentsOf } from "./values.js";

/** Flask: what a registration on an application or a blueprint adds to it; null where it is something else. */
export function flaskEntry(registration: Registration): Entry | null {
  const { verb, decorated } = registration;
  if (decorated !== null) {
    if (shortcuts.has(verb)) return ruleEntry(registration, [verb.toUpperCase()]);
    return verb === "route" ? ruleEntry(registration, null) : null;
  }
  if (verb === "add_url_rule") return ruleEntry(registration, null);
  return verb === "register_blueprint" ? blueprintEntry(registration) : null;
}

const shortcuts = new Set(["get", "post", "put", "delete", "patch"]);

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
    return view === undefined ? { unknown: "a rule without a view function" } : handledBy(project, { node: view, scope: at.scope }, methods);
  }
}

/** What `url_prefix` a blueprint is registered with takes the place of its own. */
function blueprintEntry({ project, at, routerOf }: Registration): Entry | null {
  const { positional, named, isOpen } = argumentsOf(at.node);
  const blueprint = named.get("blueprint") ?? positional[0];
  const [child] = blueprint === undefined ? [] : routersIn(project, { node: blueprint, scope: at.scope }, routerOf);
  if (child === undefined) return null;
  const given = named.get("url_prefix");
  if (given === undefined && isOpen) return { type: "router", router: child, isOpen: false, at, joint: { unknown: "computed prefix: the options of register_blueprint" } };
  const text = given === undefined || given.type === "none" ? ownPrefix(child, project) : textArgument(project, given, at.scope, { what: "prefix", fallback: "" });
  return { type: "router", router: child, isOpen: false, at, joint: "unknown" in text ? text : { join: (base) => (text.text === "" ? base : joined(base, text.text)) } };
}

function ownPrefix({ made: { call, scope } }: Router, project: Project): ReturnType<typeof textArgument> {
  const { named, isOpen } = argumentsOf(call);
  if (isOpen && !named.has("url_prefix")) return { unknown: "computed prefix: the options of Blueprint" };
  return textArgument(project, named.get("url_prefix"), scope, { what: "prefix", fallback: "" });
}

/** As Flask puts a prefix and a rule together: one slash between them, and the prefix alone for an empty rule. */
function joined(prefix: string, rule: string): string {
  if (prefix === "") return rule;
  return rule === "" ? prefix : `${prefix.replace(/\/+$/u, "")}/${rule.replace(/^\/+/u, "")}`;
}
