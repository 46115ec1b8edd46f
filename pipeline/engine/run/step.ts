import { cpus } from "node:os";
import { join } from "node:path";
import type { StepFinished } from "../../contract/events.js";
import { answererOf } from "../../partition/services/answer.js";
import { servicesNeeded } from "../../partition/needed.js";
import { joinFiles, takeOver } from "../state/compact.js";
import { rememberHashes } from "../plan/file-hash.js";
import { createHost } from "./host.js";
import { prepareFolder, type StepManifest, summarise, total, writeManifest } from "../state/manifest.js";
import type { PlannedStep } from "../plan/plan.js";
import type { OpenHost } from "./attempts.js";
import { Partitions } from "./partitions.js";
import { collectOutputs } from "./publish.js";
import type { Session } from "../plan/session.js";
import type { StepSurroundings } from "./step-surroundings.js";
import { StepProgress } from "./step-progress.js";
import { type Finished, planTasks } from "./tasks.js";
import { watchAnswers } from "./watch-answers.js";

/**
 * Runs a step: the partitions that are not finished yet, then the manifest that closes it. Answers null where it cannot
 * be closed as it began (see Partitions); what its partitions have left is kept.
 */
export async function runStep(planned: PlannedStep, surroundings: StepSurroundings): Promise<StepManifest | null> {
  const { session, emit, steering } = surroundings;
  await prepareFolder(planned.folder, surroundings);
  if (surroundings.begunIn !== null) await takeOver(surroundings.begunIn, planned.folder);
  const tasks = await planTasks(planned, surroundings);
  const progress = new StepProgress(planned, tasks, emit);
  const openHost = hostsOf(planned, progress, surroundings);
  const partitions = new Partitions(planned, { tasks, openHost, progress }, surroundings);
  await partitions.lookBack();
  progress.begin();
  const receipts = await partitions.run();
  if (receipts === null || !(await surroundings.isCurrent(planned))) return null;
  return await steering.work(async () => await closeStep(planned, receipts, tasks.attempt, session));
}

/** Opens the hosts that a step's partitions talk to. */
function hostsOf({ step }: PlannedStep, progress: StepProgress, surroundings: StepSurroundings): OpenHost {
  const { session, emit, streams, executor } = surroundings;
  const needs = servicesNeeded(step.stage.needs ?? []);
  const capacity = async () =>
    (await session.services.capacity(needs)) ?? Math.max(1, Math.floor(cpus().length / executor.slots));
  const watch = streams ? watchAnswers(step.id, emit) : undefined;
  return () => {
    const claims = session.store.claims.open();
    const memory = { store: session.store, claims, lockfile: session.context.lockfile };
    return {
      host: ({ partition, listening: { tell }, signal, spend, ...listeners }) =>
        createHost(
          {
            answer: answererOf(session.services, { asker: { step: step.id, partition }, signal, spend, watch }),
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
}

/** Joins what the partitions left, and writes the manifest. Their own files are left to who reads them. */
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
