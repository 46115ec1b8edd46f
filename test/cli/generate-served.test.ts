import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { type VirtualEnvironment, webEnvironment } from "../sandbox/web-environment.js";
import { type Folder, folderWith } from "./command.js";

let environment: VirtualEnvironment;
beforeAll(async () => {
  environment = await webEnvironment();
});
afterAll(async () => await environment.remove());

const routers = ["auth", "books", "loans", "users"];

/** A repository whose application lies in `backend`, and is run from there. */
const backend: Readonly<Record<string, string>> = {
  ".git/HEAD": "ref: refs/heads/main\n",
  "README.md": "",
  "frontend/package.json": "{}",
  "backend/main.py":
    `from fastapi import FastAPI\n\nfrom routers import ${routers.join(", ")}\n\napp = ` +
    `FastAPI()\nfor module in (${routers.join(", ")}):\n ` +
    `   app.include_router(module.router)\n\n\n@app.get("/health")\ndef health():\n    return {"status": "ok"}\n`,
  ...Object.fromEntries(
    routers.map((name) => [
      `backend/routers/${name}.py`,
      `from fastapi import APIRouter\n\nfrom store import ${name}\n\nrouter = APIRouter(prefix="/${name}` +
        `")\n\n\n@router.get("")\ndef ` +
        `list_${name}():\n    return ${name}\n\n\n@router.post("", ` +
        `status_code=201)\ndef add_${name}():\n    ${name}.append(len(${name}))\n    return len(${name})\n`,
    ]),
  ),
  "backend/store.py": `${routers.join(", ")} = [], [], [], []\n`,
  "teacher.yaml": `rules:
  - match: "only these 9 routes"
    answers:
      - |
        def test_books_are_added(client):
            assert client.post("/books").json() == 1
            assert client.get("/books").json() == [0]

        def test_health(client):
            assert client.get("/health").json() == {"status": "ok"}
`,
};

it("finds what a folder of a repository is imported from: routes, what questions show, how tests import", async () => {
  const folder = await folderOf(backend);
  const { stdout } = await folder.pipeline(
    "generate",
    "backend",
    "--by",
    "shard",
    "--kinds",
    "e2e",
    "--model",
    "scripted:teacher.yaml",
    "--dry-run",
    "--json",
  );
  const { targets, leftRoutes } = JSON.parse(stdout) as DryRun;
  expect(targets.map(({ name }) => name)).toEqual([
    "GET /health",
    ...routers.flatMap((name) => [`GET /${name}`, `POST /${name}`]),
  ]);
  expect(leftRoutes).toEqual([]);

  const run = await folder.pipeline(
    "generate",
    "backend",
    "--by",
    "shard",
    "--kinds",
    "e2e",
    "--model",
    "scripted:teacher.yaml",
    "--python",
    environment.folder,
    "--attempts",
    "1",
    "--stable-names",
    "-o",
    "tests",
    "--plain",
    "--set",
    "verify.runs=1",
    "--set",
    "verify.measure=false",
  );
  expect([run.exitCode, run.stderr]).toEqual([0, ""]);
  expect(run.stdout).toMatch(/9 targets: 2 tested, 7 never answered/u);
  expect(run.stdout).toContain("PYTHONPATH=backend:. python -m pytest tests");
  const text = await readFile(join(folder.path, "tests/test_e2e_01.py"), "utf8");
  expect(text).toContain("from main import app");
}, 120_000);

it("says on the screen which routes are left out, why, and what to do about it", async () => {
  const folder = await folderOf({
    "pyproject.toml": "[project]\nname = 'shelf'\nversion = '1'\n",
    "main.py":
      "from fastapi import APIRouter, FastAPI\nfrom settings import settings\nrouter = " +
      "APIRouter()\n@router.get('/a')\ndef a(): ...\n@router.get('/b')\ndef b(): ...\napp = " +
      "FastAPI()\napp.include_router(router, prefix=settings.prefix)\n",
    "settings.py": "import nowhere_to_be_found\nsettings = nowhere_to_be_found.settings\n",
    "teacher.yaml": "rules: []\n",
  });
  const command = [
    "generate",
    ".",
    "--by",
    "shard",
    "--kinds",
    "e2e",
    "--model",
    "scripted:teacher.yaml",
    "--python",
    environment.folder,
    "--dry-run",
  ];
  const { exitCode, stdout } = await folder.pipeline(...command);
  expect(exitCode).toBe(0);
  expect(stdout.slice(stdout.indexOf("0 targets"))).toBe(
    [
      "0 targets in 0 shards; the questions have 0 tokens by the tokenizer of teacher.yaml. No model was asked.",
      "2 routes are left out:",
      "  2  computed prefix: settings.prefix",
      "The application was not asked for its routes: main:app cannot be imported: ModuleNotFoundError: No module " +
        "named 'nowhere_to_be_found'",
      "  fix  name the environment that has nowhere_to_be_found installed: --python .venv",
    ].join("\n"),
  );
  const { leftRoutes } = JSON.parse((await folder.pipeline(...command, "--json")).stdout) as DryRun;
  expect(leftRoutes).toMatchObject([
    { count: 2, reason: "computed prefix: settings.prefix", fix: null },
    { count: 0, fix: expect.stringContaining("--python .venv") as string },
  ]);
});

