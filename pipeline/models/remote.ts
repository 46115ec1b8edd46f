import { createStopWithin, interrupted } from "../system/abort.js";
import { capabilities, type Capability } from "../contract/capabilities.js";
import type {
  BackendModel,
  Embeddings,
  GenerateOptions,
  GenerateRequest,
  Generation,
  InfillRequest,
  Model,
} from "../contract/model.js";
import type { AskedBy, Caller, FindModel } from "../contract/service.js";
import { narrowed } from "./narrowed.js";
import { packVector, unpackVector } from "./vectors.js";

/** Methods of a model that only ask and answer: `info`, and those of what it can. */
const plainMethods = [
  "info",
  ...capabilities.tokens,
  ...capabilities.template,
  ...capabilities.weights,
  ...capabilities.grammar,
] as const;
type PlainMethod = (typeof plainMethods)[number];
type Everything = Model<Capability>;

/** Methods that write, and can be listened to; the others that take their time can be stopped too. */
const writingMethods = ["generate", "infill"] as const;

/** The models as a partition reaches them: every method is told the name of the model first. */
export type RemoteModels = {
  readonly [M in PlainMethod]: (ref: string, ...args: Parameters<Everything[M]>) => ReturnType<Everything[M]>;
} & {
  readonly generate: RemoteWriting<GenerateRequest>;
  readonly infill: RemoteWriting<InfillRequest>;
  /** Vectors come packed: not every way between machines knows arrays of numbers. */
  embed(ref: string, id: number, texts: readonly string[]): Promise<PackedEmbeddings>;
  /** Stops an answer, which then fails as interrupted. */
  stop(id: number): Promise<void>;
};

/** @param id by which `stop` knows it; one partition's are all different */
type RemoteWriting<R> = (
  ref: string,
  id: number,
  request: R,
  options: { readonly about: string; readonly listens: boolean },
  onText: (text: unknown) => void,
) => Promise<Generation>;

type PackedEmbeddings = Omit<Embeddings, "vectors"> & { readonly vectors: readonly string[] };

/** What a partition may call. */
export const methodsOfModels = [...plainMethods, ...writingMethods, "embed", "stop"] as const;

/** Those of them that tell the text of an answer as it comes. */
export const streamsOfModels = writingMethods;

/** Answers one partition's calls: when it stops, so do the answers that are being written for it. */
export function serveModels(find: FindModel, { asker, signal, spend, watch }: Caller): RemoteModels {
  const underWay = new Map<number, AbortController>();

  /** Calls a method of a model as long as nobody stops it. */
  async function stoppable<T>(id: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { stop, release } = createStopWithin(signal);
    underWay.set(id, stop);
    try {
      return await work(stop.signal);
    } finally {
      underWay.delete(id);
      release();
    }
  }

  function writing<R>(ask: (ref: string, request: R, options: GenerateOptions) => Promise<Generation>) {
    const write: RemoteWriting<R> = async (ref, id, request, { about, listens }, onText) =>
      await stoppable(id, async (stopped) => {
        const watcher = watch?.(about);
        const tell = (text: string): void => {
          if (listens) onText(text);
          watcher?.text(text);
        };
        try {
          const generation = await ask(ref, request, {
            signal: stopped,
            ...((listens || watcher !== undefined) && { onToken: tell }),
          });
          if (!generation.remembered) spend?.(generation.tokens.generated);
          return generation;
        } finally {
          watcher?.end();
        }
      });
    return write;
  }

  const plain = plainMethods.map((method) => [
    method,
    async (ref: string, ...args: readonly unknown[]) => {
      const model: BackendModel = find(ref, capabilitiesOf(method));
      return await Reflect.apply(model[method] as (...args: readonly unknown[]) => unknown, model, args);
    },
  ]);
  return {
    ...(Object.fromEntries(plain) as Pick<RemoteModels, PlainMethod>),
    generate: writing(
      async (ref, request, options) => await find<Capability>(ref, [], asker).generate(request, options),
    ),
    infill: writing(async (ref, request, options) => await find(ref, ["infill"], asker).infill(request, options)),
    embed: async (ref, id, texts) =>
      await stoppable(id, async (stopped) => {
        const found = await find(ref, ["embeddings"], asker).embed(texts, { signal: stopped });
        return { ...found, vectors: found.vectors.map(packVector) };
      }),
    async stop(id) {
      underWay.get(id)?.abort();
    },
  };
}

/** What a model has to be able to do that has a method. */
function capabilitiesOf(method: PlainMethod): Capability[] {
  const all = Object.entries(capabilities) as [Capability, readonly string[]][];
  return all.filter(([, methods]) => methods.includes(method)).map(([capability]) => capability);
}

/** The models as a stage is given them: with what its options ask of them. */
export function clientOfModels(remote: RemoteModels, by: AskedBy): FindModel {
  let last = 0;

  /** Has the other side stop the work when the signal is aborted. */
  async function stoppable<T>(signal: AbortSignal | undefined, work: (id: number) => Promise<T>): Promise<T> {
    if (signal?.aborted === true) throw interrupted();
    const id = (last += 1);
    // Where nobody is there any more to be told, nothing is written either.
    const stop = (): void => void remote.stop(id).catch(() => undefined);
    signal?.addEventListener("abort", stop, { once: true });
    try {
      return await work(id);
    } finally {
      signal?.removeEventListener("abort", stop);
    }
  }

  function writing<R>(ref: string, write: RemoteWriting<R>) {
    return async (request: R, { onToken, about = "", signal }: GenerateOptions = {}): Promise<Generation> =>
      await stoppable(signal, async (id) => {
        const listens = onToken !== undefined;
        return await write(ref, id, request, { about, listens }, (text) => onToken?.(text as string));
      });
  }

  const find = (ref: string): Everything => {
    const plain = plainMethods.map((method) => [
      method,
      async (...args: readonly unknown[]) =>
        await (remote[method] as (ref: string, ...args: readonly unknown[]) => unknown)(ref, ...args),
    ]);
    return {
      ...(Object.fromEntries(plain) as Pick<Everything, PlainMethod>),
      ref,
      generate: writing(ref, remote.generate),
      infill: writing(ref, remote.infill),
      embed: async (texts, { signal } = {}) =>
        await stoppable(signal, async (id) => {
          const found = await remote.embed(ref, id, texts);
          return { ...found, vectors: found.vectors.map(unpackVector) };
        }),
    };
  };
  return (ref) => narrowed(find(ref), by);
}
