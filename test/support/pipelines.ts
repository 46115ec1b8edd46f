import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { moduleUrl } from "../../pipeline/engine/plan/module-hash.js";
import type { RunOptions } from "../../pipeline/engine/config/options.js";
import type { Pipeline, Step } from "../../pipeline/engine/config/pipeline.js";
import type { Providers } from "../../pipeline/engine/plan/providers.js";
import { type RunHandle, startRun } from "../../pipeline/engine/run/handle.js";
import { run } from "../../pipeline/engine/run/run.js";
import { PipelineError } from "../../pipeline/system/errors.js";
import type { PipelineEvent, StepFinished } from "../../pipeline/contract/events.js";
import { sources } from "../../pipeline/sources/definition.js";
import { packageRoot } from "../../pipeline/system/paths.js";
import { inputKinds, type Stage } from "../../pipeline/contract/stage.js";

/** A pipeline of stages under test/support/stages, each reading from the one before. */
export async function pipelineOf(
  baseDir: string,
  steps: readonly {
    stage: string;
    id?: string;
    with?: object;
    limit?: number;
    output?: string;
    from?: readonly string[] | Readonly<Record<string, readonly string[]>>;
  }[],
  seed = 1,
): Promise<Pipeline> {
  const made: Step[] = [];
  for (const { stage: name, id = name, with: options = {}, limit, output, from } of steps) {
    const url = moduleUrl(join(packageRoot, `test/support/stages/${name}.mjs`));
    const { default: stage } = (await import(url)) as { default: Stage };
    const [input] = inputKinds(stage).keys();
    const before = from ?? made.slice(-1).map((step) => step.id);
    const wired = Array.isArray(before)
      ? input === undefined
        ? []
        : [[input, before as readonly string[]] as const]
      : Object.entries(before);
    made.push({
      id,
      stage,
      module: { url, name: null },
      from: new Map(wired),
      options: stage.options.parse(options) as Record<string, unknown>,
      limit: limit ?? null,
      output: output ?? null,
      location: { file: "test.yaml", line: 1, column: 1, length: 1 },
      origin: () => ({ from: "default" }),
    });
  }
  return {
    name: "test",
    seed,
    file: join(baseDir, "test.yaml"),
    baseDir,
    determinism: "strict",
    models: {},
    catalogue: {},
    parameters: [],
    steps: made,
    origin: () => ({ from: "default" }),
  };
}

/** A folder that goes when the test ends. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "pipeline-test-"));
  onTestFinished(async () => await rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Runs a pipeline that asks no service; answers its events, and the error that it ended with. */
export async function runAll(
  pipeline: Pipeline,
  options: Partial<RunOptions> & { cwd: string },
  onEvent: (event: PipelineEvent) => void = () => undefined,
): Promise<{ events: PipelineEvent[]; steps: StepFinished[]; error: unknown }> {
  const events: PipelineEvent[] = [];
  let error: unknown;
  try {
    for await (const event of run(pipeline, allOptions(options), withoutServices)) {
      events.push(event);
      onEvent(event);
    }
  } catch (failure) {
    error = failure;
  }
  return { events, steps: events.filter((event) => event.type === "step-finished"), error };
}

/** Starts a run of a pipeline that asks no service. */
export function startOne(pipeline: Pipeline, options: Partial<RunOptions> & { cwd: string }): RunHandle {
  return startRun(pipeline, allOptions(options), withoutServices);
}

function allOptions(options: Partial<RunOptions> & { cwd: string }): RunOptions {
  return { cacheDir: join(options.cwd, "cache"), workers: 2, sandbox: "none", update: false, ...options };
}

const refuse = (): never => {
  throw new PipelineError("this test asks no service", { code: "internal" });
};
const withoutServices: Providers = {
  resolveSource: refuse,
  modelCan: () => [],
  modelLacks: async () => [],
  resolveModel: refuse,
  fetchModel: refuse,
  loadPrompt: refuse,
  services: [sources],
};
