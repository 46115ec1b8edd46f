import { type Reason, reason } from "../../../pipeline/contract/reasons.js";
import type { Route } from "../../../pipeline/contract/route.js";
import type { SourceFile } from "../../../pipeline/contract/records.js";
import { Target } from "../lib/records.js";
import { NeedsOfModule } from "../lib/needs.js";
import { targetContent } from "../lib/targets.js";
import { definitionOf } from "./definition.js";
import { findRoutes } from "./find-routes.js";
import type { FoundRoute, RoutesOfProject } from "./found.js";
import { Project } from "./project.js";

/** The routes of a source as targets, and what of its registrations gives none. */
export interface FoundTargets {
  readonly targets: readonly Target[];
  readonly rejected: readonly { readonly part: object; readonly file: SourceFile; readonly reason: Reason }[];
}

/** Whether a file is looked at for routes: a Python module of the project's own code. */
export function mayHoldRoutes({ language, role, module }: SourceFile): boolean {
  return language === "python" && role === "code" && module !== null;
}

/** A source whose routes are looked for. */
export interface ReadSource {
  readonly files: readonly SourceFile[];
  readonly project: Project;
  /** What the text tells. */
  readonly told: RoutesOfProject;
}

/** Reads the files of one source as a project, and what their text tells of its routes. */
export function readSource(files: readonly SourceFile[]): ReadSource {
  const project = new Project(files, isReadIn(files));
  return { files, project, told: findRoutes(project) };
}

/** The routes as targets, in the order of files and lines. */
export function targetsOf(
  { routes, unclear }: RoutesOfProject,
  files: readonly SourceFile[],
  { maxLines }: { readonly maxLines: number },
): FoundTargets {
  const inPlace = unclear.toSorted(
    (a, b) => files.indexOf(a.file.file) - files.indexOf(b.file.file) || a.part.line - b.part.line,
  );
  const rejected: FoundTargets["rejected"][number][] = inPlace.map(({ file, part, reason: why }) => ({
    part,
    file: file.file,
    reason: why,
  }));
  const targets: Target[] = [];
  for (const route of inOrder(routes, files)) {
    const { node } = route.handler;
    const length = node.endPosition.row - route.handler.decorated.startPosition.row + 1;
    if (length <= maxLines) targets.push(routeTarget(route));
    else
      rejected.push({
        part: { method: route.method, path: route.path },
        file: route.handler.scope.in.file,
        reason: reason("too-long", `longer than ${maxLines} lines: ${length}`),
      });
  }
  return { targets: [...new Map(targets.map((target) => [target.id, target])).values()], rejected };
}

/**
 * The files that are read at the beginning: those that name a framework, and, in a project where one does, those that
 * register something on an application that they import, or have one made. The others are read where a name leads to
 * them.
 */
function isReadIn(files: readonly SourceFile[]): (file: SourceFile) => boolean {
  return files.some(namesFramework) ? (file) => namesFramework(file) || registers(file) : () => false;
}

function namesFramework({ text }: SourceFile): boolean {
  return /\b(?:fastapi|starlette|flask|django|urlpatterns|ROOT_URLCONF)\b/u.test(text);
}

function registers({ text }: SourceFile): boolean {
  return (
    /^[ \t]*@[\w.]+\.(?:route|api_route|endpoint|get|post|put|patch|delete|head|options|trace)\s*\(/mu.test(text) ||
    /\b(?:create|make|get|build)_(?:app|application|wsgi|asgi|wsgi_app|asgi_app)\s*\(/u.test(text) ||
    /\.(?:include_router|register_blueprint|add_api_route|add_route|add_url_rule|mount)\s*\(/u.test(text)
  );
}

function inOrder(routes: readonly FoundRoute[], files: readonly SourceFile[]): FoundRoute[] {
  const places = new Map(files.map((file, index) => [file.id, index]));
  const place = ({ handler }: FoundRoute) => places.get(handler.scope.in.file.id) ?? 0;
  return routes.toSorted((a, b) => place(a) - place(b) || a.handler.node.startIndex - b.handler.node.startIndex);
}

function routeTarget({ framework, method, path, application, environment, handler, files }: FoundRoute): Target {
  const {
    in: { file, module, name, isPackage },
    qualifiedName,
  } = handler.scope;
  const needs = new NeedsOfModule(module, { module: name, isPackage });
  const { content, source } = targetContent(definitionOf(handler), { file, module, needs });
  const route: Route = {
    framework,
    method,
    path,
    handler: `${name}.${qualifiedName}`,
    application,
    ...(environment !== undefined && { environment }),
  };
  return Target.make({ ...content, targetKind: "route", route }, { source, from: files.map((each) => each.file) });
}
