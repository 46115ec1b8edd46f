import { mkdir, statfs } from "node:fs/promises";
import { availableParallelism, totalmem } from "node:os";
import { availableMemory } from "node:process";
import { runChild } from "../system/child.js";
import { untilAborted } from "../system/abort.js";
import { PipelineError, serializeError } from "../system/errors.js";
import { memoryLimit } from "../system/memory.js";
import { listModels } from "../models/weights/cache.js";
import { LlamaProcess } from "../models/llama/pool.js";
import { defaultCacheDir } from "../system/paths.js";
import { findPython } from "../system/python/interpreter.js";
import { bytes } from "../system/byte-size.js";
import { counted } from "../reporters/format.js";
import { backends, probeBackends } from "../sandbox/backends.js";

/** Something that pipelines need of a machine. */
export interface Check {
  readonly name: string;
  readonly look: (signal: AbortSignal) => Promise<Finding>;
}

export interface Finding {
  /** `warning`: something will be slow or missing; `problem`: pipelines cannot run here as they are. */
  readonly status: "ok" | "warning" | "problem";
  readonly found: string;
  readonly details?: readonly string[];
  /** What to do about it. */
  readonly fix?: string;
}

export const checks: readonly Check[] = [
  { name: "node", look: async () => findNode() },
  {
    name: "python",
    look: () => orProblem(findPythonHere, "install Python 3.10 or newer: apt install python3 python3-pip"),
  },
  {
    name: "pip",
    look: (signal) => orProblem(() => findPip(signal), "install pip: apt install python3-pip, or python3 -m ensurepip"),
  },
  {
    name: "git",
    look: (signal) =>
      orProblem(() => findGit(signal), "install git (only git: sources need it): apt install git", "warning"),
  },
  { name: "sandbox", look: (signal) => orProblem(() => findSandbox(signal), "see above") },
  {
    name: "inference",
    look: (signal) =>
      orProblem(() => findInference(signal), "only stages that ask no model run here until it is mended", "warning"),
  },
  { name: "models", look: findModels },
  { name: "processor", look: async () => findProcessors() },
  { name: "memory", look: async () => findMemory() },
  {
    name: "disk",
    look: () => orProblem(findDisk, "make the cache folder writable, or name another one: PIPELINE_CACHE=/path"),
  },
];

/** Least free space for a run of the pipeline that ships, with its model and environments. Bytes. */
const leastDisk = 2e9;
/** Least memory for a small model in two processes and the tests beside it. Bytes. */
const leastMemory = 4e9;

async function orProblem(
  look: () => Promise<Finding>,
  fix: string,
  status: Finding["status"] = "problem",
): Promise<Finding> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof PipelineError && error.code === "interrupted") throw error;
    const { message, hint } = serializeError(error);
    const [found = "", ...details] = message.split("\n");
    return { status, found, details, fix: hint ?? fix };
  }
}

function findNode(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const isNew = major > 20 || (major === 20 && minor >= 19);
  return isNew
    ? { status: "ok", found: process.versions.node }
    : { status: "problem", found: `${process.versions.node}: too old`, fix: "install Node 20.19 or newer" };
}

async function findPythonHere(): Promise<Finding> {
  const { version, executable } = await findPython();
  return { status: "ok", found: `${version}  ${executable}` };
}

async function findPip(signal: AbortSignal): Promise<Finding> {
  const { executable } = await findPython();
  const { stdout } = await runChild(executable, ["-m", "pip", "--version"], { code: "python", signal });
  return { status: "ok", found: stdout.split(" ")[1] ?? stdout };
}

async function findGit(signal: AbortSignal): Promise<Finding> {
  const { stdout } = await runChild("git", ["--version"], { signal });
  return { status: "ok", found: stdout.replace("git version ", "") };
}

async function findSandbox(signal: AbortSignal): Promise<Finding> {
  const probes = await probeBackends(signal);
  const best = probes.find(({ available }) => available);
  const details = probes
    .filter(({ available }) => !available)
    .map(({ name, reason }) => `not ${name}: ${reason.split("\n")[0] ?? ""}`);
  if (best !== undefined) return { status: "ok", found: `${best.name}, attacked from inside and held`, details };
  const fixes = backends.map(({ fix }) => fix);
  return {
    status: "problem",
    found: "nothing here can confine code that is not trusted",
    details,
    fix: `${[...new Set(fixes)].join("; or ")}; or run with --sandbox none if you trust every test and every source`,
  };
}

async function findInference(signal: AbortSignal): Promise<Finding> {
  const process = new LlamaProcess("this check", () => undefined);
  try {
    const variant = await untilAborted(process.start(), signal);
    return { status: "ok", found: `llama.cpp runs here (${variant.split(", CPU")[0] ?? variant})` };
  } finally {
    await process.close();
  }
}

async function findModels(): Promise<Finding> {
  const models = await listModels(defaultCacheDir());
  const size = models.reduce((sum, model) => sum + model.bytes, 0);
  return models.length === 0
    ? { status: "ok", found: "none in the cache yet: a run fetches what it needs (the default model: 93 MB)" }
    : {
        status: "ok",
        found: `${counted(models.length, "model")} in the cache, ${bytes(size)}`,
        details: models.map(({ source }) => source),
      };
}

function findProcessors(): Finding {
  return { status: "ok", found: counted(availableParallelism(), "core") };
}

function findMemory(): Finding {
  const limit = memoryLimit();
  const found =
    `${bytes(limit)}${limit < totalmem() ? ` of the machine's ${bytes(totalmem())}` : ""}, ` +
    `${bytes(availableMemory())} free`;
  return limit >= leastMemory ? { status: "ok", found } : { status: "warning", found, fix: "run with --workers 1" };
}

async function findDisk(): Promise<Finding> {
  const cache = defaultCacheDir();
  await mkdir(cache, { recursive: true });
  const places = await Promise.all(
    [["this folder", process.cwd()] as const, ["the cache", cache] as const].map(async ([name, path]) => {
      const { bavail, bsize } = await statfs(path);
      return { name, path, free: bavail * bsize };
    }),
  );
  const found = places.map(({ name, free }) => `${bytes(free)} free for ${name}`).join(", ");
  const isEnough = places.every(({ free }) => free >= leastDisk);
  return {
    status: isEnough ? "ok" : "warning",
    found,
    details: [`cache: ${cache}`],
    ...(!isEnough && { fix: `free some space: a run with a model needs about ${bytes(leastDisk)}` }),
  };
}
