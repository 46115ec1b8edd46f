import type { Route } from "../records.js";
import type { TestedCode } from "../sandbox.js";

/** What the client of an application takes long to load, and is the same for every test. */
export function clientModules(target: TestedCode | null): readonly string[] {
  return target?.route === undefined ? [] : modules[target.route.framework];
}

const modules: Readonly<Record<Route["framework"], readonly string[]>> = {
  fastapi: ["fastapi.testclient"],
  starlette: ["starlette.testclient"],
  flask: ["flask.testing"],
  django: ["django.test"],
};
