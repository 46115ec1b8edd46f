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

  constructor(
    readonly all: readonly ServedModel[],
    readonly find: FindModel,
  ) {}

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
