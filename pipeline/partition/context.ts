import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { pMapIterable, pMapSkip } from "p-map";
import { interrupted } from "../system/abort.js";
import { hashArtifact } from "../contract/artifact-hash.js";
import type { AskedAndAnswered, ChatText } from "../contract/chat-formats.js";
import { deserializeError, PipelineError } from "../system/errors.js";
import { strayPath } from "../system/files/relative-path.js";
import type { EvidenceTypes } from "../contract/evidence.js";
import type { FineTuning, TrainedAdapter, TrainingProgress } from "../contract/finetuning.js";
import type {
  Capability,
  ConversationTokens,
  GenerateRequest,
  Generation,
  Model,
  ModelInfo,
} from "../contract/model.js";
import { checkReason, type LeftType, type Reason } from "../contract/reasons.js";
import type { AnyRecord } from "../contract/kind.js";
import type { Artifact } from "../contract/records.js";
import type { Sandbox } from "../contract/sandbox.js";
import type { Sources } from "../contract/sources.js";
import type { Context, ServiceName, Services, Stage } from "../contract/stage.js";
import { TemporaryIndex } from "./disk-index.js";
import { knownEvidence } from "./evidence.js";
import { type Items, leftOut } from "./items.js";
import { indexInput } from "./lookup.js";
import { once } from "./once.js";
import type { HostFunctions, LeftRecord, Outcome, PartitionTask } from "./protocol.js";

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

/** Listeners for the text that models stream, by number of stream. */
export type Streams = Map<number, (text: string) => void>;

/** The context of one partition: what is local is done here, the rest is asked of the host. */
export function createContext(
  stage: Pick<Stage, "name" | "needs">,
  task: PartitionTask,
  {
    host,
    streams,
    signal,
    items,
    evidence,
    sinks,
  }: {
    host: HostFunctions;
    streams: Streams;
    signal: AbortSignal;
    items: Items;
    evidence: EvidenceTypes;
    sinks: ContextSinks;
  },
): Context & Services {
  const sources = serviceClient<Sources>(host, "sources", ["fetch", "tree"]);
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
      return pMapIterable(
        records,
        async (record) => {
          const result = await items.work(record, async () => await fn(record));
          sinks.mapped((done += 1));
          return result === leftOut ? pMapSkip : result;
        },
        { concurrency: task.inFlight },
      );
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
    prompt: (ref) => named(task.prompts, ref, "prompt"),
    modelPrompt: (model) => named(task.modelPrompts, model, "model"),
    yaml: (ref, schema) => schema.parse(named(task.yaml, ref, "yaml")),
    artifact: async (artifact) => await findArtifact(artifact, task.artifactFolders),
    evidence: (type) => knownEvidence(type, evidence),
    history: () => task.history,
  };
  const services: Services = {
    model: (ref) => modelClient(host, streams, ref),
    sandbox: serviceClient<Sandbox>(host, "sandbox", [
      "runTests",
      "observe",
      "mutate",
      "runInPlace",
      "runOriginal",
      "record",
      "discover",
      "check",
      "checker",
      "otherPython",
      "identity",
    ]),
    sources,
    finetuning: fineTuningClient(host, streams),
    pipeline: task.pipeline,
    pipelineName: task.pipeline.name,
  };
  return Object.defineProperties(context, {
    ...Object.getOwnPropertyDescriptors(onlyNeeded(services, stage)),
  }) as Context & Services;
}

/** A stage that uses a service it did not ask for in `needs` would escape the fingerprint. */
function onlyNeeded(services: Services, { name, needs = [] }: Pick<Stage, "name" | "needs">): Services {
  const guarded = {} as Services;
  for (const service of Object.keys(services) as ServiceName[]) {
    Object.defineProperty(guarded, service, {
      enumerable: true,
      get: () => {
        if (needs.includes(service)) return services[service];
        throw new PipelineError(`stage "${name}" uses context.${service}, which it does not ask for`, {
          code: "stage",
          hint: `add "${service}" to its needs`,
        });
      },
    });
  }
  return guarded;
}

function serviceClient<T extends object>(
  host: HostFunctions,
  service: Parameters<HostFunctions["call"]>[0],
  methods: readonly (keyof T & string)[],
): T {
  const client = methods.map((method) => [
    method,
    async (...args: unknown[]) => unwrap(await host.call(service, method, args, null)),
  ]);
  return Object.fromEntries(client) as T;
}

/** Training and conversion tell of their progress while they go on. */
function fineTuningClient(host: HostFunctions, streams: Streams): FineTuning {
  const ask = async (method: "train" | "convert", request: unknown, onProgress: (progress: TrainingProgress) => void) =>
    await withStream(
      streams,
      (text) => onProgress(JSON.parse(text) as TrainingProgress),
      async (stream) => unwrap(await host.call("finetuning", method, [request], stream)),
    );
  return {
    ...serviceClient<Pick<FineTuning, "identity" | "tool" | "limits">>(host, "finetuning", [
      "identity",
      "tool",
      "limits",
    ]),
    train: async (request, onProgress) => (await ask("train", request, onProgress)) as TrainedAdapter,
    convert: async (request, onProgress) => void (await ask("convert", request, onProgress)),
  };
}

/** Listens to a stream while the work goes on that fills it. */
async function withStream<T>(
  streams: Streams,
  listen: (text: string) => void,
  work: (stream: number) => Promise<T>,
): Promise<T> {
  lastStream += 1;
  const stream = lastStream;
  streams.set(stream, listen);
  try {
    return await work(stream);
  } finally {
    streams.delete(stream);
  }
}

let lastStream = 0;

function ignore(): void {
  // Nobody listens.
}

function modelClient(host: HostFunctions, streams: Streams, ref: string): Model<Capability> {
  const ask = async (method: string, args: readonly unknown[]) => unwrap(await host.model(ref, method, args));
  return {
    ref,
    async generate(request: GenerateRequest, { onToken, about = "", signal } = {}) {
      if (signal?.aborted === true) throw interrupted();
      return await withStream(streams, onToken ?? ignore, async (id) => {
        const stop = (): void => host.stop(id);
        signal?.addEventListener("abort", stop, { once: true });
        try {
          return unwrap(await host.generate(ref, id, request, { about, listens: onToken !== undefined })) as Generation;
        } finally {
          signal?.removeEventListener("abort", stop);
        }
      });
    },
    countTokens: async (texts) => (await ask("countTokens", [texts])) as number[],
    renderChat: async (messages, options) =>
      (await ask("renderChat", options === undefined ? [messages] : [messages, options])) as ChatText,
    renderAnswered: async (conversations) => (await ask("renderAnswered", [conversations])) as AskedAndAnswered[],
    controlTokens: async () => (await ask("controlTokens", [])) as string[],
    conversationTokens: async (conversations) =>
      (await ask("conversationTokens", [conversations])) as ConversationTokens[],
    info: async () => (await ask("info", [])) as ModelInfo,
    weights: async () => (await ask("weights", [])) as Awaited<ReturnType<Model<"weights">["weights"]>>,
  };
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

function unwrap(outcome: Outcome): unknown {
  if ("error" in outcome) throw deserializeError(outcome.error);
  return outcome.value;
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
