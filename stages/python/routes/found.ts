import type { Reason } from "../../../pipeline/contract/reasons.js";
import type { Route } from "../../../pipeline/contract/route.js";
import { type Registration, shortened } from "./router.js";
import type { Defined, ModuleFile } from "./scope.js";

/** A route that the project serves. */
export interface FoundRoute extends Pick<Route, "framework" | "method" | "path" | "application" | "environment"> {
  readonly handler: Defined;
  /** The files that say so: the handler's first, then those with the registrations that lead to it. */
  readonly files: readonly ModuleFile[];
}

/** A registration of which it cannot be told what is served. */
export interface UnclearRoute {
  readonly file: ModuleFile;
  readonly part: { readonly line: number; readonly path: string; readonly handler?: string };
  readonly reason: Reason;
  /** What answers it, where that much is told. */
  readonly handler: Defined | null;
}

/** An application as the text makes it. */
export interface ToldApplication {
  readonly framework: Route["framework"];
  /** Where it can be imported from; null where no name of a module stands for it. */
  readonly name: string | null;
  /** The module that makes it. */
  readonly module: string;
}

/** All that is known of the routes of a project: its applications, what they serve, and what cannot be told. */
export interface RoutesOfProject {
  readonly applications: readonly ToldApplication[];
  readonly routes: readonly FoundRoute[];
  readonly unclear: readonly UnclearRoute[];
}

/**
 * A registration that cannot be told, as something to reject.
 * @param path as it is written down
 * @param decorated the function below the decorator that registers; null for a call
 * @param why what cannot be told of it
 */
export function unclearAt(
  { node, scope }: Registration["at"],
  path: string,
  decorated: Defined | null,
  why: Reason,
): UnclearRoute {
  return {
    file: scope.in,
    part: {
      line: node.startPosition.row + 1,
      path: shortened(path),
      ...(decorated !== null && { handler: decorated.name }),
    },
    reason: why,
    handler: decorated,
  };
}
