import { createStopWithin, interrupted } from "../system/abort.js";
import { PipelineError } from "../system/errors.js";
import { capabilities, type Capability } from "../contract/capabilities.js";
import type { GenerateRequest, Generation, Model } from "../contract/model.js";
import type { Caller, FindModel } from "../contract/service.js";

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

/** The models as a partition reaches them: every method is told the name of the model first. */
export type RemoteModels = {
  readonly [M in PlainMethod]: (ref: string, ...args: Parameters<Everything[M]>) => ReturnType<Everything[M]>;
} & {
  /** @param id by which `stop` knows it; one partition's are all different */
  generate(
    ref: string,
    id: number,
    request: GenerateRequest,
    options: { readonly about: string; readonly listens: boolean },
    onText: (text: unknown) => void,
  ): Promise<Generation>;
  /** Stops an answer, which then fails as interrupted. */
  stop(id: number): Promise<void>;
};

export const methodsOfModels = [...plainMethods, "generate", "stop"] as const;

/** Answers one partition's calls: when it stops, so do the answers that are being written for it. */
export function serveModels(find: FindModel, { asker, signal, spend, watch }: Caller): RemoteModels {
  const generations = new Map<number, AbortController>();
  const plain = plainMethods.map((method) => [
    method,
    async (ref: string, ...args: readonly unknown[]) => {
      const model = find(ref);
      const found = (model as Partial<Everything>)[method];
      if (typeof found === "function") return await Reflect.apply(found, model, args);
      throw new PipelineError(`the model "${ref}" has no method ${method}`, { code: "internal" });
    },
  ]);
  return {
    ...(Object.fromEntries(plain) as Pick<RemoteModels, PlainMethod>),
    async generate(ref, id, request, { about, listens }, onText) {
      const { stop, release } = createStopWithin(signal);
      generations.set(id, stop);
      const watcher = watch?.(about);
      const tell = (text: string): void => {
        if (listens) onText(text);
        watcher?.text(text);
      };
      try {
        const generation = await find(ref, [], asker).generate(request, {
          signal: stop.signal,
          ...((listens || watcher !== undefined) && { onToken: tell }),
        });
        if (!generation.remembered) spend?.(generation.tokens.generated);
        return generation;
      } finally {
        watcher?.end();
        generations.delete(id);
        release();
      }
    },
    async stop(id) {
      generations.get(id)?.abort();
    },
  };
}

/** The models as a stage is given them. */
export function clientOfModels(remote: RemoteModels): FindModel {
  let last = 0;
  const find = (ref: string): Everything => {
    const plain = plainMethods.map((method) => [
      method,
      async (...args: readonly unknown[]) =>
        await (remote[method] as (ref: string, ...args: readonly unknown[]) => unknown)(ref, ...args),
    ]);
    return {
      ...(Object.fromEntries(plain) as Pick<Everything, PlainMethod>),
      ref,
      async generate(request, { onToken, about = "", signal } = {}) {
        if (signal?.aborted === true) throw interrupted();
        const id = (last += 1);
        // Where nobody is there any more to be told, nothing is written either.
        const stop = (): void => void remote.stop(id).catch(() => undefined);
        signal?.addEventListener("abort", stop, { once: true });
        try {
          const listens = onToken !== undefined;
          return await remote.generate(ref, id, request, { about, listens }, (text) => onToken?.(text as string));
        } finally {
          signal?.removeEventListener("abort", stop);
        }
      },
    };
  };
  // What an option did not ask for is not there for its stage to see.
  return find;
}
