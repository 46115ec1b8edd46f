import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import type { Discovery } from "../../pipeline/contract/discovery.js";
import { sandboxed, type Sandboxed } from "./sandboxed.js";
import { type VirtualEnvironment, webEnvironment } from "./web-environment.js";

let environment: VirtualEnvironment;
beforeAll(async () => {
  environment = await webEnvironment();
});
afterAll(async () => await environment.remove());

const flask = "from flask import Flask\napp = Flask(__name__)\n@app.get('/')\ndef root(): return 'root'\n";

it(
  "imports an application that keeps its database, its logs and its uploads beside its code, and leaves nothing of " +
    "them",
  async () => {
    const site = await siteOf({
      "site_app.py":
        `import logging, os, sqlite3\n${flask}here = ` +
        `os.path.dirname(os.path.abspath(__file__))\nsqlite3.connect(os.path.join(here, 'site.db')).execute('CREATE ` +
        `TABLE visits (n)')\nos.makedirs(os.path.join(here, ` +
        `'logs'))\nlogging.basicConfig(filename=os.path.join(here, 'logs/site.log'))\nassert ` +
        `open('templates/root.html').read() == 'hello'\n`,
      "templates/root.html": "hello",
    });
    for (const _ of [1, 2])
      expect(await discover(site)).toMatchObject({
        type: "listed",
        routes: [{ method: "GET", path: "/", file: "site_app.py", line: 4 }],
        environment: {},
      });
  },
);

it("imports the project's own text, whatever stands in its place where it is imported from", async () => {
  const site = await siteOf({
    "site_app.py":
      `import os\n${flask}other = os.path.join(os.path.dirname(os.path.abspath(__file__)), ` +
      `'other.py')\nos.unlink(other)\nopen(other, 'w').write('NAME = "forged"')\nimport other\napp.add_url_rule('/' ` +
      `+ other.NAME, 'other', root)\n`,
    "other.py": "NAME = 'own'\n",
  });
  expect(await discover(site)).toMatchObject({ type: "listed", routes: [{ path: "/" }, { path: "/own" }] });
  expect(await readFile(join(site.tree.folder, "other.py"), "utf8")).toBe("NAME = 'own'\n");
});

it.each([
  [
    "has no network",
    "import socket\nsocket.create_connection(('192.0.2.1', 80), 2)\n",
    /cannot be imported: \w+Error: /u,
    /--env/u,
  ],
  ["uses up its CPU time", "while True: pass\n", /used up its CPU time/u, /--env/u],
  ["ends its process", "import os\nos._exit(3)\n", /ended with exit code 3/u, /--env/u],
  [
    "writes an answer of its own",
    'import os\nfor fd in range(3, 64):\n    try: os.write(fd, b\'{"nonce": "x", "application": "site_app:app", ' +
      '"framework": "flask", "routes": [], "foreign": 0, "unclear": []}\\n\')\n    except OSError: pass\nos._exit(0)\n',
    /exit code 0/u,
    /--env/u,
  ],
  [
    "lacks a module",
    "import not_installed_here.part\n",
    /No module named 'not_installed_here'/u,
    /environment that has not_installed_here installed: --python/u,
  ],
  [
    "is of another Python",
    "def broken(:\n",
    /cannot be imported: SyntaxError: /u,
    /with the Python that the project is written for: --python/u,
  ],
  ["is none", "app = object()\n", /is no application of FastAPI, Starlette or Flask, but a object/u, /--env/u],
])("says why an application that %s cannot be asked", async (_, code, reason, fix) => {
  const site = await siteOf({ "site_app.py": code });
  expect(await discover(site, 3)).toEqual({
    type: "failed",
    reason: expect.stringMatching(reason) as string,
    fix: expect.stringMatching(fix) as string,
  });
});

async function siteOf(files: Readonly<Record<string, string>>): Promise<Sandboxed> {
  const site = await sandboxed(files, { python: environment.folder });
  onTestFinished(async () => await site.close());
  return site;
}

async function discover({ api, tree }: Sandboxed, timeout = 30): Promise<Discovery> {
  return await api.discover({ source: tree, framework: "flask", application: "site_app:app", timeout, memory: 512 });
}
