import type { Route } from "../../../pipeline/contract/route.js";
import type { Target } from "./records.js";

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

/**
 * The first lines of a preamble that have to stand before any other import, and the rest: settings that are made before
 * an application is imported.
 */
export function splitPreamble(text: string): { readonly first: string; readonly rest: string } {
  const [, first = "", rest = text] = settingsAndRest.exec(text) ?? [];
  return { first: first.trimEnd(), rest };
}

const environmentLines = String.raw`import os\n\n(?:os\.environ\.setdefault\([^\n]*\)\n)+`;
const djangoLines = String.raw`\nimport django\n.*?\ndjango\.setup\(\)\n`;
const settingsAndRest = new RegExp(String.raw`^(${environmentLines}(?:${djangoLines})?)\n(.*)$`, "su");

/** A whole test file: the preamble and the test functions that an answer gives. */
export function testFile(before: string, response: string): string {
  return `${before.trimEnd()}\n\n\n${response.trim()}\n`;
}

/** Without an application there is nothing to send requests to: a test has to make it. */
function clientPreamble({ framework, application, environment = {} }: Route): string {
  if (application === null) return "import pytest\n";
  if (framework === "django") return djangoPreamble(application, environment);
  const client = clients[framework];
  const [module = "", made = ""] = application.split(":");
  const isFactory = made.endsWith("()");
  // What a new application writes, such as a database, is the test's own; one that is imported has chosen its files
  // already.
  const head = isFactory
    ? ["def client(tmp_path, monkeypatch):", "    monkeypatch.chdir(tmp_path)"]
    : ["def client():"];
  const lines = ["@pytest.fixture", ...head, ...client.body(made).map((line) => `    ${line}`)];
  return (
    `${settings(environment)}import pytest\n${client.imports}\nfrom ${module} import ${made.replace("()", "")}` +
    `\n\n\n${lines.join("\n")}\n`
  );
}

/** Lines that set what an application demands, before it is imported; what is set already stays. */
function settings(environment: Readonly<Record<string, string>>): string {
  const lines = Object.entries(environment).map(
    ([name, value]) => `os.environ.setdefault(${JSON.stringify(name)}, ${JSON.stringify(value)})\n`,
  );
  return lines.length === 0 ? "" : `import os\n\n${lines.join("")}\n`;
}

interface Client {
  readonly imports: string;
  /** The lines of the fixture, for an expression that is the application. */
  readonly body: (application: string) => readonly string[];
}

/** As the frameworks' own documentation has it: the lifespan of an ASGI application is that of its client. */
const clients: Readonly<Record<Exclude<Route["framework"], "django">, Client>> = {
  fastapi: {
    imports: "from fastapi.testclient import TestClient\n",
    body: (application) => [`with TestClient(${application}) as client:`, "    yield client"],
  },
  starlette: {
    imports: "from starlette.testclient import TestClient\n",
    body: (application) => [`with TestClient(${application}) as client:`, "    yield client"],
  },
  flask: {
    imports: "",
    body: (application) => [
      ...(application === "app" ? [] : [`app = ${application}`]),
      "app.testing = True",
      "return app.test_client()",
    ],
  },
};

/**
 * Django with the project's settings, and its own test client. The databases are SQLite in memory, with tables as the
 * models say; what a test writes is rolled back at its end.
 */
function djangoPreamble(settingsModule: string, environment: Readonly<Record<string, string>>): string {
  return `${settings({ ...environment, DJANGO_SETTINGS_MODULE: settingsModule })}import django
from django.conf import settings

settings.DATABASES = {
    name: {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:", "TEST": {"MIGRATE": False}}
    for name in settings.DATABASES or ["default"]
}
django.setup()

import pytest
from django.db import transaction
from django.test import Client
from django.test.utils import setup_databases, setup_test_environment, teardown_databases, teardown_test_environment


@pytest.fixture(scope="module")
def database():
    setup_test_environment()
    tables = setup_databases(verbosity=0, interactive=False)
    yield
    teardown_databases(tables, verbosity=0)
    teardown_test_environment()


@pytest.fixture
def client(database):
    with transaction.atomic():
        yield Client()
        transaction.set_rollback(True)
`;
}
