import type { Route, Target } from "./records.js";

/**
 * What the tool writes before any tests: it imports pytest, and the target or the class that holds it; for a route, the
 * application and a fixture `client` that sends requests to it.
 */
export function preamble({ module, qualifiedName, route }: Pick<Target, "module" | "qualifiedName" | "route">): string {
  if (route !== undefined) return clientPreamble(route);
  const [topLevel] = qualifiedName.split(".");
  return `import pytest\n\nfrom ${module} import ${topLevel}\n`;
}

/** Names of the preamble that tests must leave as they are; a client of their own is theirs to make. */
export function givenNames({ qualifiedName, route }: Pick<Target, "qualifiedName" | "route">): readonly string[] {
  return route === undefined ? ["pytest", qualifiedName.split(".")[0] ?? qualifiedName] : ["pytest"];
}

/** A whole test file: the preamble and the test functions that an answer gives. */
export function testFile(before: string, response: string): string {
  return `${before.trimEnd()}\n\n\n${response.trim()}\n`;
}

/** Without an application there is nothing to send requests to: a test has to make it. */
function clientPreamble({ framework, application }: Route): string {
  const client = clients[framework];
  if (application === null || client === null) return "import pytest\n";
  const [module = "", made = ""] = application.split(":");
  const isFactory = made.endsWith("()");
  // What a new application writes, such as a database, is the test's own; one that is imported has chosen its files already.
  const head = isFactory ? ["def client(tmp_path, monkeypatch):", "    monkeypatch.chdir(tmp_path)"] : ["def client():"];
  const lines = ["@pytest.fixture", ...head, ...client.body(made).map((line) => `    ${line}`)];
  return `import pytest\n${client.imports}\nfrom ${module} import ${made.replace("()", "")}\n\n\n${lines.join("\n")}\n`;
}

interface Client {
  readonly imports: string;
  /** The lines of the fixture, for an expression that is the application. */
  readonly body: (application: string) => readonly string[];
}

/** As the frameworks' own documentation has it: the lifespan of an ASGI application is that of its client. */
const clients: Readonly<Record<Route["framework"], Client | null>> = {
  fastapi: { imports: "from fastapi.testclient import TestClient\n", body: (application) => [`with TestClient(${application}) as client:`, "    yield client"] },
  starlette: { imports: "from starlette.testclient import TestClient\n", body: (application) => [`with TestClient(${application}) as client:`, "    yield client"] },
  flask: { imports: "", body: (application) => [...(application === "app" ? [] : [`app = ${application}`]), "app.testing = True", "return app.test_client()"] },
  django: null,
};
