import { rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { EarlierPartition, PartitionTask, TaskSteering } from "../../partition/protocol.js";
import type { PartitionReceipt } from "../../partition/receipt.js";
import { type RecordFile, sliceFiles } from "../../partition/record-file.js";
import { inputKinds, partitionSize } from "../../contract/stage.js";
import { type EarlierReceipt, earlierReceipts } from "../state/compact.js";
import { rootedTask } from "../../partition/task-paths.js";
import { limitThreshold } from "../config/limit.js";
import { factsOf } from "../plan/facts.js";
import type { StepManifest } from "../state/manifest.js";
import { evidenceModules } from "../config/evidence.js";
import type { PlannedStep } from "../plan/plan.js";
import type { StepSurroundings } from "./step-surroundings.js";

/** What a step runs: its partitions, made one by one when they are wanted, so that no list of them is ever held. */
export interface StepTasks {
  readonly partitions: number;
  readonly attempt: number;
  /** Records of the first input. */
  readonly records: number;
  /** @param last what this attempt has left of it so far: the inputs that failed run again, and those alone */
  task(partition: number, steering: TaskSteering, last: PartitionReceipt | null): PartitionTask;
  /** Records that a partition can begin at most. */
  readonly size: number;
  /** What the last attempt left of a partition, where none of its inputs failed. */
  settled(partition: number): EarlierReceipt | undefined;
}

/**
 * Divides a step's first input into partitions of a fixed size: never by the number of workers, so that results do not
 * depend on it.
 */
export async function planTasks(
  { step, folder, resolved, earlier }: PlannedStep,
  surroundings: StepSurroundings,
): Promise<StepTasks> {
  const { session, work, streams, finished, history, pipeline } = surroundings;
  const rooted = (task: PartitionTask): PartitionTask => rootedTask(task, session.roots);
  const [first, ...others] = [...inputKinds(step.stage).keys()].map((name) => {
    const steps = step.from.get(name) ?? [];
    return { name, files: steps.flatMap((id) => fileOf(id, finished)) };
  });
  const files = first?.files ?? [];
  const records = files.reduce((sum, file) => sum + file.records, 0);
  const size = partitionSize(step.stage);
  const isWhole = size === Infinity;
  // What is left of a killed run of the stage that sees everything cannot be told from a finished part of it.
  if (isWhole) await rm(join(folder, "output"), { recursive: true, force: true });
  const partitions = isWhole ? 1 : Math.max(1, Math.ceil(records / size));
  const before = isWhole ? [] : earlierReceipts(earlier);
  const attempt = earlier === null ? 0 : earlier.attempt + 1;
  const shared = {
    step: step.id,
    module: step.module,
    evidence: evidenceModules(step, pipeline.steps),
    options: resolved.options,
    seed: pipeline.seed,
    threshold: step.limit === null ? null : await limitThreshold(files, step.limit, pipeline.seed),
    attempt,
    folder,
    outputDir: join(folder, "output"),
    files: resolved.files,
    prompts: resolved.prompts,
    modelPrompts: resolved.modelPrompts,
    modelAsks: resolved.modelAsks,
    yaml: resolved.yaml,
    artifactFolders: artifactFolders([...step.from.values()].flat(), finished),
    history,
    facts: factsOf(step.stage.needs ?? [], pipeline),
    run: { id: session.id, settings: session.settings, work, watched: streams },
    memoScope: `${step.stage.name} ${step.stage.version}`,
  };
  const otherInputs = others.map((input) => [input.name, sliceFiles(input.files)] as const);

  return {
    partitions,
    attempt,
    records,
    size: Math.max(1, Math.min(size, records)),
    task: (partition, steering, last) =>
      rooted({
        ...shared,
        steering,
        partition,
        inputs:
          first === undefined
            ? []
            : [[first.name, isWhole ? sliceFiles(files) : sliceFiles(files, partition * size, size)], ...otherInputs],
        earlier: last === null || isWhole ? asEarlier(before[partition]) : ofThisAttempt(last),
      }),
    settled: (partition) => {
      const receipt = before[partition];
      return receipt === undefined || receipt.counts.failed > 0 ? undefined : receipt;
    },
  };
}

function ofThisAttempt({ output, left, counts }: PartitionReceipt): EarlierPartition {
  const slice = ({ path, records }: RecordFile) => ({ path, offset: 0, skip: 0, records });
  return { output: slice(output), left: slice(left), counts };
}

function asEarlier(receipt: EarlierReceipt | undefined): EarlierPartition | null {
  if (receipt === undefined) return null;
  const { output, left, counts } = receipt;
  const slice = ({ path, start, records }: EarlierReceipt["output"]) => ({ path, offset: start, skip: 0, records });
  return { output: slice(output), left: slice(left), counts };
}

function fileOf(id: string, finished: ReadonlyMap<string, StepManifest>): RecordFile[] {
  const manifest = finished.get(id);
  return manifest === undefined ? [] : [manifest.records];
}

function artifactFolders(steps: readonly string[], finished: ReadonlyMap<string, StepManifest>): string[] {
  const files = [...new Set(steps)].flatMap((id) => fileOf(id, finished));
  return files.map(({ path }) => join(dirname(path), "output"));
}

/** What the partitions of a step came to, in order. */
export type Finished = PartitionReceipt | EarlierReceipt;
