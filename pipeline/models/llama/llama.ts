import { stat } from "node:fs/promises";
import { createStopWithin, interrupted, untilAborted } from "../../system/abort.js";
import {
  answerMessage,
  type AskedAndAnswered,
  chatFormats,
  type ChatText,
  joined,
} from "../../contract/chat-formats.js";
import { PipelineError } from "../../system/errors.js";
import { freeMemory, memoryLimit } from "../../system/memory.js";
import {
  type ConversationTokens,
  type GenerateRequest,
  type Message,
  modelHash,
  type ModelInfo,
} from "../../contract/model.js";
import type { ServiceContext } from "../../contract/service.js";
import { ActivityMeter } from "./activity.js";
import type { CachedModel } from "../weights/cache.js";
import { fetchWeights } from "../weights/fetch.js";
import { type GgufMakers, ggufOf } from "../weights/gguf-of.js";
import { generationKey, seedOf, withDefaults } from "../generation-key.js";
import { layOut, memoryOf, modelBudget, processBytes, processesIn, requireMemory } from "./layout.js";
import { LlamaPool, LlamaProcess } from "./pool.js";
import type { GgufFacts, LlamaAnswer, LoadedGguf } from "./protocol.js";
import { formatNamed } from "./chat-writer.js";
import { lazy } from "../weights/lazy.js";
import type { GgufModel } from "../weights/gguf-model.js";
import type { RunningModel } from "../running.js";

/** A GGUF model that llama.cpp runs on the CPU. Nothing is fetched or started before it is asked for. */
export function createLlamaModel(
  ref: string,
  resolved: GgufModel,
  given: ServiceContext,
  {
    threads,
    determinism,
    makers,
  }: { readonly threads: number; readonly determinism: "strict" | "fast"; readonly makers: GgufMakers },
): RunningModel {
  const { stop, release } = createStopWithin(given.signal);
  const context = { ...given, signal: stop.signal };
  const { mostProcesses, shape } = layOut(resolved, { threads, determinism, budget: modelBudget(memoryLimit()) });
  const weights = lazy(async () => await fetchWeights(resolved, context));
  const adapter = lazy(async () => (resolved.adapter === null ? null : await fetchWeights(resolved.adapter, context)));
  const gguf = lazy(async () => await ggufOf(resolved, await weights(), "model", { makers, context }));
  const vocabulary = lazy(async () => await ggufOf(resolved, await weights(), "vocabulary", { makers, context }));
  let memory = memoryOf(resolved, shape);
  const loading = lazy(async () => {
    const [model, path, beside] = await Promise.all([weights(), gguf(), adapter()]);
    // A model may lie in several files, and what is made of one in a single one.
    memory = memoryOf(
      resolved,
      shape,
      (path === model.path ? model.bytes : (await stat(path)).size) + (beside?.bytes ?? 0),
    );
    if (pool.processes === pool.unloaded)
      requireMemory(resolved, { needed: processBytes(memory, 1), free: freeMemory() });
    return {
      path,
      shape,
      adapter: beside?.path ?? null,
      chatTemplate: resolved.chatTemplate,
      chatSettings: resolved.chatSettings,
    };
  });
  let share = modelBudget(memoryLimit());
  const need = () => ({ ...memory, mostProcesses });
  const size = () => Math.min(processesIn(share, need()), pool.processes + startable());
  /** Processes that the free memory holds beside those that run: one always, which says what is missing. */
  const startable = (): number => {
    // What is loading has not taken its memory yet.
    const taken = pool.unloaded * memory.process + (pool.processes === pool.unloaded ? memory.shared : 0);
    return Math.max(pool.processes === 0 ? 1 : 0, Math.floor((freeMemory() - taken) / memory.process));
  };
  const onLoaded = ({ ownBytes }: LoadedGguf): void => {
    // Its buffers are not all in use before it is asked.
    if (ownBytes !== null) memory = { ...memory, process: Math.max(ownBytes * 1.1, ownBytes + 50e6) };
  };
  const meter = new ActivityMeter(ref, context.emit, () => ({ count: pool.processes, memoryBytes: pool.memoryBytes }));
  const pool = new LlamaPool({
    what: resolved.source,
    size,
    sequences: shape.sequences,
    loading,
    onLoaded,
    onActivity: (tokens) => meter.add(tokens),
  });
  const format = formatNamed(resolved.chatTemplate);
  const insideThoughts = format !== null && "opensThoughts" in chatFormats[format];
  const variant = lazy(async () => await pool.variant());
  const tokenizer = new Tokenizer(resolved, { weights, vocabulary, adapter });

  return {
    capacity: () => size() * shape.sequences,
    need,
    heldBytes: () => processBytes(memory, pool.processes),
    async allow(bytes) {
      share = bytes;
      await pool.fit();
    },
    model: {
      ref,
      async generate(request, { onToken, signal, asker } = {}) {
        const full = withDefaults(request);
        const key = generationKey(full, { resolved, shape, variant: await untilAborted(variant(), signal) });
        const seed = seedOf(context.seed, key, full);
        const started = performance.now();
        if (full.prefill !== "") onToken?.(full.prefill);
        // The answer may be shared with others, who wait for it when this asker has left.
        const onText = onToken && ((text: string) => void (signal?.aborted === true || onToken(text)));
        const { value, remembered } = await context.memo.remember<LlamaAnswer>(
          [key, seed],
          async (shared) => {
            await untilAborted(loading(), shared); // before there are processes: how many, its size says
            meter.begin();
            return await pool
              .generate({ ...full, seed }, { signal: shared, ...(onText && { onText }), ...(asker && { asker }) })
              .finally(() => meter.end());
          },
          signal,
        );
        if (remembered) onToken?.(value.text);
        const text = full.prefill + value.text;
        return {
          ...value,
          text,
          ...(isMessages(full.prompt) && {
            message:
              value.message === undefined
                ? answerMessage(text, { insideThoughts })
                : { ...value.message, content: full.prefill + value.message.content },
          }),
          seconds: remembered ? 0 : (performance.now() - started) / 1000,
          remembered,
        };
      },
      countTokens: async (texts) => await tokenizer.countTokens(texts),
      renderChat: async (messages, options) =>
        await tokenizer.renderChat(messages, options?.addGenerationPrompt ?? false),
      renderAnswered: async (conversations) => await tokenizer.renderAnswered(conversations),
      controlTokens: async () => await tokenizer.controlTokens(),
      conversationTokens: async (conversations) => await tokenizer.conversationTokens(conversations),
      info: async () => await tokenizer.info(),
      async weights() {
        if (resolved.adapter !== null) {
          throw new PipelineError(
            `the model "${ref}" is a base with an adapter, of which no one file holds the weights`,
            { code: "model", hint: "name its base, or merge the adapter into it first" },
          );
        }
        const { path, sha256 } = await weights();
        return { path, sha256 };
      },
    },
    async close() {
      stop.abort();
      release();
      await Promise.all([pool.close(), tokenizer.close()]);
      // What is being fetched or made ends when it has put away what it was at.
      await Promise.allSettled([weights, adapter, gguf, vocabulary].map(async (work) => await work.begun()));
    },
  };
}

