import { type Route, type SourceFile, Target } from "../../pipeline/records.js";
import { NeedsOfModule } from "../python/needs.js";
import { targetContent } from "../python/targets.js";
import { definitionOf } from "./definition.js";
import { findRoutes } from "./find-routes.js";
import type { FoundRoute } from "./found.js";
import { Project } from "./project.js";

export interface FoundTargets {
  readonly targets: readonly Target[];
  readonly rejected: readonly { readonly part: object; readonly file: SourceFile; readonly reason: string }[];
}

export function mayHoldRoutes({ language, role, module }: SourceFile): boolean {
  return language === "python" && role === "code" && module !== null;
}

/** The routes of one source, in the order of files and lines. */
export function routesOf(files: readonly SourceFile[], { maxLines }: { readonly maxLines: number }): FoundTargets {
  const { routes, unclear } = findRoutes(new Project(files, namesFramework));
  const inPlace = unclear.toSorted((a, b) => files.indexOf(a.file.file) - files.indexOf(b.file.file) || a.part.line - b.part.line);
  const rejected: FoundTargets["rejected"][number][] = inPlace.map(({ file, part, reason }) => ({ part, file: file.file, reason }));
  const targets: Target[] = [];
  for (const route of inOrder(routes, files)) {
    const { node } = route.handler;
    const length = node.endPosition.row - route.handler.decorated.startPosition.row + 1;
    if (length <= maxLines) targets.push(routeTarget(route));
    else rejected.push({ part: { method: route.method, path: route.path }, file: route.handler.scope.in.file, reason: `longer than ${maxLines} lines: ${length}` });
  }
  return { targets: [...new Map(targets.map((target) => [target.id, target])).values()], rejected };
}

/** A file without one of these words registers nothing, and is read only where a name leads to it. */
function namesFramework({ text }: SourceFile): boolean {
  return /\b(?:fastapi|starlette|flask|django|include_router|register_blueprint|add_api_route|add_url_rule|urlpatterns|ROOT_URLCONF)\b/u.test(text);
}

function inOrder(routes: readonly FoundRoute[], files: readonly SourceFile[]): FoundRoute[] {
  const places = new Map(files.map((file, index) => [file.id, index]));
  const place = ({ handler }: FoundRoute) => places.get(handler.scope.in.file.id) ?? 0;
  return routes.toSorted((a, b) => place(a) - place(b) || a.handler.node.startIndex - b.handler.node.startIndex);
}

function routeTarget({ framework, method, path, application, handler, files }: FoundRoute): Target {
  const { in: { file, module, name, isPackage }, qualifiedName } = handler.scope;
  const needs = new NeedsOfModule(module, { module: name, isPackage });
  const { content, source } = targetContent(definitionOf(handler), { file, module, needs });
  const route: Route = { framework, method, path, handler: `${name}.${qualifiedName}`, application };
  return Target.make({ ...content, targetKind: "route", route }, { source, from: files.map((each) => each.file) });
}
