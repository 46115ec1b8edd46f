import type { Model } from "../../../pipeline/contract/model.js";
import type { ModelSpec } from "../../../pipeline/contract/model-spec.js";
import { resolveModel } from "../../../pipeline/models/backends.js";
import type { ServiceContext } from "../../../pipeline/contract/service.js";
import { createModels } from "../../../pipeline/toolkit.js";

/** How llama.cpp runs a model: as a pipeline file names it. */
export type Form = Pick<ModelSpec, "adapter" | "quantization"> & { readonly source: string };

/** Works with a model, and ends its processes. */
export async function withModel<T>(
  { threads, ...spec }: Form & { readonly threads?: number },
  context: ServiceContext,
  work: (model: Model<"tokens" | "weights">) => Promise<T>,
): Promise<T> {
  const resolved = await resolveModel(spec, context);
  const models = createModels(context, {
    models: new Map([["model", resolved]]),
    determinism: "strict",
    ...(threads !== undefined && { threads }),
  });
  try {
    return await work(models.api("model", ["tokens", "weights"]));
  } finally {
    await models.close();
  }
}
