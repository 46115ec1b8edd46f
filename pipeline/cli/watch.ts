import { once } from "node:events";
import { basename, isAbsolute, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { watch } from "chokidar";
import { findReferences } from "../engine/config/references.js";
import type { Pipeline } from "../engine/config/pipeline.js";
import { PipelineError } from "../system/errors.js";
import { printError } from "./terminal.js";

/** Folders that no source is made of: what version control, package managers and pipelines themselves write. */
const ignored = new Set([".git", ".pipeline", "node_modules", "__pycache__", ".venv"]);

interface Watched {
  readonly read: () => Promise<Pipeline>;
  readonly run: (signal: AbortSignal) => Promise<void>;
  /** What the pipeline writes for the user, which is no reason to run again. */
  readonly outputs: (pipeline: Pipeline) => string;
}

/**
 * Runs a pipeline, and again after every change of a file that it depends on, until the signal ends it. A mistake is
 * shown, and then waited for.
 */
export async function watchPipeline({ read, run, outputs }: Watched, signal: AbortSignal): Promise<void> {
  let pipeline = await read();
  while (!signal.aborted) {
    // Watched before the run begins: a change while it runs counts too.
    const watcher = watch(localFiles(pipeline), {
      ignoreInitial: true,
      awaitWriteFinish: { stabilityThreshold: 200, pollInterval: 50 },
      ignored: (path) => ignored.has(basename(path)) || path === outputs(pipeline),
    });
    try {
      await once(watcher, "ready");
      const changed = once(watcher, "all", { signal });
      changed.catch(() => undefined);
      await showFailure(() => run(signal));
      process.stderr.write("watching for changes; Ctrl-C stops\n");
      await changed;
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      await watcher.close();
    }
    if (!signal.aborted) pipeline = (await showFailure(read)) ?? pipeline;
  }
  throw new PipelineError("stopped watching", { code: "interrupted" });
}

async function showFailure<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof PipelineError) || error.code === "interrupted") throw error;
    printError(error, { debug: false, json: false });
    return undefined;
  }
}

/** The pipeline file, and everything on this machine that it names. */
function localFiles({ file, baseDir, models, steps }: Pipeline): string[] {
  const references = steps.flatMap(({ stage, options }) =>
    findReferences(stage.options, options).flatMap(({ type, value, model }) => {
      if (type === "file" || type === "prompt") return [models[model ?? ""]?.prompt ?? value];
      return [type === "model" ? (models[value]?.source ?? value) : value].flat().flatMap(localPath);
    }),
  );
  const stages = steps.flatMap(({ module }) => (module.name === null ? [fileURLToPath(module.url)] : []));
  return [file, ...stages, ...references.map((path) => (isAbsolute(path) ? path : resolve(baseDir, path)))];
}

function localPath(reference: string): string[] {
  const [, path] = /^(?:folder|archive|list|file|scripted):(.+)$/u.exec(reference) ?? [];
  return path === undefined ? [] : [path];
}
