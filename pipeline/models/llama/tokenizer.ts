import { interrupted } from "../../system/abort.js";
import { type AskedAndAnswered, type ChatText, joined } from "../../contract/chat-formats.js";
import type { ConversationTokens, Message, ModelInfo } from "../../contract/model.js";
import type { CachedModel } from "../weights/cache.js";
import type { GgufModel } from "../weights/gguf-model.js";
import { lazy } from "../weights/lazy.js";
import { modelInfo } from "./model-info.js";
import { LlamaProcess } from "./process.js";
import type { GgufFacts } from "./protocol.js";

/**
 * The model's vocabulary and chat template, in a process of its own: it loads in a moment, whatever the model's size.
 */
export class Tokenizer {
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
    return modelInfo(this.resolved, facts, weights, adapter);
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
        shapes: null,
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