it("runs tests with the settings that an application demands, and those that --env and project.env name", async () => {
  const folder = await folderOf({
    "pyproject.toml": "[project]\nname = 'shelf'\nversion = '1'\n",
    "site_app.py":
      "import os\nfrom flask import Flask\nprefix, colour, shape = os.environ['PREFIX'], os.environ['COLOUR'], " +
      "os.environ['SHAPE']\napp = Flask(__name__)\n@app.get(prefix + '/paint')\ndef paint():\n    return colour + " +
      "shape\n",
    "teacher.yaml":
      "rules:\n  - match: 'only these 1 routes'\n    answers:\n      - |\n        def test_paint(client):\n          " +
      "  assert client.get('/v1/paint').text == 'redstand-in'\n",
    "generate.yaml": "project:\n  env: { COLOUR: red }\n",
  });
  const given = ["--python", environment.folder, "--env", "PREFIX=/v1"];
  const run = await folder.pipeline(
    "generate",
    "site_app.py",
    "--by",
    "shard",
    "--kinds",
    "e2e",
    "--config",
    "generate.yaml",
    "--model",
    "scripted:teacher.yaml",
    ...given,
    "--attempts",
    "1",
    "--stable-names",
    "-o",
    "tests",
    "--plain",
  );
  expect([run.exitCode, run.stderr]).toEqual([0, ""]);
  const text = await readFile(join(folder.path, "tests/test_e2e_01.py"), "utf8");
  expect(text).toContain(
    'import os\n\nos.environ.setdefault("SHAPE", "stand-in")\n\nimport pytest\n\nfrom site_app import app\n',
  );
  expect(text).not.toContain("COLOUR");

  const again = await folder.pipeline(
    "verify",
    "tests/test_e2e_01.py",
    "--source",
    ".",
    ...given,
    "--env",
    "COLOUR=red",
    "--runs",
    "1",
    "--json",
  );
  expect([again.exitCode, (JSON.parse(again.stdout) as { tests: unknown }).tests]).toMatchObject([
    0,
    [{ name: "test_paint", outcome: "passed", proves: true }],
  ]);
  const without = await folder.pipeline(
    "verify",
    "tests/test_e2e_01.py",
    "--source",
    ".",
    ...given,
    "--runs",
    "1",
    "--json",
  );
  expect((JSON.parse(without.stdout) as { tests: unknown }).tests).toMatchObject([
    { outcome: "error", detail: "KeyError: 'COLOUR'" },
  ]);
}, 120_000);

it.each([
  ["PYTHONPATH=/tmp", "expected NAME=VALUE or NAME, and no name that the sandbox itself goes by"],
  ["NO_SUCH_VARIABLE_HERE", "this shell has no variable NO_SUCH_VARIABLE_HERE"],
])("refuses --env %s", async (assignment, message) => {
  const folder = await folderOf({ "code.py": "" });
  const { exitCode, stderr } = await folder.pipeline("generate", "code.py", "--env", assignment);
  expect(exitCode).toBe(2);
  expect(stderr).toContain(message);
});

async function folderOf(files: Readonly<Record<string, string>>): Promise<Folder> {
  const folder = await folderWith({});
  onTestFinished(async () => await folder.remove());
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder.path, path)), { recursive: true });
    await writeFile(join(folder.path, path), text);
  }
  return folder;
}

interface DryRun {
  readonly targets: readonly { readonly name: string }[];
  readonly leftRoutes: readonly object[];
}
