import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { generationKey, withDefaults } from "../../pipeline/models/generation-key.js";
import { packageRoot } from "../../pipeline/system/paths.js";

const machine = {
  resolved: { hash: "0" } as Parameters<typeof generationKey>[1]["resolved"],
  shape: { threads: 1, sequences: 1, contextTokens: null, batchTokens: 512, flashAttention: true },
  variant: "cpu",
};

it("counts the version of what renders a chat template, for prompts that one renders", async () => {
  const { version } = JSON.parse(
    await readFile(join(packageRoot, "node_modules/@huggingface/jinja/package.json"), "utf8"),
  ) as { version: string };
  const asked = generationKey(withDefaults({ prompt: [{ role: "user", content: "Hello" }] }), machine);
  expect(asked).toMatchObject({ renderer: `@huggingface/jinja ${version}` });
  expect(generationKey(withDefaults({ prompt: "Hello" }), machine)).not.toHaveProperty("renderer");
});
