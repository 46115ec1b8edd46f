import { chat } from "../../contract/chat-formats.js";
import { modelOf } from "../../engine/config/catalogue.js";
import type { EngineOptions } from "../../engine/config/options.js";
import type { Pipeline } from "../../engine/config/pipeline.js";
import { openSession } from "../../engine/plan/session.js";
import { PipelineError } from "../../system/errors.js";
import { isHere, modelLacks } from "../../models/backends.js";
import type { ResolvedModel } from "../../models/resolved.js";
import { createModels, providers } from "../../toolkit.js";
import { askedModels, askingSteps } from "../steps.js";

/** How the tokens of a text are counted. */
export interface TokenCounter {
  /** The model whose own tokenizer counts; null where that is not here, and tokens are estimated. */
  readonly model: string | null;
  /** Tokens of each text, in which nothing is a control token. */
  readonly count: (texts: readonly string[]) => Promise<readonly number[]>;
}

/** Of Python code, by the tokenizers of common models: between 3 and 4. */
const charactersPerToken = 3.5;

const estimate: TokenCounter = {
  model: null,
  count: async (texts) => texts.map((text) => Math.ceil(text.length / charactersPerToken)),
};

/** Counts by the tokenizer of the model that a step would ask, where that can be done without fetching it. */
export async function withTokens<T>(
  pipeline: Pipeline,
  options: EngineOptions,
  use: (counter: TokenCounter) => Promise<T>,
): Promise<T> {
  const [ref] = askingSteps(pipeline).flatMap(askedModels);
  if (ref === undefined) return await use(estimate);
  const session = await openSession(pipeline, options, providers, () => undefined);
  try {
    const resolved = await resolveHere(pipeline, ref, session.context);
    if (resolved === null) return await use(estimate);
    const models = createModels(session.context, {
      models: new Map([[ref, resolved]]),
      determinism: pipeline.determinism,
    });
    try {
      const model = models.api(ref, ["tokens"]);
      return await use({
        model: (await model.info()).name,
        count: async (texts) => await model.countTokens(texts.map((text) => chat`${text}`)),
      });
    } finally {
      await models.close();
    }
  } finally {
    await session.close();
  }
}

/** null for a model that is not there, or that would have to be fetched: without it, tokens are estimated. */
async function resolveHere(
  pipeline: Pipeline,
  ref: string,
  context: Parameters<typeof providers.resolveModel>[1],
): Promise<ResolvedModel | null> {
  try {
    const spec = modelOf(ref, pipeline);
    const resolved = String(spec.source).startsWith("step:") ? null : await providers.resolveModel(spec, context);
    if (resolved === null || !(await isHere(resolved, context.cacheDir))) return null;
    return (await modelLacks(resolved, ["tokens"], context)).length > 0 ? null : resolved;
  } catch (error) {
    if (error instanceof PipelineError) return null;
    throw error;
  }
}
