import type { ModelInfo } from "../contract/model.js";
import type { FindModel } from "../contract/service.js";
import type { Capability } from "../contract/capabilities.js";
import { ServeError } from "./errors.js";

/** A model that can be asked over the network. */
export interface ServedModel {
  /** What clients call it. */
  readonly name: string;
  /** As whoever runs it knows it. */
  readonly ref: string;
  readonly can: readonly Capability[];
}

/** The models that are served, by the names that clients use. */
export class ServedModels {
  readonly #infos = new Map<string, Promise<ModelInfo>>();
  readonly #inUse = new Map<string, number>();
  /** Requests come in one after the other, so that no model is kept out by one that is asked all the time. */
  #entrance: Promise<void> = Promise.resolve();
  #left: (() => void)[] = [];

  /** @param makeRoom has memory for a model that is about to be asked; false: those in use leave none */
  constructor(
    readonly all: readonly ServedModel[],
    readonly find: FindModel,
    private readonly makeRoom: (ref: string, inUse: ReadonlySet<string>) => Promise<boolean>,
  ) {}

  /** Does work with a model, which is kept loaded meanwhile: others are freed for it, and waited for. */
  async use<T>({ ref }: ServedModel, work: () => Promise<T>): Promise<T> {
    const entered = this.#enter(ref, this.#entrance);
    this.#entrance = entered.catch(() => undefined);
    await entered;
    try {
      return await work();
    } finally {
      const count = (this.#inUse.get(ref) ?? 1) - 1;
      if (count === 0) this.#inUse.delete(ref);
      else this.#inUse.set(ref, count);
      for (const told of this.#left.splice(0)) told();
    }
  }

  async #enter(ref: string, before: Promise<void>): Promise<void> {
    await before;
    while (!(await this.makeRoom(ref, new Set(this.#inUse.keys())))) {
      // Who left meanwhile is not waited for.
      if (this.#inUse.size > 0) await this.#someoneLeaves();
    }
    this.#inUse.set(ref, (this.#inUse.get(ref) ?? 0) + 1);
  }

  async #someoneLeaves(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#left.push(resolve);
    });
  }

  /** Throws a ServeError 404 where none has that name, and 400 where it cannot do what is asked. */
  named(name: string, can: readonly Capability[] = []): ServedModel {
    const model = this.all.find((each) => each.name === name);
    if (model === undefined) {
      const names = this.all.map((each) => each.name).join(", ");
      throw new ServeError(404, "model_not_found", `no model "${name}" is served; these are: ${names}`, "model");
    }
    const lacking = can.filter((capability) => !model.can.includes(capability));
    if (lacking.length > 0)
      throw new ServeError(400, "unsupported", `the model "${name}" cannot ${lacking.join(", ")}`, "model");
    return model;
  }

  /** What is known of it; the model is fetched where it is not here. */
  async info({ ref }: ServedModel): Promise<ModelInfo> {
    const known = this.#infos.get(ref) ?? this.find(ref).info();
    this.#infos.set(ref, known);
    known.catch(() => this.#infos.delete(ref));
    return await known;
  }
}
