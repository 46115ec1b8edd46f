import { cpus } from "node:os";
import { rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Emit, StepFinished } from "../events.js";
import type { Executor } from "../executors/local.js";
import { readReceipt } from "../executors/partition.js";
import type { PartitionReceipt, PartitionTask } from "../executors/protocol.js";
import { partitionSize, type RecordFile } from "../executors/record-file.js";
import type { Model } from "../model.js";
import type { Service } from "../service.js";
import { inputKinds, type StepSummary } from "../stage.js";
import { type AnswerListener, createHost } from "./host.js";
import { limitThreshold } from "./limit.js";
import { outputFiles, prepareFolder, type StepManifest, summarise, total, writeManifest } from "./manifest.js";
import type { PlannedStep } from "./plan.js";
import { collectOutputs } from "./publish.js";
import type { Session } from "./session.js";

/** What a step needs from the run around it. */
export interface StepSurroundings {
  readonly session: Session;
  readonly models: Service<(ref: string) => Model>;
  readonly executor: Executor;
  readonly emit: Emit;
  readonly signal: AbortSignal;
  /** Results of the steps before, by id. */
  readonly finished: ReadonlyMap<string, StepManifest>;
  /** What they counted, for those that this step's inputs come from. */
  readonly history: readonly StepSummary[];
  readonly pipeline: PartitionTask["pipeline"];
  /** Whether to tell what models write while they write it. */
  readonly streams: boolean;
  /** Run all of it again, whatever an earlier run of the same step left. */
  readonly discard: boolean;
}

/** Runs a step: the partitions that are not finished yet, then the manifest that closes it. */
export async function runStep(planned: PlannedStep, surroundings: StepSurroundings): Promise<StepManifest> {
  const { step, folder, fingerprint, parts } = planned;
  const { session, executor, signal } = surroundings;
  await prepareFolder(folder, surroundings);
  const tasks = await makeTasks(planned, surroundings);
  const receipts: (PartitionReceipt | undefined)[] = await Promise.all(tasks.map(({ partition }) => readReceipt(folder, partition)));
  const progress = trackProgress(planned, receipts, tasks, surroundings.emit);
  const services = { model: surroundings.models.api, sandbox: session.sandbox.api, sources: session.sources.api, finetuning: session.finetuning.api };

  const watch = surroundings.streams ? watchAnswers(step.id, surroundings.emit) : undefined;

  // The first failure stops the partitions that are still running.
  const stop = new AbortController();
  const abort = AbortSignal.any([signal, stop.signal]);
  const queue = tasks.filter(({ partition }) => receipts[partition] === undefined);
  async function worker(): Promise<void> {
    for (let task = queue.shift(); task !== undefined; task = queue.shift()) {
      const { partition } = task;
      const report = progress.of(partition);
      const receipt = await executor.run(task, (stream) => createHost(services, session.store, { progress: report, stream, watch }), abort);
      receipts[partition] = receipt;
      progress.finished(receipt);
    }
  }
  const workers = Array.from({ length: Math.min(executor.workers, queue.length) }, worker);
  try {
    await Promise.all(workers);
  } catch (error) {
    stop.abort();
    await Promise.allSettled(workers);
    throw error;
  }

  const partitions = receipts.filter((receipt) => receipt !== undefined);
  const manifest: StepManifest = {
    step: step.id,
    stage: step.stage.name,
    fingerprint,
    parts: { ...parts },
    texts: planned.resolved.texts,
    ...total(partitions),
    partitions,
    outputs: await collectOutputs(join(folder, "output")),
  };
  await writeManifest(folder, manifest);
  return manifest;
}

export function stepFinished(manifest: StepManifest, { cached, seconds }: { cached: boolean; seconds: number }): StepFinished {
  const { stage: _stage, ...summary } = summarise(manifest);
  return { type: "step-finished", ...summary, cached, seconds };
}

/** Tells of answers piece by piece. */
function watchAnswers(step: string, emit: Emit): (about: string) => AnswerListener {
  let answers = 0;
  return (about) => {
    answers += 1;
    const piece = { type: "model-text" as const, step, answer: answers, about };
    return {
      text: (text) => emit({ ...piece, text, done: false }),
      end: () => emit({ ...piece, text: "", done: true }),
    };
  };
}

