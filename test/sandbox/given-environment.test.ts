import { chmod, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { findPython } from "../../pipeline/system/python/interpreter.js";
import { createSandbox } from "../../pipeline/sandbox/service.js";
import type { SourceTree } from "../../pipeline/contract/sources.js";
import { temporaryFolder } from "../support/pipelines.js";
import { serviceContext, sourceTree } from "./sandboxed.js";
import { virtualEnvironment } from "./web-environment.js";

it("runs tests with what is installed in the user's environment, whatever the source declares", async () => {
  const { run } = await surroundings(withColours);
  expect(
    await run("import colours, shop\n\ndef test_colour():\n    assert colours.RED == shop.colour() == 'red'\n"),
  ).toMatchObject({ fileError: null, verdicts: [{ outcome: "passed" }] });
});

it("runs them with its own pytest, and without the environment's start-up code", async () => {
  const { run } = await surroundings({
    ...withColours,
    "pytest/__init__.py": "raise SystemExit('not this one')\n",
    "hook.pth": "import sys; sys.hooked = True\n",
  });
  expect(await run("import sys\n\ndef test_hook():\n    assert not hasattr(sys, 'hooked')\n")).toMatchObject({
    fileError: null,
    verdicts: [{ outcome: "passed" }],
  });
});

it("follows .pth files, as editable installs leave them", async () => {
  const other = await temporaryFolder();
  await chmod(other, 0o755);
  await writeFile(join(other, "neighbour.py"), "HERE = 1\n");
  const { run } = await surroundings({ ...withColours, "neighbour.pth": `${other}\n` });
  expect(await run("import neighbour\n\ndef test_it():\n    assert neighbour.HERE == 1\n")).toMatchObject({
    verdicts: [{ outcome: "passed" }],
  });
});

it("lets nothing write into the environment", async () => {
  const { run } = await surroundings(withColours);
  const code =
    "import colours, pytest\n\ndef test_write():\n    with pytest.raises(OSError):\n        open(colours.__file__, " +
    "'a')\n";
  expect(await run(code)).toMatchObject({ verdicts: [{ outcome: "passed" }] });
});

it("has an identity that says which Python it is, and what is installed", async () => {
  const [one, same, newer] = [
    await surroundings(withColours),
    await surroundings(withColours),
    await surroundings({ ...withColours, "colours-1.0.dist-info/METADATA": "Name: colours\nVersion: 1.1\n" }),
  ];
  const { version } = await findPython();
  expect(await one.identity()).toMatchObject({ python: version });
  expect(await same.identity()).toEqual(await one.identity());
  expect((await newer.identity()).environment).not.toBe((await one.identity()).environment);
});

it.each([
  ["nothing there", "/nowhere/python", "expected a Python interpreter, got /nowhere/python: there is no such command"],
  ["another program", "/bin/true", "expected a Python interpreter, got /bin/true: it does not answer as one"],
])("refuses %s, and says what to name", async (_, python, message) => {
  const { identity } = await surroundings(withColours, () => python);
  await expect(identity()).rejects.toMatchObject({
    code: "usage",
    message,
    hint: expect.stringContaining("--python .venv/bin/python") as string,
  });
});

it("refuses a folder that is no environment, and a Python that is too old", async () => {
  const folder = await temporaryFolder();
  await expect((await surroundings(withColours, () => folder)).identity()).rejects.toMatchObject({
    code: "usage",
    message: `expected a Python interpreter, got ${folder}: the folder has no bin/python`,
  });
  await mkdir(join(folder, "bin"));
  await writeFile(
    join(folder, "bin/python"),
    '#!/bin/sh\necho \'{"executable": "/old", "interpreter": "/old", "version": "3.8.1", "platform": "", "readable": ' +
      "[]}'\n",
  );
  await chmod(join(folder, "bin/python"), 0o755);
  await expect((await surroundings(withColours, () => folder)).identity()).rejects.toMatchObject({
    code: "python",
    message: expect.stringContaining("expected 3.10 or newer, found 3.8.1") as string,
  });
});

const withColours = {
  "colours.py": "RED = 'red'\n",
  "colours-1.0.dist-info/METADATA": "Name: colours\nVersion: 1.0\n",
};

/** A source that needs what no index has, and a sandbox with an environment of these files. */
async function surroundings(installed: Readonly<Record<string, string>>, named = (folder: string) => folder) {
  const environment = await virtualEnvironment(installed);
  const tree: SourceTree = {
    ...(await sourceTree({ "shop.py": "import colours\n\ndef colour():\n    return colours.RED\n" })),
    requirements: ["no-index-has-this-package>=1"],
  };
  const sandbox = createSandbox(serviceContext, {
    sources: { fetch: async () => tree, tree: async () => tree },
    backend: "auto",
    workers: 1,
    python: named(environment.folder),
  });
  onTestFinished(async () => {
    await sandbox.close();
    await environment.remove();
    await rm(tree.folder, { recursive: true, force: true });
  });
  return {
    run: async (code: string) =>
      await sandbox.api.runTests({ source: tree, code, target: null, hashSeeds: [0], timeout: 5, memory: 256 }),
    identity: async () => await sandbox.api.identity(tree),
  };
}
