import { reason } from "../../../pipeline/contract/reasons.js";
import type { DiscoveredRoute, Discovery } from "../../../pipeline/contract/discovery.js";
import { methodsOfFunction } from "./django.js";
import type { FoundRoute, RoutesOfProject, UnclearRoute } from "./found.js";
import type { Project } from "./project.js";
import { allScopes, type Defined, type ModuleFile } from "./scope.js";

type Listed = Extract<Discovery, { readonly type: "listed" }>;

/**
 * What the text tells of routes, put right by what the running applications list: they know prefixes, branches and
 * what libraries register. `isComplete`: all applications of the project were asked, and answered.
 */
export function joined(
  told: RoutesOfProject,
  listed: readonly Listed[],
  { project, isComplete }: { readonly project: Project; readonly isComplete: boolean },
): RoutesOfProject {
  if (listed.length === 0) return told;
  const served = listed.flatMap((application) =>
    application.routes.map((route) => located(route, application, project)),
  );
  const routes = served
    .flatMap((each) => ("unclear" in each ? [] : each.routes))
    .map((route) => ({ ...route, files: filesOf(route, told, project) }));
  const isAsked = (route: FoundRoute) =>
    listed.some(({ application, framework }) =>
      route.framework === "django" ? framework === "django" : route.application === application,
    );
  const others = told.routes.filter((route) => !routes.some((each) => isSame(each, route)));
  const gone = others.filter(isAsked);
  const handlers = new Set(routes.map(({ handler }) => handler));
  return {
    applications: told.applications,
    routes: [...routes, ...others.filter((route) => !isAsked(route))],
    unclear: [
      ...told.unclear.filter(({ handler }) => (handler === null ? !isComplete : !handlers.has(handler))),
      ...gone
        .filter(({ handler }) => !handlers.has(handler))
        .map(({ handler, method, path }) => ({
          file: handler.scope.in,
          part: { line: lineOf(handler), path: `${method} ${path}`, handler: handler.name },
          reason: reason("not-served", "the running application does not serve it"),
          handler,
        })),
      ...served.flatMap((each) => ("unclear" in each ? [each.unclear] : [])),
      ...listed.flatMap((application) =>
        application.unclear.map(({ path, reason: why }): UnclearRoute => ({
          file: placeOf(application, project),
          part: { line: 1, path },
          reason: reason("no-one-path", why),
          handler: null,
        })),
      ),
    ],
  };
}

function isSame(one: FoundRoute, other: FoundRoute): boolean {
  return one.method === other.method && one.path === other.path && one.handler === other.handler;
}

/** A route of the running application with the function, or class, of the text that answers it. */
function located(
  route: DiscoveredRoute,
  application: Listed,
  project: Project,
): { readonly routes: readonly FoundRoute[] } | { readonly unclear: UnclearRoute } {
  const { path, method } = route;
  const handler = handlerOf(route, project);
  if (handler === null) {
    const part = { line: Math.max(1, route.line), path: `${method} ${path}`.trim(), handler: route.qualifiedName };
    const why = reason(
      "unknown-handler",
      `its handler is not found in the text: ${route.module}.${route.qualifiedName}`,
    );
    return {
      unclear: { file: project.at(route.file)?.in ?? placeOf(application, project), part, reason: why, handler: null },
    };
  }
  const { framework, application: name, environment } = application;
  const methods = method === "" ? methodsOfFunction(handler, project) : [method];
  return {
    routes: methods.map((each) => ({
      framework,
      method: each,
      path,
      application: name,
      handler,
      files: [handler.scope.in],
      ...(Object.keys(environment).length > 0 && { environment }),
    })),
  };
}

/** By its name in the module; where several have one name, by the line. */
function handlerOf({ file, qualifiedName, line }: DiscoveredRoute, project: Project): Defined | null {
  const scope = project.at(file);
  const defined =
    scope === undefined ? [] : allScopes(scope).flatMap(({ functions, classes }) => [...functions, ...classes]);
  const named = defined.filter((each) => each.scope.qualifiedName === qualifiedName);
  const inPlace = (each: Defined) => line > 0 && (lineOf(each) === line || each.node.startPosition.row + 1 === line);
  return named.find(inPlace) ?? named.at(-1) ?? defined.find(inPlace) ?? null;
}

function lineOf({ decorated }: Defined): number {
  return decorated.startPosition.row + 1;
}

/** The handler's first, then those that the text says lead to it; where it says nothing, that of the application. */
function filesOf({ handler, path, application }: FoundRoute, told: RoutesOfProject, project: Project): ModuleFile[] {
  const same = told.routes.filter((route) => route.handler === handler);
  const leading = same.find((route) => route.path === path) ?? same[0];
  const own = project.module(application?.split(":")[0] ?? "")?.in;
  return [...new Set([handler.scope.in, ...(leading?.files ?? (own === undefined ? [] : [own]))])];
}

/** The file that an application is imported from. */
function placeOf({ application }: Listed, project: Project): ModuleFile {
  const found = project.module(application.split(":")[0] ?? "") ?? project.scopes()[0];
  if (found === undefined) throw new TypeError(`no module of ${application} was read`);
  return found.in;
}
