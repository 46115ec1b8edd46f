import type { Route } from "../../pipeline/records.js";
import { applicationName } from "./application.js";
import { asgiEntry, lastName, listedEntries } from "./asgi.js";
import { djangoRoutes } from "./django.js";
import { flaskEntry } from "./flask.js";
import type { Project } from "./project.js";
import { type Entry, type Registration, type Router, shortened } from "./router.js";
import type { Defined, ModuleFile, Scope } from "./scope.js";
import { keyOf, type MadeObject } from "./values.js";

/** A route that the project serves. */
export interface FoundRoute extends Pick<Route, "framework" | "method" | "path" | "application"> {
  readonly handler: Defined;
  /** The files that say so: the handler's first, then those with the registrations that lead to it. */
  readonly files: readonly ModuleFile[];
}

/** A registration of which it cannot be told what is served. */
export interface UnclearRoute {
  readonly file: ModuleFile;
  readonly part: { readonly line: number; readonly path: string; readonly method?: string; readonly handler?: string };
  readonly reason: string;
}

export interface RoutesOfProject {
  readonly routes: readonly FoundRoute[];
  readonly unclear: readonly UnclearRoute[];
}

/** Every route of every application of a project, prefixes put together. */
export function findRoutes(project: Project): RoutesOfProject {
  const { routers, unclear } = readRouters(project);
  const walk = new Walk(project);
  const mounted = new Set(routers.flatMap(({ entries }) => entries.flatMap((entry) => (entry.type === "router" ? [entry.router] : []))));
  for (const router of routers) if (router.isApplication && !mounted.has(router)) walk.application(router);
  for (const router of routers) walk.leftOver(router);
  const django = djangoRoutes(project);
  return { routes: [...walk.routes, ...django.routes], unclear: [...unclear, ...walk.unclear, ...django.unclear] };
}

/** What makes routers, by the top-level package and the last name: fastapi.applications.FastAPI is fastapi.FastAPI. */
const makers: Readonly<Record<string, Pick<Router, "framework" | "isApplication">>> = {
  "fastapi.FastAPI": { framework: "fastapi", isApplication: true },
  "fastapi.APIRouter": { framework: "fastapi", isApplication: false },
  "starlette.Starlette": { framework: "starlette", isApplication: true },
  "starlette.Router": { framework: "starlette", isApplication: false },
  "flask.Flask": { framework: "flask", isApplication: true },
  "flask.Blueprint": { framework: "flask", isApplication: false },
};

/** All routers of a project, with what is registered on each. */
function readRouters(project: Project): { readonly routers: readonly Router[]; readonly unclear: readonly UnclearRoute[] } {
  const routers = new Map<string, Router>();
  const unclear: UnclearRoute[] = [];
  const routerOf = (made: MadeObject): Router | null => {
    const maker = makers[`${made.made.split(".", 1)[0] ?? ""}.${lastName(made.made)}`];
    if (maker === undefined) return null;
    const key = keyOf({ node: made.call, scope: made.scope });
    const known = routers.get(key);
    if (known !== undefined) return known;
    const router: Router = { ...maker, made, entries: [] };
    routers.set(key, router);
    if (maker.framework !== "flask") router.entries.push(...listedEntries(router, project, routerOf));
    return router;
  };

  for (const scope of project.scopes()) {
    for (const { node } of scope.calls) for (const value of project.resolve({ node, scope })) if (value.type === "object") routerOf(value);
    for (const defined of scope.functions) {
      for (const decorator of defined.decorators) {
        const node = decorator.namedChild(0);
        if (node?.type === "call") register({ node, scope, isBranch: defined.isBranch }, defined);
      }
    }
    for (const call of scope.calls) register({ ...call, scope }, null);
  }
  return { routers: [...routers.values()], unclear };

  function register(at: Registration["at"], decorated: Defined | null): void {
    const callee = at.node.childForFieldName("function");
    const [on, verb] = [callee?.childForFieldName("object"), callee?.childForFieldName("attribute")?.text];
    if (callee?.type !== "attribute" || !on || verb === undefined || !registers.has(verb)) return;
    const values = project.resolve({ node: on, scope: at.scope });
    const receivers = values.flatMap((value) => (value.type === "object" ? [routerOf(value)] : [])).filter((router) => router !== null);
    const entries = receivers.flatMap((router) => {
      const registration = { project, router, verb, at, decorated, routerOf };
      const entry = router.framework === "flask" ? flaskEntry(registration) : asgiEntry(registration);
      if (entry !== null) router.entries.push(entry);
      return entry === null ? [] : [entry];
    });
    if (entries.length === 0 && isRegistration(at, { decorated, isReceiverKnown: values.length > 0, isRouter: receivers.length > 0 })) {
      const what = receivers.length > 0 ? "what is included cannot be told" : `the router cannot be told: ${shortened(on.text)}`;
      unclear.push(unclearAt(at, at.node.text, decorated, what));
    }
  }
}

