import { type Reason, reason } from "../../../pipeline/contract/reasons.js";
import { applicationName } from "./application.js";
import { type FoundRoute, type RoutesOfProject, unclearAt, type UnclearRoute } from "./found.js";
import type { Project } from "./project.js";
import type { Entry, Registration, Router } from "./router.js";
import type { Scope } from "./scope.js";

/** From applications down to routes. */
export class Walk implements Pick<RoutesOfProject, "routes" | "unclear"> {
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
    this.#walk(router, {
      base: "",
      unknown: null,
      application: applicationName(router, this.#project),
      above: [],
      sites: [],
      closedAt: null,
    });
  }

  /** A router that no application leads to. */
  leftOver(router: Router): void {
    if (this.#reached.has(router)) return;
    this.#walk(router, {
      base: "",
      unknown: reason("no-application", "its router is included in no application that can be told"),
      application: null,
      above: [],
      sites: [],
      closedAt: null,
    });
  }

  #walk(router: Router, way: Way): void {
    if (way.above.includes(router)) return;
    this.#reached.add(router);
    for (const entry of router.entries) {
      const unknown = way.unknown ?? whyUnknown(entry, way.closedAt);
      const base = "join" in entry.joint ? entry.joint.join(way.base) : way.base;
      if (entry.type === "route") this.#route(entry, { ...way, base, unknown }, router);
      else
        this.#walk(entry.router, {
          ...way,
          base,
          unknown,
          above: [...way.above, router],
          sites: [...way.sites, entry.at],
          closedAt: entry.isOpen ? null : entry.at,
        });
    }
  }

  #route(
    { handled, at, written }: Extract<Entry, { type: "route" }>,
    { base: path, unknown, application, sites }: Way,
    { framework, made }: Router,
  ): void {
    if ("unknown" in handled) {
      this.#unclear.push(unclearAt(at, written, null, unknown ?? handled.unknown));
      return;
    }
    if (unknown !== null) {
      this.#unclear.push(unclearAt(at, written, handled[0]?.handler ?? null, unknown));
      return;
    }
    const scopes: readonly Scope[] = [at.scope, made.scope, ...sites.map(({ scope }) => scope)];
    for (const { method, handler } of handled) {
      const files = [...new Set([handler.scope.in, ...scopes.map((scope) => scope.in)])];
      this.#routes.push({ framework, method, path, application, handler, files });
    }
  }
}

/** Where a router has been met on the way down from an application. */
interface Way {
  readonly base: string;
  /** Why the base cannot be told; null where it is. */
  readonly unknown: Reason | null;
  readonly application: string | null;
  readonly above: readonly Router[];
  readonly sites: readonly Registration["at"][];
  /** Where the router was included, if that leaves out what is registered later. */
  readonly closedAt: Registration["at"] | null;
}

/** Why it cannot be told whether, or where, something is served. */
function whyUnknown({ joint, at }: Entry, closedAt: Registration["at"] | null): Reason | null {
  if ("unknown" in joint) return joint.unknown;
  if (at.isBranch)
    return reason("registered-in-a-branch", "registered in a branch: whether it is served is known only at run time");
  const isLate = closedAt !== null && closedAt.scope === at.scope && closedAt.node.startIndex < at.node.startIndex;
  return isLate
    ? reason(
        "registered-late",
        "registered after its router was included: whether it is served depends on the framework's version",
      )
    : null;
}
