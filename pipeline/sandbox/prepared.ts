import { readdir } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import type { Interpreter } from "../system/python/interpreter.js";
import type { SourceTree } from "../contract/sources.js";
import type { BackendName } from "./backends.js";
import type { RunnerConfig } from "./runner-config.js";

/** A source with its environment: what a runner needs to know of it. */
export interface PreparedSource {
  config(surroundings: Surroundings): RunnerConfig;
  /** Another interpreter that can run the source's tests; null where there is none. */
  readonly other: OtherPython | null;
  /** Names that Python imports it by, without what is inside of them. */
  readonly topLevel: readonly string[];
  /** Of these modules, those that the source itself holds, and that loading once will serve. */
  warmable(modules: readonly string[]): string[];
  /** A module whose loading took a runner down is loaded by each child for itself. */
  neverWarm(modules: readonly string[]): void;
  /** Variables that every run of the source's code finds. */
  readonly variables: Readonly<Record<string, string>>;
  /** What an application finds where it runs. */
  files(): Promise<ProjectFiles | null>;
}

/** What a run is in, beside the source and its environment. */
export interface Surroundings {
  readonly hashSeed: number;
  /** Whether the clock, the time zone and the folders are others than here. */
  readonly isMoved?: boolean;
  /** Whether every test is run twice. */
  readonly isTwice?: boolean;
  readonly isOtherPython?: boolean;
}

/** An interpreter beside the one in use. */
export type OtherPython = Pick<Interpreter, "interpreter" | "version" | "readable">;

/** Files of a source, as its applications find them. */
export interface ProjectFiles {
  /** Folders that it may be run from, each with a slash at its end; "" is the top. */
  readonly roots: readonly string[];
  /** POSIX paths. */
  readonly paths: readonly string[];
}

/** The interpreter and the folders that tests of a source run with; all paths are absolute. */
export interface Environment {
  readonly python: string;
  /** For sys.path: pytest's, then the source's dependencies. */
  readonly paths: readonly string[];
  readonly readable: readonly string[];
}

/**
 * Works out what a runner needs to know of a source, with its environment. Reads folders; runs nothing of the source.
 */
export async function prepareSource(
  tree: SourceTree,
  environment: Environment,
  backend: BackendName,
  {
    variables = {},
    other = null,
  }: { readonly variables?: PreparedSource["variables"]; readonly other?: OtherPython | null } = {},
): Promise<PreparedSource> {
  const roots = tree.importRoots.map((root) => join(tree.folder, root));
  const held = new Set((await Promise.all(roots.map(topLevelNames))).flat());
  const cold = new Set<string>();
  let files: ReturnType<PreparedSource["files"]> | undefined;
  return {
    variables,
    other,
    files: async () => await (files ??= filesOf(tree)),
    topLevel: [...held].filter((name) => /^[\p{XID_Start}_]\p{XID_Continue}*$/u.test(name)).toSorted(),
    config: (surroundings) =>
      runnerConfig(
        tree,
        roots,
        surroundings.isOtherPython === true && other !== null ? withPython(environment, other) : environment,
        backend,
        surroundings,
      ),
    warmable: (modules) =>
      [...new Set(modules)].filter((name) => held.has(name.split(".", 1)[0] ?? "") && !cold.has(name)).toSorted(),
    neverWarm: (modules) => modules.forEach((name) => cold.add(name)),
  };
}

function runnerConfig(
  tree: SourceTree,
  roots: readonly string[],
  environment: Environment,
  backend: BackendName,
  { hashSeed, isMoved = false }: Surroundings,
): RunnerConfig {
  return {
    python: environment.python,
    backend,
    hashSeed,
    ...(isMoved && { isMoved }),
    readable: [...environment.readable, ...environment.paths, tree.folder],
    paths: environment.paths,
    roots,
    source: tree.folder,
    shown: [[tree.folder, tree.name], ...environment.paths.map((path) => [path, "site-packages"] as const)],
    probe: false,
  };
}

/** The same packages under another interpreter: those that are built for one may not load under it. */
function withPython(environment: Environment, { interpreter, readable }: OtherPython): Environment {
  return { ...environment, python: interpreter, readable: [...readable, ...environment.readable] };
}

/** A project that holds more is imported from where it lies, and cannot write beside its code. */
const mostFiles = 6000;

/** All but databases, of which each run has its own, and what Python compiles; null where there are too many. */
async function filesOf({ folder, importRoots }: SourceTree): Promise<ProjectFiles | null> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .filter((path) => !/\.(?:pyc|db|sqlite3?)$/u.test(path) && !/(?:^|\/)(?:\.git|node_modules)\//u.test(path))
    .toSorted();
  const roots = [...new Set([...importRoots, ""])].map((root) => (root === "" ? "" : `${root}/`));
  return paths.length > mostFiles ? null : { roots, paths };
}

async function topLevelNames(root: string): Promise<string[]> {
  const entries = await readdir(root);
  return entries.map((entry) => entry.replace(/\.py$/u, ""));
}