function isMessages(prompt: GenerateRequest["prompt"]): boolean {
  return typeof prompt !== "string" && !("pieces" in prompt);
}

/**
 * The model's vocabulary and chat template, in a process of its own: it loads in a moment, whatever the model's size.
 */
class Tokenizer {
  readonly #process = lazy(async () => await this.#start());
  #running: LlamaProcess | null = null;
  #closed = false;

  constructor(
    private readonly resolved: GgufModel,
    private readonly files: {
      readonly weights: () => Promise<CachedModel>;
      /** Path of a GGUF file that holds the vocabulary and the chat template. */
      readonly vocabulary: () => Promise<string>;
      readonly adapter: () => Promise<CachedModel | null>;
    },
  ) {}

  async countTokens(texts: readonly (string | ChatText)[]): Promise<number[]> {
    const { process } = await this.#process();
    const counts: number[] = [];
    for (const batch of batches(texts)) counts.push(...(await process.countTokens(batch)));
    return counts;
  }

  async conversationTokens(conversations: readonly (readonly Message[])[]): Promise<ConversationTokens[]> {
    const { process } = await this.#process();
    return await process.conversationTokens(conversations);
  }

  async renderChat(messages: readonly Message[], addGenerationPrompt: boolean): Promise<ChatText> {
    const { process } = await this.#process();
    return await process.renderChat(messages, addGenerationPrompt);
  }

  async renderAnswered(conversations: readonly (readonly Message[])[]): Promise<AskedAndAnswered[]> {
    const { process } = await this.#process();
    return await process.renderAnswered(conversations);
  }

  async controlTokens(): Promise<readonly string[]> {
    const { process } = await this.#process();
    return await process.controlTokens();
  }

  async info(): Promise<ModelInfo> {
    const [{ facts }, weights, adapter] = await Promise.all([
      this.#process(),
      this.files.weights(),
      this.files.adapter(),
    ]);
    const { contextTokens, chatTemplate, quantization } = this.resolved;
    const chatFormat = formatNamed(chatTemplate);
    return {
      // What the file is called is what people know; the name inside is often that of a training run.
      name: [weights, adapter].flatMap((file) => (file === null ? [] : [file.file.replace(/\.gguf$/u, "")])).join("+"),
      sha256: modelHash({ weights: weights.sha256, adapter: adapter?.sha256 ?? null, quantization }),
      licence: facts.licence ?? this.resolved.licence,
      contextTokens: contextTokens ?? Math.min(4096, facts.contextTokens),
      bytes: weights.bytes + (adapter?.bytes ?? 0),
      chatTemplate: chatFormat === null ? (chatTemplate ?? facts.chatTemplate) : null,
      chatFormat,
      backend: "llama",
      ...(this.resolved.insteadOf !== undefined && { insteadOf: this.resolved.insteadOf }),
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#running?.close();
  }

  async #start(): Promise<{ process: LlamaProcess; facts: GgufFacts }> {
    const path = await this.files.vocabulary();
    if (this.#closed) throw interrupted();
    const process = new LlamaProcess(this.resolved.source, () => undefined);
    this.#running = process;
    return {
      process,
      facts: await process.load({
        path,
        shape: null,
        adapter: null,
        chatTemplate: this.resolved.chatTemplate,
        chatSettings: this.resolved.chatSettings,
      }),
    };
  }
}

/** About a million characters a message, so that counting a whole dataset's tokens needs little memory. */
function* batches(texts: readonly (string | ChatText)[]): Generator<(string | ChatText)[]> {
  let batch: (string | ChatText)[] = [];
  let size = 0;
  for (const text of texts) {
    batch.push(text);
    size += typeof text === "string" ? text.length : joined(text).length;
    if (size > 1e6) {
      yield batch;
      batch = [];
      size = 0;
    }
  }
  if (batch.length > 0) yield batch;
}
