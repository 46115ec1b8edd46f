import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { ConversionRequest, FineTuning } from "../../../pipeline/contract/finetuning.js";
import { sha256 } from "../../../pipeline/system/hash.js";
import type { BackendModel, Model } from "../../../pipeline/contract/model.js";
import { Artifact } from "../../../pipeline/contract/records.js";
import convert from "../../../stages/train/convert.js";
import type { StageSurroundings } from "../../support/run-stage.js";
import { stageTest } from "../../support/stage-test.js";

let trained: string;
beforeAll(async () => {
  trained = await mkdtemp(join(tmpdir(), "convert-test-"));
  await writeFile(join(trained, "adapter"), "weights");
});
afterAll(async () => await rm(trained, { recursive: true }));

const adapter = Artifact.make(
  {
    type: "adapter",
    path: "adapter",
    sha256: sha256("weights"),
    bytes: 7,
    facts: {
      base_model: "base",
      base_sha256: "ba",
      dataset_sha256: "da",
      dataset_licences: "BSD-3-Clause, MIT",
      train_rows: 12,
    },
  },
  { source: null, from: [] },
);
const log = Artifact.make(
  { type: "training-log", path: "training/log.jsonl", sha256: "lo", bytes: 1, facts: {} },
  { source: null, from: [] },
);

/** Writes what it is asked for into the files, in place of the conversion, which needs gigabytes of packages. */
function surroundings(asked: ConversionRequest[] = []): StageSurroundings {
  const finetuning: Partial<FineTuning> = {
    async convert(request) {
      asked.push(request);
      for (const { holds, type, file } of request.outputs) await writeFile(file, `${holds} ${type}`);
    },
  };
  const model: Partial<Model<"weights">> = {
    weights: async () => ({ path: "/models/base.gguf", sha256: "ba" }),
    info: async () => ({
      name: "base",
      sha256: "ba",
      licence: "apache-2.0",
      contextTokens: 1,
      bytes: 1,
      chatTemplate: null,
      chatFormat: null,
      backend: "llama",
    }),
  };
  return {
    services: { finetuning: finetuning as FineTuning, model: () => model as BackendModel },
    get artifactFolders() {
      return [trained];
    },
  };
}

stageTest(
  convert,
  ({ run }) => {
    it("makes an adapter and merged weights, one file a number format, and says where they come from", async () => {
      const asked: ConversionRequest[] = [];
      const { kept, dropped } = await run(
        [adapter, log],
        { base: "base", merged: ["q8_0", "q4_k_m"] },
        surroundings(asked),
      );
      expect(asked).toMatchObject([
        {
          adapter: join(trained, "adapter"),
          base: "/models/base.gguf",
          metadata: {
            "general.license": "apache-2.0",
            "training.base_model.sha256": "ba",
            "training.dataset.sha256": "da",
            "training.dataset.licences": "BSD-3-Clause, MIT",
            "training.dataset.rows": "12",
          },
        },
      ]);
      expect(kept).toMatchObject([
        {
          type: "gguf",
          path: "gguf/adapter-f16.gguf",
          from: [adapter.id],
          bytes: 11,
          facts: { holds: "adapter", number_format: "f16", train_rows: 12 },
        },
        { path: "gguf/merged-q8_0.gguf", facts: { holds: "merged" } },
        { path: "gguf/merged-q4_k_m.gguf" },
      ]);
      expect(dropped).toMatchObject([{ record: log.id, reason: "no adapter: training-log" }]);
    });

    it("refuses a second adapter: its files would have the names of the first", async () => {
      const second = Artifact.derive(adapter, { facts: { ...adapter.facts, train_rows: 13 } });
      await expect(run([adapter, second], { base: "base" }, surroundings())).rejects.toMatchObject({
        code: "config",
        message: expect.stringContaining("two adapters come in"),
        hint: expect.stringContaining("output: FOLDER"),
      });
    });

    it("refuses a base that the adapter was not trained on: it would load, and answer nonsense", async () => {
      const other = Artifact.derive(adapter, { facts: { ...adapter.facts, base_sha256: "other" } });
      await expect(run([other], { base: "base" }, surroundings())).rejects.toMatchObject({
        code: "config",
        message: expect.stringContaining("was not trained on the base") as string,
      });
    });

    it("has to be asked for something", async () => {
      expect(convert.options.safeParse({ base: "base", adapter: null }).error?.issues).toMatchObject([
        { message: expect.stringContaining("nothing is to be made") as string },
      ]);
    });
  },
  { inputs: [adapter, log], options: { base: "base" }, surroundings: surroundings() },
);
