import type { Route } from "./route.js";
import type { TestRun } from "./test-run.js";

/** A web application that is imported so that it lists its routes. */
export interface DiscoverRequest {
  readonly source: TestRun["source"];
  readonly framework: Route["framework"];
  /**
   * shop.main:app, shop.main:create_app(), a module that holds one under any name; of Django, the module of the
   * settings.
   */
  readonly application: string;
  /** CPU seconds that an import of it may take. */
  readonly timeout: number;
  /** MiB of memory for the whole process tree. */
  readonly memory: number;
}

/** What an application lists; or why it cannot be imported, and what to do. */
export type Discovery =
  | {
      readonly type: "listed";
      /** Its name, as in Route: of a module, with the variable that was found. */
      readonly application: string;
      /** Of the whole application, whatever parts of it are. */
      readonly framework: Route["framework"];
      readonly routes: readonly DiscoveredRoute[];
      /** Routes whose handlers are a library's: /docs, the administration. */
      readonly foreign: number;
      /** What it serves and no test can ask for by a path. */
      readonly unclear: readonly { readonly path: string; readonly reason: string }[];
      /** Stand-ins for the settings that it demanded: what imports it has to set them first. */
      readonly environment: Readonly<Record<string, string>>;
    }
  | { readonly type: "failed"; readonly reason: string; readonly fix: string };

/** A path that an application answers, and the handler behind it. */
export interface DiscoveredRoute {
  /** "": a function that answers every method that its text does not forbid. */
  readonly method: string;
  readonly path: string;
  /** Of the handler, or of the class that inherits it from a library. */
  readonly module: string;
  readonly qualifiedName: string;
  /** POSIX path inside the source. */
  readonly file: string;
  /** Of the handler's first line, decorators included; 0 for a class. */
  readonly line: number;
}
