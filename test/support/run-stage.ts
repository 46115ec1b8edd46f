import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { deserializeError, serializeError } from "../../pipeline/system/errors.js";
import { type FoundReference, findReferences, modelAsks } from "../../pipeline/engine/config/references.js";
import { Gate, noOrders } from "../../pipeline/partition/gate.js";
import { runPartition } from "../../pipeline/partition/partition.js";
import type { Counts } from "../../pipeline/partition/receipt.js";
import type { HostFunctions, LeftRecord, Outcome, PartitionTask } from "../../pipeline/partition/protocol.js";
import { readRecordFiles, type RecordFile, RecordWriter, sliceFiles } from "../../pipeline/partition/record-file.js";
import { hashValue } from "../../pipeline/system/hash.js";
import type { BackendModel } from "../../pipeline/contract/model.js";
import { evidenceOf } from "../../pipeline/contract/evidence.js";
import type { AnyService, RunSettings, ServiceName, Services } from "../../pipeline/contract/service.js";
import { answererOf } from "../../pipeline/partition/services/answer.js";
import { services as shipped } from "../../pipeline/services.js";
import type { Prompt } from "../../pipeline/contract/prompt.js";
import type { AnyRecord } from "../../pipeline/contract/kind.js";
import { inputKinds, loadStages, partitionSize, type Stage } from "../../pipeline/contract/stage.js";
import type { StepSummary } from "../../pipeline/contract/step-summary.js";

import { stages } from "../../stages/index.js";

/** Records by input; a list is the first input. */
export type Inputs = readonly AnyRecord[] | Readonly<Record<string, readonly AnyRecord[]>>;

export interface StageSurroundings {
  readonly services?: Partial<Omit<Services, "model">> & { readonly model?: (ref: string) => BackendModel };
  readonly prompts?: Readonly<Record<string, Prompt>>;
  readonly files?: Readonly<Record<string, string>>;
  /** What YAML files hold, by the names that options give them. */
  readonly yaml?: Readonly<Record<string, unknown>>;
  /** Where the steps before left their files. */
  readonly artifactFolders?: readonly string[];
  readonly history?: readonly StepSummary[];
  readonly seed?: number;
  /** The pipeline as YAML, as the engine describes it. */
  readonly text?: string;
  /** Where the stage's files go; a temporary folder, gone at the end, unless told. */
  readonly outputDir?: string;
  /** Records a partition; as the engine does it unless told. */
  readonly partition?: number;
  /**
   * Before the run, another one in the same folder and with the same memo ends at the last record of the first input,
   * which cannot be read.
   */
  readonly stoppedBefore?: boolean;
  /** As `stoppedBefore`, by the stage itself, once it has put out this many records: for one without an input. */
  readonly stoppedAfter?: number;
  /** What a former run left in the memo. */
  readonly memo?: Map<string, unknown>;
}

export interface StageResult {
  readonly kept: AnyRecord[];
  readonly dropped: LeftRecord[];
  readonly failed: LeftRecord[];
  readonly rejected: LeftRecord[];
  readonly refused: LeftRecord[];
  /** What the stage said of its result as a whole. */
  readonly notices: string[];
  /** What became of its inputs, all partitions together. */
  readonly counts: Counts;
}

