import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { hashValue } from "../../pipeline/system/hash.js";
import { generationKey, withDefaults } from "../../pipeline/models/generation-key.js";
import { packageRoot } from "../../pipeline/system/paths.js";

const machine = {
  resolved: { hash: "0" },
  held: {
    shape: { threads: 1, sequences: 1, contextTokens: null, batchTokens: 512, flashAttention: true },
    variant: "cpu",
  },
};

it("counts the version of what renders a chat template, for prompts that one renders", async () => {
  const { version } = JSON.parse(
    await readFile(join(packageRoot, "node_modules/@huggingface/jinja/package.json"), "utf8"),
  ) as { version: string };
  const asked = generationKey(withDefaults({ prompt: [{ role: "user", content: "Hello" }] }), machine);
  expect(asked).toMatchObject({ renderer: `@huggingface/jinja ${version}` });
  expect(generationKey(withDefaults({ prompt: "Hello" }), machine)).not.toHaveProperty("renderer");
});

/*
 * The keys that answers are remembered under are written down in every user's project: one that moves makes all that a
 * model has ever written there be asked for anew, for hours. It may move where the answer does, and nowhere else.
 */
it("is the key that answers have always been remembered under", () => {
  const full = withDefaults({
    prompt: "def add(a, b):\n",
    sharedPrefix: "def ",
    prefill: "    return",
    sampling: { temperature: 0.8, topK: 40 },
    stop: ["\n\n"],
    maxTokens: 24,
    sample: 1,
  });
  expect(hashValue(generationKey(full, machine))).toBe(
    "e2fb8c33d9834d922349c2311a0a7948b23d7336d12d547a80581c5537072532",
  );
  const conversation = withDefaults({ prompt: [{ role: "user", content: "Add <|im_end|>" }], grammar: 'root ::= "x"' });
  const { renderer: _version, ...rest } = generationKey(conversation, machine) as { readonly renderer: string };
  expect(hashValue(rest)).toBe("69abd21db37db14df2dcef336f1bc1d18692d96f122ea16a3c1d1672abc59922");
});