const registers = new Set(["get", "post", "put", "patch", "delete", "head", "options", "trace", "route", "api_route", "add_api_route", "add_route", "add_url_rule", "include_router", "register_blueprint", "mount"]);

/** Whether something that was not understood is about routes: `get` and `mount` are words of many others. */
function isRegistration(
  { node }: Registration["at"], { decorated, isReceiverKnown, isRouter }: { readonly decorated: Defined | null; readonly isReceiverKnown: boolean; readonly isRouter: boolean },
): boolean {
  const verb = node.childForFieldName("function")?.childForFieldName("attribute")?.text ?? "";
  if (/^(?:include_router|register_blueprint|add_api_route|add_url_rule)$/u.test(verb)) return isRouter || !isReceiverKnown;
  return decorated !== null && !isReceiverKnown && /^\(\s*[rf]?["']\//u.test(node.childForFieldName("arguments")?.text ?? "");
}

function unclearAt({ node, scope }: Registration["at"], path: string, decorated: Defined | null, reason: string): UnclearRoute {
  return { file: scope.in, part: { line: node.startPosition.row + 1, path: shortened(path), ...(decorated !== null && { handler: decorated.name }) }, reason };
}

/** Where a router has been met on the way down from an application. */
interface Way {
  readonly base: string;
  /** Why the base cannot be told; null where it is. */
  readonly unknown: string | null;
  readonly application: string | null;
  readonly above: readonly Router[];
  readonly sites: readonly Registration["at"][];
  /** Where the router was included, if that leaves out what is registered later. */
  readonly closedAt: Registration["at"] | null;
}

/** From applications down to routes. */
class Walk {
  readonly #project: Project;
  readonly #reached = new Set<Router>();
  readonly #routes: FoundRoute[] = [];
  readonly #unclear: UnclearRoute[] = [];

  constructor(project: Project) {
    this.#project = project;
  }

  get routes(): readonly FoundRoute[] {
    return this.#routes;
  }

  get unclear(): readonly UnclearRoute[] {
    return this.#unclear;
  }

  application(router: Router): void {
    this.#walk(router, { base: "", unknown: null, application: applicationName(router, this.#project), above: [], sites: [], closedAt: null });
  }

  /** A router that no application leads to. */
  leftOver(router: Router): void {
    if (this.#reached.has(router)) return;
    this.#walk(router, { base: "", unknown: "its router is included in no application that can be told", application: null, above: [], sites: [], closedAt: null });
  }

  #walk(router: Router, way: Way): void {
    if (way.above.includes(router)) return;
    this.#reached.add(router);
    for (const entry of router.entries) {
      const unknown = way.unknown ?? whyUnknown(entry, way.closedAt);
      const base = "join" in entry.joint ? entry.joint.join(way.base) : way.base;
      if (entry.type === "route") this.#route(entry, { ...way, base, unknown }, router);
      else this.#walk(entry.router, { ...way, base, unknown, above: [...way.above, router], sites: [...way.sites, entry.at], closedAt: entry.isOpen ? null : entry.at });
    }
  }

  #route({ handled, at, written }: Extract<Entry, { type: "route" }>, { base: path, unknown, application, sites }: Way, { framework, made }: Router): void {
    const reason = unknown ?? ("unknown" in handled ? handled.unknown : null);
    if (reason !== null || "unknown" in handled) {
      const [first] = "unknown" in handled ? [] : handled;
      this.#unclear.push(unclearAt(at, written, first?.handler ?? null, reason ?? "unknown"));
      return;
    }
    const scopes: readonly Scope[] = [at.scope, made.scope, ...sites.map(({ scope }) => scope)];
    for (const { method, handler } of handled) {
      const files = [...new Set([handler.scope.in, ...scopes.map((scope) => scope.in)])];
      this.#routes.push({ framework, method, path, application, handler, files });
    }
  }
}

/** Why it cannot be told whether, or where, something is served. */
function whyUnknown({ joint, at }: Entry, closedAt: Registration["at"] | null): string | null {
  if ("unknown" in joint) return joint.unknown;
  if (at.isBranch) return "registered in a branch: whether it is served is known only at run time";
  const isLate = closedAt !== null && closedAt.scope === at.scope && closedAt.node.startIndex < at.node.startIndex;
  return isLate ? "registered after its router was included: whether it is served depends on the framework's version" : null;
}

