import { chmod, cp, mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { defaultCacheDir } from "../../pipeline/system/paths.js";
import type { Sandbox } from "../../pipeline/contract/sandbox.js";
import type { RecordedCall } from "../../pipeline/contract/sandbox.js";
import type { TestResult } from "../../pipeline/contract/test-run.js";
import { prepareEnvironment, type PythonEnvironment } from "../../pipeline/sandbox/environment.js";
import { createSandbox } from "../../pipeline/sandbox/service.js";
import type { ServiceContext } from "../../pipeline/contract/service.js";
import type { SourceTree } from "../../pipeline/contract/sources.js";
import { noMemo } from "../support/no-memo.js";

/** A small package, a sandbox around it, and the calls that most tests make. Close it in afterAll. */
export interface Sandboxed {
  readonly api: Sandbox;
  readonly tree: SourceTree;
  run(code: string, options?: RunOptions): Promise<TestResult>;
  record(target: string, ...calls: string[]): Promise<RecordedCall[]>;
  close(): Promise<void>;
}

interface RunOptions {
  /** Name of the target in `calc`; null: none. */
  readonly target?: string | null;
  readonly module?: string;
  readonly hashSeeds?: readonly number[];
  readonly timeout?: number;
  readonly memory?: number;
}

interface SandboxedOptions {
  readonly backend?: string;
  readonly workers?: number;
  readonly python?: string;
  readonly variables?: Readonly<Record<string, string>>;
}

export async function sandboxed(
  files: Readonly<Record<string, string>>,
  { backend = "auto", workers = 2, python, variables = {} }: SandboxedOptions = {},
): Promise<Sandboxed> {
  const tree = await sourceTree(files);
  const [module = ""] = Object.keys(files).map((name) => name.replace(/\.py$/u, ""));
  const service = createSandbox(serviceContext, {
    sources: { fetch: async () => tree, tree: async () => tree },
    backend,
    workers,
    python,
    variables,
  });
  return {
    api: service.api,
    tree,
    run: (code, { target = null, module: other, hashSeeds = [0], timeout = 5, memory = 256 } = {}) =>
      service.api.runTests({
        source: tree,
        code,
        target: target === null ? null : { module: other ?? module, qualifiedName: target },
        hashSeeds,
        timeout,
        memory,
      }),
    record: (target, ...calls) =>
      service.api.record({
        source: tree,
        target: { module, qualifiedName: target },
        calls,
        timeout: 1,
        memory: 256,
      }),
    async close() {
      await service.close();
      await rm(tree.folder, { recursive: true, force: true });
    },
  };
}

/** A folder source with these files. */
export async function sourceTree(files: Readonly<Record<string, string>>): Promise<SourceTree> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "source-")));
  await chmod(folder, 0o755);
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  return {
    ref: `folder:${folder}`,
    name: "sample",
    version: "1",
    folder,
    importRoots: [""],
    licence: { expression: "LicenseRef-own", evidence: "folder", files: [] },
    refused: [],
    requirements: [],
  };
}

/** A sandbox that is made before the tests run, for what is written down before that. */
export function laterSandbox(made: () => Sandboxed): Sandbox {
  return {
    runTests: (request) => made().api.runTests(request),
    observe: (request) => made().api.observe(request),
    mutate: (request) => made().api.mutate(request),
    runInPlace: (request) => made().api.runInPlace(request),
    runOriginal: (request) => made().api.runOriginal(request),
    record: (request) => made().api.record(request),
    discover: (request) => made().api.discover(request),
    check: (job) => made().api.check(job),
    findTool: (tool, purpose) => made().api.findTool(tool, purpose),
    checker: (tool) => made().api.checker(tool),
    otherPython: () => made().api.otherPython(),
    identity: (source) => made().api.identity(source),
  };
}

export const serviceContext: ServiceContext = {
  seed: 1,
  memo: noMemo,
  signal: new AbortController().signal,
  lockfile: { pin: async (_, __, resolve) => resolve(false), kept: () => null, replace: async () => undefined },
  emit: () => {},
  cacheDir: defaultCacheDir(),
  stateDir: join(tmpdir(), "unused"),
  baseDir: tmpdir(),
};

/** The environment of a source, in a folder that every user can read. */
export async function publicEnvironment(tree: SourceTree, folder: string): Promise<PythonEnvironment> {
  const environment = await prepareEnvironment(tree, serviceContext);
  const paths: string[] = [];
  for (const [index, path] of environment.paths.entries()) {
    const copy = join(folder, `environment-${index}`);
    await cp(path, copy, { recursive: true });
    paths.push(copy);
  }
  return { ...environment, paths };
}
