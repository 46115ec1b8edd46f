import { describe, expect, it } from "vitest";
import { type InfillMarks, infillParts } from "../../pipeline/models/llama/infill-form.js";
import type { InfillPrompt } from "../../pipeline/models/llama/protocol.js";

const marks: Readonly<Record<string, InfillMarks & { readonly beside: readonly string[] }>> = {
  Qwen: {
    prefix: "<|fim_prefix|>",
    suffix: "<|fim_suffix|>",
    middle: "<|fim_middle|>",
    beside: ["<|repo_name|>", "<|file_sep|>"],
  },
  "DeepSeek-Coder": { prefix: "<｜fim▁begin｜>", suffix: "<｜fim▁hole｜>", middle: "<｜fim▁end｜>", beside: [] },
  CodeLlama: { prefix: "▁<PRE>", suffix: "▁<SUF>", middle: "▁<MID>", beside: [] },
  StarCoder: { prefix: "<fim_prefix>", suffix: "<fim_suffix>", middle: "<fim_middle>", beside: [] },
  StarCoder2: {
    prefix: "<fim_prefix>",
    suffix: "<fim_suffix>",
    middle: "<fim_middle>",
    beside: ["<repo_name>", "<file_sep>"],
  },
};

const gap: InfillPrompt = { prefix: "def add(a, b):\n    return ", suffix: "\n" };
const project: InfillPrompt = {
  ...gap,
  repository: "shop",
  path: "shop/sums.py",
  files: [
    { path: "shop/rates.py", text: "RATE = 2\n" },
    { path: "README", text: "<|fim_middle|>" },
  ],
};

function textFor(model: string, prompt: InfillPrompt): string {
  const known = marks[model];
  if (known === undefined) throw new Error(model);
  return infillParts(prompt, known, (mark) => known.beside.includes(mark))
    .map((part) => ("mark" in part ? part.mark : part.text))
    .join("");
}

describe("a gap, as it is written for a model", () => {
  it.each([
    ["Qwen", "<|fim_prefix|>def add(a, b):\n    return <|fim_suffix|>\n<|fim_middle|>"],
    ["DeepSeek-Coder", "<｜fim▁begin｜>def add(a, b):\n    return <｜fim▁hole｜>\n<｜fim▁end｜>"],
    ["CodeLlama", "▁<PRE>def add(a, b):\n    return ▁<SUF>\n▁<MID>"],
    ["StarCoder", "<fim_prefix>def add(a, b):\n    return <fim_suffix>\n<fim_middle>"],
  ])("of %s", (model, text) => expect(textFor(model, gap)).toBe(text));

  it.each([
    [
      "Qwen",
      "<|repo_name|>shop\n<|file_sep|>shop/rates.py\nRATE = 2\n<|file_sep|>README\n<|fim_middle|>\n" +
        "<|file_sep|>shop/sums.py\n<|fim_prefix|>def add(a, b):\n    return <|fim_suffix|>\n<|fim_middle|>",
    ],
    [
      "DeepSeek-Coder",
      "<｜fim▁begin｜>#shop/rates.py\nRATE = 2\n#README\n<|fim_middle|>\n#shop/sums.py\n" +
        "def add(a, b):\n    return <｜fim▁hole｜>\n<｜fim▁end｜>",
    ],
    [
      "StarCoder2",
      "<repo_name>shop<file_sep>shop/rates.py\nRATE = 2\n<file_sep>README\n<|fim_middle|>" +
        "<file_sep><fim_prefix>shop/sums.py\ndef add(a, b):\n    return <fim_suffix>\n<fim_middle>",
    ],
  ])("of %s, with the files beside it", (model, text) => expect(textFor(model, project)).toBe(text));

  it.each(["CodeLlama", "StarCoder"])("of %s, which knows no files", (model) => {
    expect(() => textFor(model, project)).toThrow("not trained to be told of the files");
  });

  it("that goes on with what comes before it, where there is no token for the middle", () => {
    const parts = infillParts(gap, { prefix: "<P>", suffix: "<S>", middle: null }, () => false);
    expect(parts.map((part) => ("mark" in part ? part.mark : part.text)).join("")).toBe(
      "<S>\n<P>def add(a, b):\n    return ",
    );
  });
});
