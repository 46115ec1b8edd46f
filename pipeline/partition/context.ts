import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { pMapIterable, pMapSkip } from "p-map";
import { hashArtifact } from "../contract/artifact-hash.js";
import { PipelineError } from "../system/errors.js";
import { strayPath } from "../system/files/relative-path.js";
import type { EvidenceTypes } from "../contract/evidence.js";
import { checkReason, type LeftType, reason, type Reason } from "../contract/reasons.js";
import type { AnyRecord } from "../contract/kind.js";
import type { Artifact } from "../contract/records.js";
import type { AnyService } from "../contract/service.js";
import type { Prompt } from "../contract/prompt.js";
import type { PromptType } from "../contract/prompt-type.js";
import type { AskedAs, Context, Need, Needed, Stage } from "../contract/stage.js";
import { TemporaryIndex } from "./disk-index.js";
import { knownEvidence } from "./evidence.js";
import type { Gate } from "./gate.js";
import { type Items, leftOut } from "./items.js";
import { indexInput } from "./lookup.js";
import { once } from "./once.js";
import { connect, type Streams, unwrap } from "./connect.js";
import { neededOf } from "./needed.js";
import type { HostFunctions, LeftRecord, PartitionTask } from "./protocol.js";

/** What the context hands over to whoever runs the partition. */
export interface ContextSinks {
  readonly use: (record: AnyRecord) => void;
  /** Answers the input's id; null where the user has left it out before. */
  readonly leave: (record: AnyRecord, state: "dropped" | "failed", given: Reason) => string | null;
  readonly left: (entry: LeftRecord) => void;
  readonly notice: (text: string) => void;
  readonly progress: (done: number, total: number, unit: string | undefined) => void;
  /** Called with how many records of a `map` are done: 0 when it begins. */
  readonly mapped: (done: number) => void;
  /** Called with each function that must run when the partition ends. */
  readonly atEnd: (close: () => void) => void;
}

/** What a partition is run with. */
export interface PartitionSurroundings {
  readonly host: HostFunctions;
  readonly streams: Streams;
  readonly signal: AbortSignal;
  /** Where items wait while the run is paused. */
  readonly gate: Gate;
  /** The types of evidence that the stage and those before it bring. */
  readonly evidence: EvidenceTypes;
  /** The services that ship: how they are reached. */
  readonly services: readonly AnyService[];
}

interface ContextSurroundings extends Omit<PartitionSurroundings, "gate"> {
  readonly items: Items;
  readonly sinks: ContextSinks;
}

/** The context of one partition: what is local is done here, the rest is asked of the host. */
export function createContext(
  stage: Pick<Stage, "name" | "needs">,
  task: PartitionTask,
  { host, streams, signal, items, evidence, services, sinks }: ContextSurroundings,
): Context & Needed<Need> {
  const reach = connect(host, streams, { stage: stage.name, models: task.modelAsks });
  const sources = reach.shipped("sources", services);
  const leave = (state: "dropped" | "failed", record: AnyRecord, given: Reason) => {
    const id = sinks.leave(record, state, given);
    if (id !== null) sinks.left(lineOf(leftOf(state, record, id), given));
  };
  const context: Context = {
    signal,
    seed: task.seed,
    use: sinks.use,
    drop: (record, reason) => {
      leave("dropped", record, checkReason(reason, { stage: stage.name, method: "drop" }));
    },
    fail: (record, reason) => {
      leave("failed", record, checkReason(reason, { stage: stage.name, method: "fail" }));
    },
    reject: (part, of, reason) => {
      const given = checkReason(reason, { stage: stage.name, method: "reject" });
      sinks.left({ ...lineOf(leftOf("rejected", of, of.id), given), part });
    },
    refuse: ({ source, path }, reason) => {
      const given = checkReason(reason, { stage: stage.name, method: "refuse" });
      sinks.left(lineOf({ type: "refused", record: null, source, path }, given));
    },
    lookup: (input, key, keyOf) => once(task, `lookup ${key}`, () => indexInput(input, keyOf)),
    once: (name, make) => once(task, name, make),
    notice: sinks.notice,
    remember: (key, compute, scope = task.memoScope) => remember(host, [scope, key], compute),
    map: (records, fn) => {
      let done = 0;
      sinks.mapped(done);
      const work = async (record: Parameters<typeof fn>[0]) => {
        const result = await items
          .work(record, async () => await fn(record))
          .catch((error: unknown): typeof leftOut => {
            if (!isUnanswered(error) || !isRecord(record)) throw error;
            leave("failed", record, reason("unanswered", error.message, error.hint));
            return leftOut;
          });
        sinks.mapped((done += 1));
        return result === leftOut ? pMapSkip : result;
      };
      return asManyAs(reach.capacity(), (concurrency) => pMapIterable(records, work, { concurrency }));
    },
    index: () => {
      const index = new TemporaryIndex(task.folder);
      sinks.atEnd(() => index.close());
      return index;
    },
    progress: sinks.progress,
    get outputDir() {
      mkdirSync(task.outputDir, { recursive: true });
      return task.outputDir;
    },
    sourceTree: (source) => sources.tree({ ref: source.ref, name: source.name, version: source.version }),
    file: (ref) => named(task.files, ref, "file"),
    // Checked for the prompt that the stage asks with when the plan was made.
    prompt: <P extends Prompt>(ref: string, _type?: PromptType<P>) => named(task.prompts, ref, "prompt") as P,
    modelPrompt: <P extends Prompt>(model: string, _type?: PromptType<P>) =>
      named(task.modelPrompts, model, "model") as AskedAs<P>,
    yaml: (ref, schema) => schema.parse(named(task.yaml, ref, "yaml")),
    artifact: async (artifact) => await findArtifact(artifact, task.artifactFolders),
    evidence: (type) => knownEvidence(type, evidence),
    history: () => task.history ?? tooEarly(stage.name),
  };
  return Object.defineProperties(context, neededOf(stage, task, services, reach)) as Context & Needed<Need>;
}

