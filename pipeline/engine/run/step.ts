import { readdir } from "node:fs/promises";
import { cpus } from "node:os";
import { join } from "node:path";
import pMap from "p-map";
import type { StepFinished } from "../../contract/events.js";
import { readReceipt } from "../../partition/receipt.js";
import { answererOf } from "../../partition/services/answer.js";
import { servicesNeeded } from "../../partition/needed.js";
import { joinFiles, removeParts } from "../state/compact.js";
import { rememberHashes } from "../plan/file-hash.js";
import { createHost } from "./host.js";
import { prepareFolder, type StepManifest, summarise, total, writeManifest } from "../state/manifest.js";
import type { PlannedStep } from "../plan/plan.js";
import type { OpenHost } from "./attempts.js";
import { isOpen, runPartitions } from "./partitions.js";
import { collectOutputs } from "./publish.js";
import type { Session } from "../plan/session.js";
import type { StepSurroundings } from "./step-surroundings.js";
import { StepProgress } from "./step-progress.js";
import { type Finished, planTasks } from "./tasks.js";
import { watchAnswers } from "./watch-answers.js";

/** Runs a step: the partitions that are not finished yet, then the manifest that closes it. */
export async function runStep(planned: PlannedStep, surroundings: StepSurroundings): Promise<StepManifest> {
  const { folder } = planned;
  const { session, emit } = surroundings;
  await prepareFolder(folder, surroundings);
  const tasks = await planTasks(planned, surroundings);
  const numbers = Array.from({ length: tasks.partitions }, (_, partition) => partition);
  const left = await pMap(
    numbers,
    async (partition): Promise<Finished | undefined> =>
      tasks.settled(partition) ?? (await readReceipt(folder, partition, tasks.attempt)),
    { concurrency: 16 },
  );
  const settled = left.filter((receipt) => receipt !== undefined).filter((receipt) => !isOpen(receipt, surroundings));
  const progress = new StepProgress(planned, settled, tasks, emit);
  const needs = servicesNeeded(planned.step.stage.needs ?? []);
  await session.services.prepare(surroundings.work);
  const capacity = async () =>
    (await session.services.capacity(needs)) ?? Math.max(1, Math.floor(cpus().length / surroundings.executor.slots));
  const watch = surroundings.streams ? watchAnswers(planned.step.id, emit) : undefined;
  const openHost: OpenHost = () => {
    const claims = session.store.claims.open();
    const memory = { store: session.store, claims, lockfile: session.context.lockfile };
    return {
      host: ({ partition, listening: { tell }, signal, spend, ...listeners }) =>
        createHost(
          {
            answer: answererOf(session.services, { asker: { step: planned.step.id, partition }, signal, spend, watch }),
            capacity,
          },
          memory,
          {
            ...listeners,
            progress: progress.of(partition),
            spend,
            event: emit,
            watch,
            tell,
          },
        ),
      end: () => claims.close(),
    };
  };
  const receipts = await runPartitions(
    planned,
    tasks,
    { left, openHost, onFinished: (receipt) => progress.finished(receipt) },
    surroundings,
  );
  return await closeStep(planned, receipts, tasks.attempt, session);
}

/** Joins what the partitions left, and writes the manifest. */
async function closeStep(
  { step, folder, fingerprint, parts, resolved }: PlannedStep,
  finished: readonly Finished[],
  attempt: number,
  session: Session,
): Promise<StepManifest> {
  const sums = total(finished);
  const manifest: StepManifest = {
    step: step.id,
    stage: step.stage.name,
    writes: step.stage.writes.name,
    fingerprint,
    parts: { ...parts },
    texts: { ...resolved.texts },
    ...sums,
    attempt,
    records: await joinFiles(
      folder,
      "records",
      finished.map(({ output }) => output),
    ),
    left: await joinFiles(
      folder,
      "left",
      finished.map(({ left }) => left),
    ),
    partitions:
      sums.counts.failed === 0
        ? []
        : finished.map(({ counts, reasons, notices, output, left }) => ({
            counts,
            reasons,
            notices,
            outputBytes: output.bytes,
            left: { bytes: left.bytes, records: left.records },
          })),
    outputs: await collectOutputs(join(folder, "output")),
  };
  await writeManifest(folder, manifest);
  await rememberHashes(folder, manifest, session.store);
  await removeParts(await readdir(folder), folder, manifest);
  return manifest;
}

/** The event for what a step came to; `seconds` are of the wall clock. */
export function stepFinished(
  manifest: StepManifest,
  { cached, seconds }: { cached: boolean; seconds: number },
): StepFinished {
  const { stage: _stage, ...summary } = summarise(manifest);
  return { type: "step-finished", ...summary, cached, seconds };
}