async function makeTasks({ step, folder, resolved }: PlannedStep, surroundings: StepSurroundings): Promise<PartitionTask[]> {
  const { session, models, executor, finished, history, pipeline } = surroundings;
  const inputs = [...inputKinds(step.stage).keys()].map((name) => {
    const steps = step.from.get(name) ?? [];
    return [name, steps.flatMap((id) => filesOf(id, finished))] as const;
  });
  const first = inputs[0]?.[1] ?? [];
  const records = first.reduce((sum, file) => sum + file.records, 0);
  const isWhole = step.stage.parallel === "whole";
  // What is left of a killed run of the stage that sees everything cannot be told from a finished part of it.
  if (isWhole) await rm(join(folder, "output"), { recursive: true, force: true });
  const partitions = isWhole ? 1 : Math.max(1, Math.ceil(records / partitionSize));
  const needs = step.stage.needs ?? [];
  const capacities = [
    ...(needs.includes("model") ? [models.capacity()] : []),
    ...(needs.includes("sandbox") ? [session.sandbox.capacity()] : []),
  ];
  const threshold = step.limit === null ? null : await limitThreshold(first, step.limit, pipeline.seed);

  return Array.from({ length: partitions }, (_, partition) => ({
    step: step.id,
    module: step.module,
    options: resolved.options,
    seed: pipeline.seed,
    inputs,
    slice: isWhole ? { start: 0, count: Math.max(records, 0) } : { start: partition * partitionSize, count: partitionSize },
    threshold,
    partition,
    folder,
    outputDir: join(folder, "output"),
    inFlight: Math.max(1, ...capacities, ...(capacities.length === 0 ? [Math.max(1, Math.floor(cpus().length / executor.workers))] : [])),
    files: resolved.files,
    prompts: resolved.prompts,
    yaml: resolved.yaml,
    artifactFolders: [...new Set([...step.from.values()].flat())].flatMap((id) => finished.get(id)?.partitions[0]?.output.path ?? []).map((path) => join(dirname(path), "output")),
    history,
    pipeline,
    memoScope: `${step.stage.name} ${step.stage.version}`,
  }));
}

function filesOf(id: string, finished: ReadonlyMap<string, StepManifest>): RecordFile[] {
  const manifest = finished.get(id);
  return manifest === undefined ? [] : outputFiles(manifest);
}

/** Adds up what the running and the finished partitions of a step say, and tells it as one step's progress. */
function trackProgress({ step }: PlannedStep, receipts: readonly (PartitionReceipt | undefined)[], tasks: readonly PartitionTask[], emit: Emit) {
  const running = new Map<number, { done: number; total: number; unit: string | undefined; out: number; dropped: number }>();
  const done = { done: 0, out: 0, dropped: 0 };
  const add = ({ counts }: PartitionReceipt) => {
    done.done += counts.in - counts.skipped;
    done.out += counts.out;
    done.dropped += counts.dropped;
  };
  for (const receipt of receipts) if (receipt !== undefined) add(receipt);
  const records = tasks[0]?.inputs[0]?.[1].reduce((sum, file) => sum + file.records, 0) ?? 0;
  const expected = Math.min(records, step.limit ?? Infinity);

  const tell = () => {
    const parts = [...running.values()];
    const sum = (key: "done" | "out" | "dropped") => parts.reduce((value, part) => value + part[key], done[key]);
    const [only] = parts;
    const own = only?.unit !== undefined && parts.length === 1 && tasks.length === 1 ? only : undefined;
    emit({
      type: "step-progress", step: step.id, done: own?.done ?? Math.min(sum("done"), expected), total: own?.total ?? expected,
      ...(own?.unit !== undefined && { unit: own.unit }), out: sum("out"), dropped: sum("dropped"),
    });
  };
  // Before anything is done: how much there is to do, and where the pace is counted from.
  if (expected > 0) tell();
  return {
    of: (partition: number) => (partDone: number, partTotal: number, unit: string | undefined, out: number, dropped: number) => {
      running.set(partition, { done: partDone, total: partTotal, unit, out, dropped });
      tell();
    },
    finished: (receipt: PartitionReceipt) => {
      running.delete(receipt.partition);
      add(receipt);
      tell();
    },
  };
}
