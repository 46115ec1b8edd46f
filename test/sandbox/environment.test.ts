import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { execa } from "execa";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { openLockfile } from "../../pipeline/engine/state/lockfile.js";
import type { PipelineEvent } from "../../pipeline/contract/events.js";
import { defaultCacheDir, packageRoot } from "../../pipeline/system/paths.js";
import { findPython } from "../../pipeline/system/python/interpreter.js";
import { environmentIdentity, prepareEnvironment, type PythonEnvironment } from "../../pipeline/sandbox/environment.js";
import { installPackages } from "../../pipeline/system/python/packages.js";
import type { ServiceContext } from "../../pipeline/contract/service.js";
import type { SourceTree } from "../../pipeline/contract/sources.js";
import { noMemo } from "../support/no-memo.js";
import { kept } from "../support/kept.js";
import { temporaryFolder } from "../support/pipelines.js";
import { pattern } from "../support/pattern.js";

describe("prepareEnvironment", () => {
  it("gives every source pytest and coverage, on an interpreter without site-packages", async () => {
    const { context } = await surroundings();
    const environment = await prepareEnvironment(source([]), context);
    expect(environment.paths).toHaveLength(1);
    expect(await python(environment, "import pytest, coverage; print(pytest.__name__, coverage.__name__)")).toBe(
      "pytest coverage",
    );
    expect(await python(environment, "import sys; print('.'.join(map(str, sys.version_info[:3])))")).toBe(
      environment.pythonVersion,
    );
  });

  it("names every folder that the interpreter loads its modules from", async () => {
    const { context } = await surroundings();
    const environment = await prepareEnvironment(source([]), context);
    const script =
      "import json, os, pytest, sqlite3, sys; print(json.dumps([os.path.realpath(m.__file__) for m in " +
      "sys.modules.values() if getattr(m, '__file__', None)]))";
    const files = JSON.parse(await python(environment, script)) as string[];
    expect(files.length).toBeGreaterThan(100);
    expect(files.filter((file) => !environment.readable.some((folder) => file.startsWith(`${folder}/`)))).toEqual([]);
  });

  it("installs what the source declares for this Python, and pins it by hash", async () => {
    const { context, lock } = await surroundings();
    const environment = await prepareEnvironment(
      source(["tomli-w>=1,<2", "no-such-package-at-all ; python_version < '3'", "numpy ; extra == 'fast'"]),
      context,
    );
    expect(await python(environment, "import tomli_w; print(tomli_w.__file__)")).toContain(environment.paths[1]);
    const text = await lock();
    expect(text).toMatch(
      pattern(
        /^python:shop \(cpython-3\d+-[\w-]+, requirements [0-9a-f]{12}\):\n {2}- name: tomli_w\n/mu,
        / {4}version: 1\.[\d.]+\n {4}sha256: [0-9a-f]{64}\n$/mu,
      ),
    );
    expect(text).not.toContain("://");
  });

  it("asks for nothing where every requirement is for an extra", async () => {
    const { context, events } = await surroundings();
    const environment = await prepareEnvironment(source(['numpy>=1 ; extra == "fast"']), context);
    expect(environment.paths).toHaveLength(1);
    expect(events).toEqual([]);
  });

  it("installs what is pinned once, whoever asks, and tells of it", async () => {
    const cacheDir = await temporaryFolder();
    const { context, events } = await surroundings({ cacheDir });
    const places = await Promise.all([1, 2, 3].map(() => installPackages(iniconfig, "iniconfig", context)));
    await installPackages(iniconfig, "iniconfig", context);
    expect(new Set(places).size).toBe(1);
    expect(events).toMatchObject([
      { type: "transfer", what: "iniconfig", done: 0, total: null },
      { what: "iniconfig" },
    ]);
    expect(await kept(join(cacheDir, "python"))).toEqual([basename(dirname(places[0] ?? ""))]);
  });

  it("does not mind habits that are for the user's own environments", async () => {
    vi.stubEnv("PIP_REQUIRE_VIRTUALENV", "1");
    vi.stubEnv("PIP_USER", "1");
    onTestFinished(() => void vi.unstubAllEnvs());
    const { context } = await surroundings({ cacheDir: await temporaryFolder() });
    expect(await readdir(await installPackages(iniconfig, "iniconfig", context))).toContain("iniconfig");
  });

  it("can be read by other users", async () => {
    const cacheDir = await temporaryFolder();
    const { context } = await surroundings({ cacheDir });
    const place = await installPackages(iniconfig, "iniconfig", context);
    const entries = await readdir(dirname(place), { recursive: true });
    const modes = await Promise.all(
      ["", ...entries].map(async (name) => (await stat(join(dirname(place), name))).mode & 0o004),
    );
    expect(modes.length).toBeGreaterThan(5);
    expect(new Set(modes)).toEqual(new Set([0o004]));
  });

  it("says which requirement has no wheel, and which do not go together", async () => {
    const { context } = await surroundings();
    await expect(prepareEnvironment(source(["iniconfig==0.0.1.dev0"]), context)).rejects.toMatchObject({
      code: "python",
      message: expect.stringMatching(
        /^the requirements of shop 1\.0\.0 cannot be met from wheels: .*iniconfig/u,
      ) as string,
    });
    await expect(prepareEnvironment(source(["iniconfig<2", "iniconfig>=2"]), context)).rejects.toMatchObject({
      code: "python",
    });
  });

  it.each([
    "shop @ https://127.0.0.1/shop.zip",
    "git+https://127.0.0.1/shop.git",
    "./local",
    "--index-url=http://127.0.0.1/",
    "-r other.txt",
    "a; b; c",
    "a\n--pre",
  ])("refuses %j, which would build or fetch something else", async (requirement) => {
    const { context } = await surroundings();
    await expect(prepareEnvironment(source([requirement]), context)).rejects.toMatchObject({
      code: "python",
      message: expect.stringContaining("is not a release of a package") as string,
    });
  });

  it("does not install a file of another hash, and leaves nothing of it", async () => {
    const cacheDir = await temporaryFolder();
    const { context } = await surroundings({ cacheDir });
    await expect(
      installPackages(`iniconfig==2.0.0 --hash=sha256:${"0".repeat(64)}\n`, "iniconfig", context),
    ).rejects.toMatchObject({ code: "hash-mismatch" });
    expect(await kept(join(cacheDir, "python"))).toEqual([]);
  });

  it("takes nothing half-installed for whole when it was killed", async () => {
    const cacheDir = await temporaryFolder();
    const script = join(await temporaryFolder(), "install.mjs");
    const module = pathToFileURL(join(packageRoot, "dist/pipeline/system/python/packages.js")).href;
    await writeFile(
      script,
      `import { installPackages } from ${JSON.stringify(module)};
      await installPackages(${JSON.stringify(iniconfig)}, "iniconfig", { cacheDir: ${JSON.stringify(cacheDir)}, ` +
        `emit: (event) => event.total === null && console.log("started") });`,
    );
    const installer = spawn(process.execPath, [script], { stdio: ["ignore", "pipe", "inherit"] });
    await once(installer.stdout, "data");
    await vi.waitFor(async () => expect(await kept(join(cacheDir, "python"))).toHaveLength(1), {
      timeout: 10_000,
      interval: 2,
    });
    installer.kill("SIGKILL");
    await once(installer, "exit");

    const { context } = await surroundings({ cacheDir });
    const place = await installPackages(iniconfig, "iniconfig", context);
    expect(await readdir(place)).toContain("iniconfig");
    expect(await kept(join(cacheDir, "python"))).toEqual([basename(dirname(place))]);
  });
});

