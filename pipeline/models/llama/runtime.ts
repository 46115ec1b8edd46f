import type { LlamaContext, LlamaContextOptions, LlamaModel } from "node-llama-cpp";
import type { AskedAndAnswered, ChatText } from "../../contract/chat-formats.js";
import type { ConversationTokens, Message } from "../../contract/model.js";
import type { CacheType } from "../../contract/model-spec.js";
import { PipelineError } from "../../system/errors.js";
import { ChatWriter } from "./chat-writer.js";
import { Embedding, poolingOf, writes } from "./embedding.js";
import { LlamaLibrary } from "./library.js";
import { PromptTokenizer } from "./prompt-tokens.js";
import type { GgufFacts, LlamaAnswer, LlamaEmbedding, LlamaRequest, LlamaShape, LoadRequest, Use } from "./protocol.js";
import { Vocabulary } from "./vocabulary.js";
import { type Progress, Writing, type WritingParts } from "./writing.js";

/** The number formats of a KV cache, as node-llama-cpp names them. */
const ggmlTypes = { f16: "F16", q8_0: "Q8_0", q4_0: "Q4_0" } as const satisfies Record<CacheType, string>;

/** A model in this process: what its parent calls. */
export class LlamaRuntime {
  readonly #library = new LlamaLibrary();
  #request: LoadRequest | undefined;
  #parts: WritingParts | undefined;
  #writing: Writing | undefined;
  #embedding: Embedding | undefined;

  /** Loads the library; answers its versions and the features of the CPU variant that it chose. */
  async start(): Promise<string> {
    return await this.#library.start();
  }

  /** Loads the weights, or the vocabulary alone. Throws a PipelineError `model` where llama.cpp cannot. */
  async load(request: LoadRequest): Promise<GgufFacts> {
    await this.start();
    const { path, shapes, chatTemplate, chatSettings } = request;
    const model = await this.#library.attempt(
      async () => await this.#library.llama.loadModel({ modelPath: path, vocabOnly: shapes === null, gpuLayers: 0 }),
      {
        what: `llama.cpp cannot load ${path}`,
        hint:
          "check that it is a whole GGUF file of a model that generates text; `pipeline models pull` fetches " +
          "it again",
      },
    );
    const facts = factsOf(model);
    const words = new Vocabulary(model);
    const chat = new ChatWriter({
      template: chatTemplate ?? facts.chatTemplate,
      settings: chatSettings,
      marks: words.marks,
    });
    this.#request = request;
    this.#parts = { library: this.#library, model, words, chat, prompts: new PromptTokenizer(model, words, chat) };
    return facts;
  }

  /** Makes ready for a use what is loaded. */
  async open(use: Use): Promise<void> {
    const { shapes, adapter } = loaded(this.#request);
    const { writing, embeddings } = loaded(shapes);
    const { model } = this.#loaded;
    if (use === "writing") this.#writing ??= await this.#openWriting(writing, adapter);
    else {
      this.#library.llama.maxThreads = embeddings.threads;
      this.#embedding ??= await Embedding.open(this.#library, model, embeddings);
    }
  }

  async #openWriting(shape: LlamaShape, adapter: string | null): Promise<Writing> {
    const { threads, sequences, batchTokens, flashAttention, cacheType } = shape;
    if (!writes(this.#loaded.model)) {
      throw new PipelineError("the model embeds texts, and writes none", {
        code: "model",
        hint: "ask it for embeddings, or name a model that writes",
      });
    }
    const contextTokens = shape.contextTokens ?? Math.min(4096, this.#loaded.model.trainContextSize);
    this.#library.llama.maxThreads = threads;
    const options = {
      threads,
      sequences,
      contextSize: contextTokens,
      batchSize: batchTokens,
      flashAttention,
      failedCreationRemedy: false,
      ...(cacheType !== undefined && {
        experimentalKvCacheKeyType: ggmlTypes[cacheType],
        experimentalKvCacheValueType: ggmlTypes[cacheType],
      }),
    } as const;
    return await Writing.open(
      this.#loaded,
      { sequences, contextTokens },
      async (batching) => await this.#createContext({ ...options, ...batching }, adapter),
    );
  }

  async #createContext(options: LlamaContextOptions, adapter: string | null): Promise<LlamaContext> {
    const { model } = this.#loaded;
    if (adapter === null) return await model.createContext(options);
    return await this.#library.attempt(
      async () => await model.createContext({ ...options, lora: { adapters: [{ filePath: adapter }] } }),
      {
        what: `llama.cpp cannot use the adapter ${adapter}`,
        hint: "it has to be a LoRA adapter in GGUF, made for these weights",
      },
    );
  }

  /** Writes an answer; the parent sends no more requests at once than there are sequences. */
  async generate(request: LlamaRequest, progress: Progress): Promise<LlamaAnswer> {
    return await loaded(this.#writing).generate(request, progress);
  }

  async embed(text: string): Promise<LlamaEmbedding> {
    return await loaded(this.#embedding).embed(text);
  }

  countTokens(texts: readonly (string | ChatText)[]): number[] {
    return texts.map((text) => this.#loaded.words.tokenize(text).length);
  }

  renderChat(messages: readonly Message[], addGenerationPrompt: boolean): ChatText {
    return this.#loaded.chat.write(messages, { addGenerationPrompt });
  }

  renderAnswered(messages: readonly Message[]): AskedAndAnswered {
    return this.#loaded.chat.answered(messages);
  }

  controlTokens(): readonly string[] {
    return this.#loaded.words.controlTokens;
  }

  /** The tokens of a prompt as a request is asked with it, and those of its answer. */
  conversationTokens(messages: readonly Message[]): ConversationTokens {
    const { chat, prompts, words } = this.#loaded;
    const { prompt, answer } = chat.answered(messages);
    const { blocks, last } = prompts.tokenize({ prompt: { pieces: prompt }, sharedPrefix: "", prefill: "" });
    return { prompt: [...blocks.flat(), last], answer: words.tokenize(answer) };
  }

  get #loaded(): WritingParts {
    return loaded(this.#parts);
  }
}

function loaded<T>(part: T | null | undefined): T {
  if (part === undefined || part === null) throw new PipelineError("no model is loaded", { code: "internal" });
  return part;
}

function factsOf(model: LlamaModel): GgufFacts {
  const {
    fileInfo,
    fileInsights,
    tokens: { infill },
  } = model;
  const { general, tokenizer } = fileInfo.metadata;
  return {
    licence: general.license ?? null,
    // From the metadata: a vocabulary alone does not know it.
    contextTokens: fileInsights.trainContextSize ?? 4096,
    chatTemplate: tokenizer.chat_template ?? null,
    infill: infill.prefix !== null && infill.suffix !== null,
    embeddings: poolingOf(model) !== null,
  };
}
