import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { EarlierPartition, PartitionTask, TaskSteering } from "../../partition/protocol.js";
import { type PartitionReceipt, readReceipt } from "../../partition/receipt.js";
import { type FileSlice, hashSlices, type RecordFile, sliceFiles } from "../../partition/record-file.js";
import { inputKinds, partitionSize } from "../../contract/stage.js";
import { type EarlierReceipt, earlierReceipts } from "../state/compact.js";
import { rootedTask } from "../../partition/task-paths.js";
import { limitThreshold } from "../config/limit.js";
import { factsOf } from "../plan/facts.js";
import { evidenceModules } from "../config/evidence.js";
import type { PlannedStep } from "../plan/plan.js";
import type { StepInput } from "./step-input.js";
import type { StepSurroundings } from "./step-surroundings.js";

/**
 * What a step runs: its partitions, made one by one when they are wanted and their records are there, so that no list
 * of them is ever held.
 */
export interface StepTasks {
  readonly attempt: number;
  /** The records that it takes in, as they come. */
  readonly input: StepInput;
  /** @param last what this attempt has left of it so far: the inputs that failed run again, and those alone */
  task(partition: number, steering: TaskSteering, last: PartitionReceipt | null): Promise<PartitionTask>;
  /** Records that a partition can begin at most, of those that are there. */
  readonly size: number;
  /**
   * What is left of a partition whose records are there: of the last attempt, where none of its inputs failed, or of a
   * run of this attempt that was stopped.
   */
  left(partition: number): Promise<Finished | undefined>;
}

/**
 * Divides a step's first input into partitions of a fixed size: never by the number of workers, nor by when records
 * come, so that results depend on neither.
 */
export async function planTasks(
  { step, folder, resolved, earlier }: PlannedStep,
  surroundings: StepSurroundings,
): Promise<StepTasks> {
  const { session, streams, finished, folders, input, pipeline } = surroundings;
  const rooted = (task: PartitionTask): PartitionTask => rootedTask(task, session.roots);
  const [first, ...others] = inputKinds(step.stage).keys();
  const otherInputs = others.map((name) => {
    const files = (step.from.get(name) ?? []).flatMap((id) => finished.get(id)?.records ?? []);
    return [name, sliceFiles(files)] as const;
  });
  const size = partitionSize(step.stage);
  const isWhole = size === Infinity;
  // What is left of a killed run of the stage that sees everything cannot be told from a finished part of it.
  if (isWhole) await rm(join(folder, "output"), { recursive: true, force: true });
  const before = isWhole ? [] : earlierReceipts(earlier);
  const attempt = earlier === null ? 0 : earlier.attempt + 1;
  const shared = {
    step: step.id,
    module: step.module,
    evidence: evidenceModules(step, pipeline.steps),
    options: resolved.options,
    seed: pipeline.seed,
    threshold: step.limit === null ? null : await limitThreshold(input.files, step.limit, pipeline.seed),
    attempt,
    folder,
    outputDir: join(folder, "output"),
    files: resolved.files,
    prompts: resolved.prompts,
    modelPrompts: resolved.modelPrompts,
    modelAsks: resolved.modelAsks,
    yaml: resolved.yaml,
    artifactFolders: artifactFolders([...step.from.values()].flat(), folders),
    facts: factsOf(step.stage.needs ?? [], pipeline),
    memoScope: `${step.stage.name} ${step.stage.version}`,
  };
  const slicesOf = (partition: number) =>
    isWhole ? sliceFiles(input.files) : sliceFiles(input.files, partition * size, size);
  const hashOf = async (slices: readonly FileSlice[]) => (isWhole ? null : await hashSlices(slices));

  return {
    attempt,
    input,
    get size() {
      return Math.max(1, Math.min(size, input.records));
    },
    async task(partition, steering, last) {
      const slices = slicesOf(partition);
      return rooted({
        ...shared,
        steering,
        partition,
        input: await hashOf(slices),
        inputs: first === undefined ? [] : [[first, slices], ...otherInputs],
        earlier: last === null || isWhole ? asEarlier(before[partition]) : ofThisAttempt(last),
        history: surroundings.history(),
        run: { id: session.id, settings: session.settings, work: surroundings.work(), watched: streams },
      });
    },
    async left(partition) {
      const receipt = before[partition];
      if (receipt !== undefined && receipt.counts.failed === 0) return receipt;
      return await readReceipt(folder, partition, attempt, async () => await hashOf(slicesOf(partition)));
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

function artifactFolders(steps: readonly string[], folders: ReadonlyMap<string, string>): string[] {
  return [...new Set(steps)].flatMap((id) => folders.get(id) ?? []).map((folder) => join(folder, "output"));
}

/** What the partitions of a step came to, in order. */
export type Finished = PartitionReceipt | EarlierReceipt;
