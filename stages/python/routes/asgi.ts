import { type Reason, reason } from "../../../pipeline/contract/reasons.js";
import { lastName } from "../lib/dotted-name.js";
import { handledBy, httpMethods, methodsIn } from "./handlers.js";
import { type Entry, type Joint, type Registration, type Router, routersIn, textArgument } from "./router.js";
import type { Project } from "./project.js";
import { argumentsOf, type Expression, type MadeObject } from "./values.js";

/**
 * FastAPI and Starlette: what a registration on an application or a router of theirs adds to it; nothing where it is
 * something else.
 */
export function asgiEntries(registration: Registration): Entry[] {
  const { verb, decorated, router } = registration;
  if (decorated !== null) {
    if (router.framework === "fastapi" && verbs.has(verb)) return [routeEntry(registration, [verb.toUpperCase()])];
    return verb === "api_route" || verb === "route" ? [routeEntry(registration, null)] : [];
  }
  if (verb === "add_api_route" || verb === "add_route") return [routeEntry(registration, null)];
  if (verb === "include_router") return includeEntries(registration);
  return verb === "mount" ? mountEntries(registration) : [];
}

const verbs = new Set<string>(httpMethods.map((method) => method.toLowerCase()));

/**
 * What the list of routes holds that an application or a router is made with: `Starlette(routes=[Route(...),
 * Mount(...)])`.
 */
export function listedEntries(router: Router, project: Project, routerOf: Registration["routerOf"]): Entry[] {
  const { call, scope } = router.made;
  const { positional, named } = argumentsOf(call);
  const list = named.get("routes") ?? (lastName(router.made.made) === "Router" ? positional[0] : undefined);
  return list === undefined ? [] : entriesOfList({ node: list, scope }, project, routerOf);
}

function entriesOfList(list: Expression, project: Project, routerOf: Registration["routerOf"]): Entry[] {
  return (project.items(list) ?? [])
    .flatMap((item) => project.resolve(item))
    .flatMap((value): Entry[] => {
      if (value.type !== "object") return [];
      if (lastName(value.made) === "Route" || lastName(value.made) === "APIRoute") return [listedRoute(value, project)];
      return lastName(value.made) === "Mount" ? listedMount(value, project, routerOf) : [];
    });
}

function listedRoute({ call, scope }: MadeObject, project: Project): Entry {
  const { positional, named } = argumentsOf(call);
  const path = named.get("path") ?? positional[0];
  const endpoint = named.get("endpoint") ?? positional[1];
  const list = named.get("methods");
  const methods = methodsIn(project, list === undefined ? null : { node: list, scope });
  const text = textArgument(project, path, scope, { what: "path", fallback: "" });
  return {
    type: "route",
    at: { node: call, scope, isBranch: false },
    written: path?.text ?? "",
    joint: below(text),
    handled:
      endpoint === undefined
        ? { unknown: reason("no-handler", "a route without a handler") }
        : isUnknown(methods)
          ? methods
          : handledBy(project, { node: endpoint, scope }, methods),
  };
}

/** A mounted application or router, and a mounted list of routes. */
function listedMount({ call, scope }: MadeObject, project: Project, routerOf: Registration["routerOf"]): Entry[] {
  const { positional, named } = argumentsOf(call);
  const text = textArgument(project, named.get("path") ?? positional[0], scope, { what: "path", fallback: "" });
  const [app, routes] = [named.get("app") ?? positional[1], named.get("routes")];
  const mounted =
    app === undefined
      ? []
      : routersIn(project, { node: app, scope }, routerOf).map((router): Entry => ({
          type: "router",
          router,
          isOpen: true,
          at: { node: call, scope, isBranch: false },
          joint: mountJoint(text),
        }));
  const listed =
    routes === undefined
      ? []
      : entriesOfList({ node: routes, scope }, project, routerOf).map((entry): Entry => ({
          ...entry,
          joint: under(mountJoint(text), entry.joint),
        }));
  return [...mounted, ...listed];
}

function routeEntry({ project, router, at, decorated }: Registration, verb: readonly string[] | null): Entry {
  const { positional, named } = argumentsOf(at.node);
  const path = named.get("path") ?? positional[0];
  const text = textArgument(project, path, at.scope, { what: "path", fallback: "" });
  const list = named.get("methods") ?? (decorated === null ? positional[2] : positional[1]);
  const methods = verb ?? methodsIn(project, list === undefined ? null : { node: list, scope: at.scope });
  return {
    type: "route",
    at,
    written: path?.text ?? "",
    joint: under(prefixOf(router, project), below(text)),
    handled: handled(),
  };

  function handled(): Extract<Entry, { type: "route" }>["handled"] {
    if (isUnknown(methods)) return methods;
    if (decorated !== null) return (methods ?? ["GET"]).map((method) => ({ method, handler: decorated }));
    const endpoint = named.get("endpoint") ?? named.get("route") ?? positional[1];
    return endpoint === undefined
      ? { unknown: reason("no-handler", "a route without a handler") }
      : handledBy(project, { node: endpoint, scope: at.scope }, methods);
  }
}

/** One for each router that the name may stand for: in a loop over several, all of them are included. */
function includeEntries({ project, router, at, routerOf }: Registration): Entry[] {
  const { positional, named, isOpen } = argumentsOf(at.node);
  const included = named.get("router") ?? positional[0];
  const children = included === undefined ? [] : routersIn(project, { node: included, scope: at.scope }, routerOf);
  const prefix = textArgument(project, named.get("prefix"), at.scope, { what: "prefix", fallback: "" });
  const joint =
    isOpen && !named.has("prefix")
      ? { unknown: reason("computed-prefix", "computed prefix: the options of include_router") }
      : below(prefix);
  return children.map((child) => ({
    type: "router",
    router: child,
    isOpen: false,
    at,
    joint: under(prefixOf(router, project), joint),
  }));
}

function mountEntries({ project, router, at, routerOf }: Registration): Entry[] {
  const { positional, named } = argumentsOf(at.node);
  const app = named.get("app") ?? positional[1];
  const children = app === undefined ? [] : routersIn(project, { node: app, scope: at.scope }, routerOf);
  const path = textArgument(project, named.get("path") ?? positional[0], at.scope, { what: "path", fallback: "" });
  return children.map((child) => ({
    type: "router",
    router: child,
    isOpen: true,
    at,
    joint: under(prefixOf(router, project), mountJoint(path)),
  }));
}

/** `APIRouter(prefix="/orders")`: in front of each of its own paths, and of those that are included in it. */
function prefixOf({ made: { made, call, scope } }: Router, project: Project): Joint {
  if (lastName(made) !== "APIRouter") return below({ text: "" });
  const { named, isOpen } = argumentsOf(call);
  if (isOpen && !named.has("prefix"))
    return { unknown: reason("computed-prefix", "computed prefix: the options of APIRouter") };
  return below(textArgument(project, named.get("prefix"), scope, { what: "prefix", fallback: "" }));
}

type Text = { readonly text: string } | { readonly unknown: Reason };

function below(text: Text): Joint {
  return "unknown" in text ? text : { join: (base) => base + text.text };
}

function mountJoint(text: Text): Joint {
  return "unknown" in text ? text : { join: (base) => base + text.text.replace(/\/+$/u, "") };
}

function under(outer: Joint, inner: Joint): Joint {
  if ("unknown" in outer) return outer;
  return "unknown" in inner ? inner : { join: (base) => inner.join(outer.join(base)) };
}

function isUnknown(value: object | null): value is { readonly unknown: Reason } {
  return value !== null && "unknown" in value;
}
