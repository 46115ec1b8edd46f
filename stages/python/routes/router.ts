import { type Reason, reason } from "../../../pipeline/contract/reasons.js";
import type { Route } from "../../../pipeline/contract/route.js";
import type { Project } from "./project.js";
import type { Defined, Scope } from "./scope.js";
import type { Expression, MadeObject } from "./values.js";

/** An application, or a part of one that is put into others: a router, a blueprint. */
export interface Router {
  readonly framework: Route["framework"];
  readonly isApplication: boolean;
  readonly made: MadeObject;
  /** What is registered on it, in the order of the project's modules. */
  readonly entries: Entry[];
}

/** A path that is put below a base: `join` says how, `unknown` why that cannot be told. */
export type Joint = { readonly join: (base: string) => string } | { readonly unknown: Reason };

/** What is registered on a router: a route with its handlers, or another router that is put below a path. */
export type Entry = {
  readonly joint: Joint;
  /** Where it is registered. */
  readonly at: Site;
} & (
  | {
      readonly type: "route";
      readonly handled: readonly Handled[] | { readonly unknown: Reason };
      readonly written: string;
    }
  /** `isOpen`: what is registered on the router later is served as well. */
  | { readonly type: "router"; readonly router: Router; readonly isOpen: boolean }
);

/** A function that answers one method. */
export interface Handled {
  readonly method: string;
  readonly handler: Defined;
}

/** A call that registers something. */
export interface Site extends Expression {
  readonly isBranch: boolean;
}

/** A registration on a router, by the name of the method that makes it: the `get` of `@app.get("/")`. */
export interface Registration {
  readonly project: Project;
  readonly router: Router;
  readonly verb: string;
  readonly at: Site;
  /** The function below a decorator; null for a call. */
  readonly decorated: Defined | null;
  /** The router that something which was made is. */
  readonly routerOf: (made: MadeObject) => Router | null;
}

/** The routers that an expression stands for. */
export function routersIn(project: Project, expression: Expression, routerOf: Registration["routerOf"]): Router[] {
  return project.resolve(expression).flatMap((value) => {
    const router = value.type === "object" ? routerOf(value) : null;
    return router === null ? [] : [router];
  });
}

/** A text that is an argument; `fallback` where it is not given. */
export function textArgument(
  project: Project,
  node: SyntaxArgument,
  scope: Scope,
  { what, fallback }: { readonly what: "path" | "prefix"; readonly fallback: string },
): { readonly text: string } | { readonly unknown: Reason } {
  if (node === undefined) return { text: fallback };
  if (node.type === "none") return { text: fallback };
  const text = project.text({ node, scope });
  return text === null
    ? { unknown: reason(`computed-${what}`, `computed ${what}: ${shortened(node.text)}`) }
    : { text };
}

type SyntaxArgument = Expression["node"] | undefined;

/** Source text on one line, of at most 60 characters, for a reason or a list. */
export function shortened(text: string): string {
  const line = text.replaceAll(/\s+/gu, " ");
  return line.length <= 60 ? line : `${line.slice(0, 59)}…`;
}