/** Ends the partition, which runs again when the steps before are finished. */
function tooEarly(stage: string): never {
  throw new PipelineError(`stage "${stage}" asks what the steps before it counted while they still count`, {
    code: "early",
  });
}

/** Whether a model brought no answer to a question: that concerns no record but the one that it is about. */
function isUnanswered(error: unknown): error is PipelineError {
  return error instanceof PipelineError && error.code === "unanswered";
}

function isRecord(value: unknown): value is AnyRecord {
  return typeof value === "object" && value !== null && "kind" in value && "id" in value;
}

/** What is made once it is known how many may be in flight. */
async function* asManyAs<U>(
  capacity: Promise<number>,
  make: (capacity: number) => AsyncIterable<U>,
): AsyncGenerator<U> {
  yield* make(await capacity);
}

async function remember<T>(host: HostFunctions, key: unknown, compute: () => Promise<T>): Promise<T> {
  const remembered = unwrap(await host.recall(key)) as { readonly value: T } | null;
  if (remembered !== null) return remembered.value;
  try {
    const value = await compute();
    unwrap(await host.keep(key, value));
    return value;
  } catch (error) {
    await host.giveUp(key);
    throw error;
  }
}

function named<T>(entries: Readonly<Record<string, T>>, ref: string, type: string): T {
  const entry = entries[ref];
  if (entry === undefined) {
    throw new PipelineError(`"${ref}" is not a ${type} that an option of this step names`, {
      code: "stage",
      hint: `declare the option with ${type}Ref()`,
    });
  }
  return entry;
}

async function findArtifact(
  { path, sha256 }: Pick<Artifact, "path" | "sha256">,
  folders: readonly string[],
): Promise<string> {
  const there = folders.filter((folder) => strayPath(path) === null && existsSync(join(folder, path)));
  const hashes = [];
  for (const folder of there) {
    const hash = (await hashArtifact(folder, path)).sha256;
    if (hash === sha256) return join(folder, path);
    hashes.push(hash);
  }
  if (there.length === 0) {
    throw new PipelineError(`no step before this one has left "${path}"`, {
      code: "stage",
      hint: "ask for artifacts of this step's own inputs",
    });
  }
  throw new PipelineError(
    `"${path}" is not what a step before this one left: expected SHA-256 ${sha256}, found ${hashes.join(" and ")}`,
    {
      code: "stage",
      hint: "was it changed on the disk? Run the step that makes it again: pipeline run ... --from STEP",
    },
  );
}

/** A line of the file of what is left out. */
function lineOf(
  what: Pick<LeftRecord, "type" | "record" | "source" | "path">,
  { code, text, fix }: Reason,
): LeftRecord {
  return { ...what, code, reason: text, ...(fix !== undefined && { fix }) };
}

function leftOf(
  type: LeftType,
  { source }: AnyRecord,
  id: string,
): Pick<LeftRecord, "type" | "record" | "source" | "path"> {
  return { type, record: id, source: source?.ref ?? null, path: source?.path ?? null };
}
