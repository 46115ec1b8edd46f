import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import type { Model } from "../../pipeline/contract/model.js";
import { modelLacks, resolveModel } from "../../pipeline/models/backends.js";
import { createModels } from "../../pipeline/models/service.js";
import { temporaryFolder } from "../support/pipelines.js";
import { serviceContext } from "./context.js";
import { encoderGguf } from "./encoder-gguf.js";

async function encoder(pooling: number | null) {
  const file = join(await temporaryFolder(), "encoder.gguf");
  await writeFile(file, encoderGguf(pooling));
  const context = serviceContext();
  const resolved = await resolveModel({ source: `file:${file}` }, context);
  const service = createModels(context, { models: new Map([["e", resolved]]), threads: 1, determinism: "strict" });
  onTestFinished(async () => await service.close());
  const model: Model<"embeddings"> = service.api("e", ["embeddings"]);
  return { model, lacks: await modelLacks(resolved, ["embeddings", "infill"], context) };
}

it("embeds with a model that reads in both directions as its file says, and does not have it write", async () => {
  const { model, lacks } = await encoder(1);
  expect(lacks).toEqual(["infill"]);
  const { vectors, ...facts } = await model.embed(["a sum of two numbers", "cake", "cake ".repeat(50)]);
  // With the tokens that begin and end a text.
  expect(facts).toEqual({ dimensions: 32, pooling: "mean", normalised: true, tokens: [7, 3, 52] });
  for (const vector of vectors) expect(Math.hypot(...vector)).toBeCloseTo(1, 5);
  await expect(model.embed(["cake ".repeat(100)])).rejects.toMatchObject({ code: "prompt-too-long" });
  await expect(model.generate({ prompt: "a sum" })).rejects.toMatchObject({
    code: "model",
    message: "the model embeds texts, and writes none",
  });
});

it("gives another vector where the file says that the first counts, and none where it says nothing", async () => {
  const mean = await (await encoder(1)).model.embed(["a sum"]);
  const first = await (await encoder(2)).model.embed(["a sum"]);
  expect([mean.pooling, first.pooling]).toEqual(["mean", "cls"]);
  expect(first.vectors).not.toEqual(mean.vectors);
  for (const { model, lacks } of [await encoder(null), await encoder(4)]) {
    expect(lacks).toEqual(["embeddings", "infill"]);
    await expect(model.embed(["a sum"])).rejects.toMatchObject({
      code: "model",
      message: expect.stringContaining("cannot embed texts"),
    });
  }
});
