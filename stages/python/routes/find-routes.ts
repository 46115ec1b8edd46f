import { applicationName } from "./application.js";
import { djangoRoutes } from "./django.js";
import type { RoutesOfProject } from "./found.js";
import type { Project } from "./project.js";
import { readRouters } from "./registrations.js";
import { Walk } from "./walk.js";

/** Every route of every application of a project, prefixes put together. */
export function findRoutes(project: Project): RoutesOfProject {
  const { routers, unclear } = readRouters(project);
  const walk = new Walk(project);
  const mounted = new Set(
    routers.flatMap(({ entries }) => entries.flatMap((entry) => (entry.type === "router" ? [entry.router] : []))),
  );
  const applications = routers.filter((router) => router.isApplication && !mounted.has(router));
  for (const router of applications) walk.application(router);
  for (const router of routers) walk.leftOver(router);
  const django = djangoRoutes(project);
  return {
    applications: applications.map(({ framework, made }) => ({
      framework,
      name: applicationName({ made }, project),
      module: made.scope.in.name,
    })),
    routes: [...walk.routes, ...django.routes],
    unclear: [...unclear, ...walk.unclear, ...django.unclear],
  };
}