describe("environmentIdentity", () => {
  it("is the same again, and differs by what a source declares", async () => {
    const { context } = await surroundings();
    const [base, none, some] = await Promise.all([
      environmentIdentity(),
      environmentIdentity(source([]), context),
      environmentIdentity(source(["iniconfig"]), context),
    ]);
    expect(base).toEqual(none);
    expect(some.hash).not.toBe(base.hash);
    expect(some.hash).toBe((await prepareEnvironment(source(["iniconfig"]), context)).hash);
  });
});

describe("findPython", () => {
  it("says what to do where there is none", async () => {
    await expect(findPython(await temporaryFolder())).rejects.toMatchObject({
      code: "python",
      message: "Python was not found: expected python3 or python on the PATH",
      hint: expect.stringContaining("install Python 3.10") as string,
    });
  });

  it("says what it found where that is too old", async () => {
    const folder = await fakePython(
      'print(\'{"executable": "/old/python3", "interpreter": "/old/python3", "version": "3.9.18", "platform": ' +
        '"cpython-39", "readable": []}\')',
    );
    await expect(findPython(folder)).rejects.toMatchObject({
      code: "python",
      message: "Python is too old: expected 3.10 or newer, found 3.9.18 as python3 (/old/python3)",
    });
  });

  it("looks through a virtual environment to the interpreter itself", async () => {
    const folder = await temporaryFolder();
    const { interpreter } = await findPython();
    await mkdir(join(folder, "bin"));
    await symlink(interpreter, join(folder, "bin/python3"));
    await writeFile(join(folder, "pyvenv.cfg"), `home = ${dirname(interpreter)}\n`);
    expect(await findPython(`${join(folder, "bin")}:/usr/bin:/bin`)).toMatchObject({
      executable: join(folder, "bin/python3"),
      interpreter,
    });
  });
});

/** A small wheel without requirements. */
const iniconfig = "iniconfig==2.0.0 --hash=sha256:b6a85871a79d2e3b22d2d1b94ac2824226a63c6b741c88f7ae975f18b6778374\n";

function source(requirements: readonly string[]): SourceTree {
  return {
    ref: "folder:shop",
    name: "shop",
    version: "1.0.0",
    folder: "/nowhere",
    importRoots: [""],
    licence: { expression: null, evidence: "", files: [] },
    refused: [],
    requirements,
  };
}

/** The user's cache, unless another is given: what is installed there once serves every run of the tests. */
async function surroundings({ cacheDir = defaultCacheDir() } = {}) {
  const folder = await temporaryFolder();
  const path = join(folder, "pipeline.lock");
  const events: PipelineEvent[] = [];
  const context: ServiceContext = {
    seed: 1,
    memo: noMemo,
    signal: new AbortController().signal,
    lockfile: await openLockfile(path, { update: false, cacheDir }),
    emit: (event) => events.push(event),
    cacheDir,
    stateDir: folder,
    baseDir: folder,
  };
  if (cacheDir === defaultCacheDir()) {
    await prepareEnvironment(source([]), context);
    events.length = 0;
  }
  return { context, events, lock: () => readFile(path, "utf8") };
}

async function python({ python: interpreter, paths }: PythonEnvironment, code: string): Promise<string> {
  const { stdout } = await execa(
    interpreter,
    ["-I", "-S", "-c", `import sys; sys.path += ${JSON.stringify(paths)}; ${code}`],
    { env: {}, extendEnv: false },
  );
  return stdout;
}

/** A folder with a python3 that runs this code whatever it is asked. */
async function fakePython(code: string): Promise<string> {
  const folder = await temporaryFolder();
  const { interpreter } = await findPython();
  await writeFile(join(folder, "python3"), `#!${interpreter}\n${code}\n`);
  await chmod(join(folder, "python3"), 0o755);
  return folder;
}
