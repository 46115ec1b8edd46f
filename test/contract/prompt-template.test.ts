import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { renderChatQuestion, renderInstruction } from "../../pipeline/contract/prompt.js";
import { loadPrompt } from "../../pipeline/contract/prompt-file.js";
import { temporaryFolder } from "../support/pipelines.js";
import { target } from "../support/records.js";
import { TestPrompt, shownTarget } from "../../stages/python/lib/test-prompt.js";

async function template(text: string): Promise<string> {
  const path = join(await temporaryFolder(), "generate.yaml");
  await writeFile(
    path,
    `generation: { temperature: 0 }\nprompt:\n  template: |\n${text
      .split("\n")
      .map((line) => `    ${line}`.trimEnd())
      .join("\n")}\n`,
  );
  return path;
}

const chatml = `<|im_start|>system
Write pytest tests.<|im_end|>
<|im_start|>user
{{code}}<|im_end|>
<|im_start|>assistant
<think>`;

describe("a template that stands in a configuration", () => {
  it("is the user's turn, in the model's own chat format", async () => {
    const prompt = await loadPrompt(await template("Rules: be brief.\n\nTest {{name}} of {{module}}."), TestPrompt);
    expect(renderChatQuestion(prompt, shownTarget(target()))).toEqual({
      prompt: [{ role: "user", content: "Rules: be brief.\n\nTest add of shop.prices." }],
    });
  });

  it("is asked as it stands where it is ChatML; what begins the answer is part of the answer", async () => {
    const prompt = await loadPrompt(await template(chatml), TestPrompt);
    expect(renderChatQuestion(prompt, shownTarget(target()))).toEqual({
      prompt: {
        pieces: [
          { text: "<|im_start|>system\nWrite pytest tests.<|im_end|>\n<|im_start|>user\n", from: "format" },
          { text: "def add(a, b):\n    return a + b", from: "message" },
          { text: "<|im_end|>\n<|im_start|>assistant\n", from: "format" },
        ],
      },
      prefill: "<think>\n",
      stop: ["<|im_end|>"],
    });
    expect(renderInstruction(prompt, shownTarget(target()))).toBe("def add(a, b):\n    return a + b");
  });

  it("is refused at its place where it asks nothing, or shows what there is not", async () => {
    await expect(
      loadPrompt(await template(chatml.replace("<think>", "<think></think>Done.<|im_end|>")), TestPrompt),
    ).rejects.toMatchObject({
      code: "config",
      message: expect.stringContaining("does not end where the model is to go on") as string,
      locations: [{ line: 3 }],
    });
    await expect(loadPrompt(await template("Test {{nmae}}."), TestPrompt)).rejects.toMatchObject({
      code: "config",
      message: "unknown placeholder {{nmae}} in prompt.template",
      locations: [{ line: 4, column: 10, length: 8 }],
    });
  });
});
