import type { Route } from "../contract/route.js";

/** What the client of an application takes long to load, and is the same for every test. */
export function clientModules(route: Pick<Route, "framework"> | undefined): readonly string[] {
  return route === undefined ? [] : modules[route.framework];
}

/** Whether a test file is about an application, by its text: what it imports has to be imported in the run itself. */
export function isOfApplication(code: string): boolean {
  return /\bTestClient\(|\.test_client\(|^django\.setup\(\)|^os\.environ\.setdefault\(/mu.test(code);
}

const modules: Readonly<Record<Route["framework"], readonly string[]>> = {
  fastapi: ["fastapi.testclient"],
  starlette: ["starlette.testclient"],
  flask: ["flask.testing"],
  django: ["django.test"],
};
