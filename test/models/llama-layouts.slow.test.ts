import { cp } from "node:fs/promises";
import { statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { resolveModel } from "../../pipeline/models/backends.js";
import type { GgufModel } from "../../pipeline/models/weights/gguf-model.js";
import { createModels as createModelsWithMakers } from "../../pipeline/toolkit.js";
import { kept } from "../support/kept.js";
import { noMemo } from "../support/no-memo.js";
import { temporaryFolder } from "../support/pipelines.js";
import { serviceContext } from "./context.js";
import { drawn, open, opened, path, request, resolved } from "./llama-asked.js";

describe("an answer", () => {
  it("does not depend on what came before, on a kept prefix, or on the number of processes", async () => {
    const asked = [
      request("one"),
      request("two", { sampling: drawn }),
      request("two", { sampling: drawn, sample: 2 }),
      { prompt: "The capital of France", maxTokens: 12, sampling: drawn },
      request("three", { prefillApart: true }),
      request("three", { prefillApart: true, prefill: "def test_none():\n    assert None is one(" }),
    ];
    const fresh: string[] = [];
    const alone = open();
    for (const one of asked) fresh.push((await alone.generate(one)).text);

    // The other way round, so that prefixes are found, lost and evaluated again; then in two processes at once.
    const backwards = open();
    const again: string[] = [];
    for (const one of asked.toReversed()) again.unshift((await backwards.generate(one)).text);
    const together = open(serviceContext(), { threads: 2 });
    const parallel = await Promise.all(asked.map(async (one) => (await together.generate(one)).text));
    // Each of three processes answers the same request.
    const three = open({ ...serviceContext(), memo: noMemo }, { threads: 3 });
    const same = await Promise.all([1, 2, 3].map(async () => (await three.generate(asked[1]!)).text));

    expect(again).toEqual(fresh);
    expect(parallel).toEqual(fresh);
    expect(same).toEqual([fresh[1], fresh[1], fresh[1]]);
    expect(new Set(fresh).size).toBe(fresh.length);
  }, 300_000);

  it("is found again in another layout where speed goes first, and not where answers stay the same", async () => {
    const context = serviceContext();
    for (const [determinism, remembered] of [
      ["fast", [false, true, true]],
      ["strict", [false, true, false]],
    ] as const) {
      const models = [
        open(context, { determinism }),
        open(context, { determinism, threads: 2 }),
        open(context, { determinism, model: { ...resolved, batchTokens: 64 } as GgufModel }),
      ];
      const found: boolean[] = [];
      for (const model of models) found.push((await model.generate(request("again"))).remembered);
      expect(found).toEqual(remembered);
    }
  }, 120_000);
});

describe("a number format", () => {
  it("can be another than the file's: made once, in the cache, and another model to the memo", async () => {
    const spec = { source: resolved.source, quantization: "q8_0" } as const;
    const context = serviceContext({ cacheDir: await temporaryFolder() });
    await cp(dirname(path), join(context.cacheDir, "models", basename(dirname(path))), { recursive: true });
    const model = await resolveModel(spec, context);
    expect(model.hash).not.toBe(resolved.hash);
    const notices = () => context.events.flatMap((event) => (event.type === "notice" ? [event.message] : []));

    const answers: string[] = [];
    for (const round of [1, 2]) {
      const service = createModelsWithMakers(
        { ...context, memo: noMemo },
        {
          models: new Map([
            ["a", model],
            ["b", model],
          ]),
          threads: 1,
          determinism: "strict",
        },
      );
      opened.push(service);
      answers.push(
        ...(await Promise.all(["a", "b"].map(async (name) => (await service.api(name).generate(request("one"))).text))),
      );
      expect(notices(), `round ${round}`).toEqual(["making SmolLM2-135M-Instruct.Q4_1.gguf into q8_0, once"]);
      expect((await service.api("a").info()).sha256).not.toBe((await open().info()).sha256);
      expect((await service.api("a", ["weights"]).weights()).path).toBe(
        join(context.cacheDir, "models", basename(dirname(path)), basename(path)),
      );
    }
    expect(answers[0]).toMatch(/^def test_one\(\):\n {4}assert one\(/u);
    expect(new Set(answers).size).toBe(1);
    const [made = ""] = await kept(join(context.cacheDir, "gguf"));
    expect(statSync(join(context.cacheDir, "gguf", made, "model.gguf")).size).toBe(144_811_072);
  }, 120_000);
});