/** Runs a stage as the engine's workers do, in this thread: same files, same accounting, same context. */
export async function runStage(
  stage: Stage,
  inputs: Inputs,
  options: object = {},
  surroundings: StageSurroundings = {},
): Promise<StageResult> {
  const folder = await mkdtemp(join(tmpdir(), "stage-"));
  try {
    const parsed = stage.options.parse(options) as Record<string, unknown>;
    const files = await writeInputs(stage, inputs, folder);
    const total = files[0]?.[1].records ?? 0;
    const size = stage.parallel === "whole" ? Infinity : (surroundings.partition ?? partitionSize(stage));
    const partitions = Math.max(1, Math.ceil(total / size));
    const results = { kept: [], dropped: [], failed: [], rejected: [], refused: [], notices: [] } as Listed;
    let counts: Counts = none;
    const history = surroundings.history ?? [];
    const evidence = evidenceOf([...(await loadStages(stages)), stage]);
    const memo = surroundings.memo ?? new Map<string, unknown>();
    const {
      prompts = {},
      files: named = {},
      yaml = {},
      artifactFolders = [],
      seed = 1,
      text = "name: test\n",
      outputDir = join(folder, "output"),
    } = surroundings;
    for (let partition = 0; partition < partitions; partition += 1) {
      const task: PartitionTask = {
        step: stage.name,
        module: { url: "", name: stage.name },
        evidence: [],
        options: parsed,
        seed,
        inputs: files.map(
          ([name, file], position) =>
            [
              name,
              position > 0 || size === Infinity ? sliceFiles([file]) : sliceFiles([file], partition * size, size),
            ] as const,
        ),
        threshold: null,
        partition,
        attempt: 0,
        input: null,
        earlier: null,
        folder,
        outputDir,
        files: named,
        prompts,
        modelPrompts: modelPromptsOf(stage, parsed, prompts),
        modelAsks: modelAsks(referencesOf(stage, parsed, yaml)),
        yaml,
        artifactFolders,
        history,
        facts: { pipeline: { name: "test", seed, text }, pipelineName: "test" },
        memoScope: stage.name,
        run: { id: "test", settings: testSettings, work: { models: {}, later: [] }, watched: false },
        steering: { orders: noOrders, quota: null, tellsItems: false },
      };
      const streams = new Map<number, (text: string) => void>();
      const { signal } = new AbortController();
      const host = directHost({ ...surroundings, memo, signal });
      const gate = new Gate(noOrders, { signal, atRest: () => undefined });
      const around = { host, streams, signal, gate, evidence, services: shipped };
      const attempt = async (each: PartitionTask) => await runPartition(stage, each, around);
      if (surroundings.stoppedBefore === true)
        await expect(attempt(await withBrokenEnd(task))).rejects.toThrow(SyntaxError);
      if (surroundings.stoppedAfter !== undefined) {
        const stopped = runPartition(endingAfter(stage, surroundings.stoppedAfter), task, around);
        await expect(stopped).rejects.toThrow("the stage is stopped");
      }
      const receipt = await attempt(task);
      results.notices.push(...receipt.notices);
      counts = added(counts, receipt.counts);
      for await (const record of readRecordFiles<AnyRecord>([receipt.output])) results.kept.push(record);
      for await (const entry of readRecordFiles<LeftRecord>([receipt.left])) {
        results[entry.type].push(entry);
      }
    }
    return { ...results, counts };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What a run leaves, record by record. */
type Listed = Omit<StageResult, "counts">;

const none: Counts = { in: 0, used: 0, out: 0, dropped: 0, failed: 0, skipped: 0, rejectedParts: 0, refused: 0 };

function added(one: Counts, other: Counts): Counts {
  const names = Object.keys(none) as (keyof Counts)[];
  return Object.fromEntries(names.map((name) => [name, one[name] + other[name]])) as unknown as Counts;
}

/** The stage, which ends with an error once it has put out some records. */
function endingAfter(stage: Stage, records: number): Stage {
  return {
    ...stage,
    async *run(...args: Parameters<Stage["run"]>) {
      let left = records;
      for await (const record of stage.run(...args)) {
        if (left === 0) break;
        left -= 1;
        yield record;
      }
      throw new Error("the stage is stopped");
    },
  };
}

const testSettings: RunSettings = { workers: 1, sandbox: "none", variables: {}, determinism: "strict" };

/** Models without an entry of their own are asked by the file that the stage names for them. */
function modelPromptsOf(
  stage: Stage,
  options: object,
  prompts: Readonly<Record<string, Prompt>>,
): PartitionTask["modelPrompts"] {
  return Object.fromEntries(
    findReferences(stage.options, options).flatMap(({ model, value: file }) => {
      const prompt = prompts[file];
      return model === undefined || prompt === undefined ? [] : [[model, { file, prompt, form: "auto" as const }]];
    }),
  );
}

/** What the options name, and what the YAML files name that they do. */
function referencesOf(stage: Stage, options: object, yaml: Readonly<Record<string, unknown>>): FoundReference[] {
  return findReferences(stage.options, options).flatMap((reference) =>
    reference.schema === undefined
      ? [reference]
      : [reference, ...findReferences(reference.schema, reference.schema.parse(yaml[reference.value]))],
  );
}

/** The task with a copy of its first input whose last line is cut off. */
async function withBrokenEnd(task: PartitionTask): Promise<PartitionTask> {
  const [first, ...others] = task.inputs;
  if (first === undefined) return task;
  const [name, slices] = first;
  const broken = await Promise.all(
    slices.map(async (slice) => {
      const text = await readFile(slice.path, "utf8");
      await writeFile(`${slice.path}.broken`, text.slice(0, -10));
      return { ...slice, path: `${slice.path}.broken` };
    }),
  );
  return { ...task, inputs: [[name, broken], ...others] };
}

async function writeInputs(stage: Stage, inputs: Inputs, folder: string): Promise<(readonly [string, RecordFile])[]> {
  await mkdir(join(folder, "inputs"));
  const names = [...inputKinds(stage).keys()];
  const named = Array.isArray(inputs)
    ? { [names[0] ?? ""]: inputs as readonly AnyRecord[] }
    : (inputs as Readonly<Record<string, readonly AnyRecord[]>>);
  return await Promise.all(
    names.map(async (name) => {
      const writer = await RecordWriter.create(join(folder, "inputs", `${name}.jsonl`));
      for (const record of named[name] ?? []) await writer.write(record);
      return [name, await writer.commit()] as const;
    }),
  );
}

/** Calls the services in this thread; values still pass through a structured clone, as between threads. */
function directHost({
  services = {},
  memo,
  signal,
}: StageSurroundings & { readonly memo: Map<string, unknown>; readonly signal: AbortSignal }): HostFunctions {
  const answer = async (work: () => unknown): Promise<Outcome> => {
    try {
      return structuredClone({ value: await work() });
    } catch (error) {
      const serialized = serializeError(error);
      if (serialized.code === "internal") throw deserializeError(serialized);
      return { error: serialized };
    }
  };
  const call = answererOf(
    {
      find: (need) => shipped.find(({ name }) => name === need) ?? (need as AnyService),
      get: async (need) => {
        const { name } = need as AnyService;
        const api = services[name as ServiceName];
        if (api === undefined) throw new Error(`the test gives the stage no service "${name}"`);
        return { api, close: async () => undefined };
      },
    },
    { signal },
  );
  return {
    call: (service, name, args) => answer(() => call(service, name, args, null)),
    capacity: async () => ({ value: 4 }),
    recall: (key) => answer(() => (memo.has(hashValue(key)) ? { value: memo.get(hashValue(key)) } : null)),
    keep: (key, value) => answer(() => void memo.set(hashValue(key), value)),
    giveUp: async () => ({ value: null }),
    pinned: async () => ({ value: null }),
    pin: async (_reference, entry) => ({ value: entry }),
    spend: () => undefined,
    written: () => undefined,
    event: () => undefined,
    progress: () => undefined,
    atRest: () => undefined,
    item: () => undefined,
    heard: async () => undefined,
  };
}
