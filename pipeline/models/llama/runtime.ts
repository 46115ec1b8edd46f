import {
  getLlama,
  getModuleVersion,
  type Llama,
  type LlamaContext,
  type LlamaContextOptions,
  type LlamaContextSequence,
  LlamaGrammarEvaluationState,
  LlamaLogLevel,
  type LlamaModel,
  type Token,
} from "node-llama-cpp";
import { type AskedAndAnswered, type ChatText, joined, sliced } from "../../contract/chat-formats.js";
import { PipelineError } from "../../system/errors.js";
import type { ConversationTokens, Message, RawPrompt } from "../../contract/model.js";
import { AnswerText } from "./answer-text.js";
import { ChatWriter } from "./chat-writer.js";
import type { GgufFacts, LlamaAnswer, LlamaRequest, LlamaShape, LoadRequest } from "./protocol.js";
import { RepetitionWatch } from "./repetition.js";
import { Vocabulary } from "./vocabulary.js";

interface Progress {
  readonly signal: AbortSignal;
  readonly onText: (text: string) => void;
  readonly onToken: () => void;
}

/** A sequence of the context, and the blocks of tokens that its first cells hold. */
interface Slot {
  readonly sequence: LlamaContextSequence;
  blocks: readonly (readonly Token[])[];
}

/** A model in this process: llama.cpp on the CPU. */
export class LlamaRuntime {
  readonly #complaints: string[] = [];
  #llama: Llama | undefined;
  #model: LlamaModel | undefined;
  #vocabulary: Vocabulary | undefined;
  #writer: ChatWriter | undefined;
  #contextTokens = 0;
  readonly #free: Slot[] = [];

  /** Loads the library; answers its versions and the features of the CPU variant that it chose. */
  async start(): Promise<string> {
    this.#llama ??= await getLlama({
      gpu: false,
      build: "never",
      logLevel: LlamaLogLevel.error,
      logger: (_level, message) => void this.#complaints.push(message.trim()),
    });
    return (
      `node-llama-cpp ${await getModuleVersion()}, llama.cpp ${this.#llama.llamaCppRelease.release}, ` +
      this.#llama.systemInfo.trim()
    );
  }

  async load({ path, shape, adapter, chatTemplate, chatSettings }: LoadRequest): Promise<GgufFacts> {
    await this.start();
    try {
      this.#model = await this.#llama!.loadModel({ modelPath: path, vocabOnly: shape === null, gpuLayers: 0 });
    } catch (error) {
      throw new PipelineError(
        `llama.cpp cannot load ${path}: ` +
          [error instanceof Error ? error.message : String(error), ...this.#complaints.slice(-3)].join("; "),
        {
          code: "model",
          hint:
            "check that it is a whole GGUF file of a model that generates text; `pipeline models pull` fetches " +
            "it again",
          cause: error,
        },
      );
    }
    const facts = factsOf(this.#model);
    this.#vocabulary = new Vocabulary(this.#model);
    this.#writer = new ChatWriter({
      template: chatTemplate ?? facts.chatTemplate,
      settings: chatSettings,
      marks: this.#vocabulary.marks,
    });
    if (shape !== null) await this.#open(shape, adapter);
    return facts;
  }

  async #open(shape: LlamaShape, adapter: string | null): Promise<void> {
    const { threads, sequences, batchTokens, flashAttention } = shape;
    this.#contextTokens = shape.contextTokens ?? Math.min(4096, this.#loaded.trainContextSize);
    this.#llama!.maxThreads = threads;
    const context = await this.#createContext(
      {
        threads,
        sequences,
        contextSize: this.#contextTokens,
        batchSize: batchTokens,
        flashAttention,
        failedCreationRemedy: false,
      },
      adapter,
    );
    for (let index = 0; index < sequences; index += 1) this.#free.push({ sequence: context.getSequence(), blocks: [] });
  }

  async #createContext(options: LlamaContextOptions, adapter: string | null): Promise<LlamaContext> {
    if (adapter === null) return await this.#loaded.createContext(options);
    this.#complaints.length = 0;
    try {
      return await this.#loaded.createContext({ ...options, lora: { adapters: [{ filePath: adapter }] } });
    } catch (error) {
      throw new PipelineError(
        `llama.cpp cannot use the adapter ${adapter}: ` +
          [error instanceof Error ? error.message : String(error), ...this.#complaints.slice(-3)].join("; "),
        {
          code: "model",
          hint: "it has to be a LoRA adapter in GGUF, made for these weights",
          cause: error,
        },
      );
    }
  }

  /** Generates with a free sequence; the parent sends no more requests at once than there are. */
  async generate(request: LlamaRequest, progress: Progress): Promise<LlamaAnswer> {
    const prompt = this.#tokenizePrompt(request);
    const [slot] = this.#free.toSorted((a, b) => commonBlocks(b, prompt.blocks) - commonBlocks(a, prompt.blocks));
    if (slot === undefined) throw new PipelineError("no free sequence", { code: "internal" });
    this.#free.splice(this.#free.indexOf(slot), 1);
    try {
      return await this.#generate(slot, prompt, request, progress);
    } finally {
      this.#free.push(slot);
    }
  }

  async #generate(
    slot: Slot,
    { blocks, last }: TokenizedPrompt,
    request: LlamaRequest,
    { signal, onText, onToken }: Progress,
  ): Promise<LlamaAnswer> {
    const model = this.#loaded;
    const promptTokens = blocks.flat().length + 1;
    // One cell stays free: llama.cpp refuses to fill the last one, and the library would shift the beginning out.
    const room = this.#contextTokens - promptTokens - 1;
    if (room < 1) {
      throw new PipelineError(
        `the prompt has ${promptTokens} tokens, and the model's context holds ${this.#contextTokens} with the answer`,
        {
          code: "prompt-too-long",
          hint: "raise `contextTokens` of the model, or shorten the prompt",
        },
      );
    }
    await hold(slot, blocks);
    const limit = Math.min(request.maxTokens, room);
    const answer = new AnswerText(request.stop);
    const read = isRaw(request.prompt) ? null : (this.#chat.read ?? null);
    const before = [...blocks.flat(), last].slice(-8);
    const tokens: Token[] = [];
    const watch = new RepetitionWatch<Token>();
    let finish: LlamaAnswer["finish"] = "stop";
    if (limit > 0) {
      const { temperature, topP, topK, minP, repeatPenalty } = request.sampling;
      const evaluation = slot.sequence.evaluate([last], {
        temperature,
        topP,
        topK,
        minP,
        seed: request.seed,
        ...(repeatPenalty !== 1 && {
          repeatPenalty: { punishTokens: () => tokens.slice(-64), penalty: repeatPenalty },
        }),
        ...(request.grammar !== null && { grammarEvaluationState: await this.#grammar(request.grammar) }),
      });
      for await (const token of evaluation) {
        signal.throwIfAborted();
        tokens.push(token);
        onToken();
        const news = answer.update(
          read === null
            ? model.detokenize(tokens, false, before)
            : read(this.#words.pieces(tokens, before), { begun: request.prefill !== "" }),
        );
        if (news !== "") onText(news);
        if (answer.stopped) break;
        if (watch.repeats(tokens, (block) => model.detokenize(block))) {
          finish = "repetition";
          break;
        }
        if (tokens.length >= limit) {
          finish = "length";
          break;
        }
      }
    } else finish = "length";
    const held = answer.end();
    if (held !== "") onText(held);
    const message =
      read === null
        ? null
        : this.#chat.message?.(this.#words.pieces(tokens, before), { begun: request.prefill !== "" });
    return {
      text: answer.text,
      tokens: { prompt: promptTokens, generated: tokens.length },
      finish,
      ...((message?.toolCalls ?? message?.channel) !== undefined && message && { message }),
    };
  }

  countTokens(texts: readonly (string | ChatText)[]): number[] {
    return texts.map((text) => this.#words.tokenize(text).length);
  }

  renderChat(messages: readonly Message[], addGenerationPrompt: boolean): ChatText {
    return this.#chat.write(messages, { addGenerationPrompt });
  }

  renderAnswered(messages: readonly Message[]): AskedAndAnswered {
    return this.#chat.answered(messages);
  }

  controlTokens(): readonly string[] {
    return this.#words.controlTokens;
  }

  /** The tokens of a prompt as a request is asked with it, and those of its answer. */
  conversationTokens(messages: readonly Message[]): ConversationTokens {
    const { prompt, answer } = this.#chat.answered(messages);
    const { blocks, last } = this.#tokenizePrompt({ prompt: { pieces: prompt }, sharedPrefix: "", prefill: "" });
    return { prompt: [...blocks.flat(), last], answer: this.#words.tokenize(answer) };
  }

  /** Each part becomes tokens of its own, so that no border depends on what follows it. */
  #tokenizePrompt({
    prompt,
    sharedPrefix,
    prefill,
    prefillApart,
  }: Pick<LlamaRequest, "prompt" | "sharedPrefix" | "prefill" | "prefillApart">): TokenizedPrompt {
    const pieces = this.#piecesOf(prompt);
    const text = joined(pieces);
    if (!text.startsWith(sharedPrefix))
      throw new PipelineError("sharedPrefix is not how the prompt begins", { code: "stage" });
    const { bos, bosString, shouldPrependBosToken } = this.#loaded.tokens;
    const start = bos !== null && shouldPrependBosToken && !text.startsWith(bosString ?? "\0") ? [bos] : [];
    const prefix =
      sharedPrefix === "" ? [] : [...start, ...this.#words.tokenize(sliced(pieces, 0, sharedPrefix.length))];
    const asked = sliced(pieces, sharedPrefix.length);
    const begun: ChatText = [
      { text: prefill === "" || isRaw(prompt) ? prefill : this.#chat.beforePrefill + prefill, from: "format" },
    ];
    const [first = [], ...rest] = prefillApart === true ? [asked, begun] : [[...asked, ...begun]];
    const blocks = [
      prefix,
      [...(sharedPrefix === "" ? start : []), ...this.#words.tokenize(first)],
      ...rest.map((text) => this.#words.tokenize(text)),
    ].filter((block) => block.length > 0);
    const last = blocks.at(-1)?.pop();
    if (last === undefined) throw new PipelineError("the prompt is empty", { code: "stage" });
    return { blocks: blocks.filter((block) => block.length > 0), last };
  }

  #piecesOf(prompt: LlamaRequest["prompt"]): ChatText {
    if (!isRaw(prompt)) return this.renderChat(prompt, true);
    return typeof prompt === "string" ? [{ text: prompt, from: "format" }] : prompt.pieces;
  }

  async #grammar(grammar: string): Promise<LlamaGrammarEvaluationState> {
    this.#complaints.length = 0;
    try {
      return new LlamaGrammarEvaluationState({
        model: this.#loaded,
        grammar: await this.#llama!.createGrammar({ grammar }),
      });
    } catch (error) {
      throw new PipelineError(
        `the grammar is not valid GBNF: ` +
          (this.#complaints.join("; ") || (error instanceof Error ? error.message : String(error))),
        {
          code: "model",
          hint: "see grammars/README.md of llama.cpp for the notation",
          cause: error,
        },
      );
    }
  }

  get #loaded(): LlamaModel {
    return loaded(this.#model);
  }

  get #words(): Vocabulary {
    return loaded(this.#vocabulary);
  }

  get #chat(): ChatWriter {
    return loaded(this.#writer);
  }
}

function isRaw(prompt: LlamaRequest["prompt"]): prompt is string | RawPrompt {
  return typeof prompt === "string" || "pieces" in prompt;
}

function loaded<T>(part: T | undefined): T {
  if (part === undefined) throw new PipelineError("no model is loaded", { code: "internal" });
  return part;
}

/**
 * A prompt as blocks, each evaluated by itself: the shared prefix, the rest, and the last token alone. A block that the
 * sequence still holds is not evaluated again: its cells are those that a fresh evaluation would write, bit for bit,
 * because where blocks begin and end never depends on what was there before. The last token gives the first logits, so
 * that it is evaluated every time.
 */
interface TokenizedPrompt {
  readonly blocks: readonly (readonly Token[])[];
  readonly last: Token;
}

/** Makes a sequence hold exactly these blocks: trims what else it holds, and evaluates what it lacks. */
async function hold(slot: Slot, blocks: TokenizedPrompt["blocks"]): Promise<void> {
  const { sequence } = slot;
  const common = commonBlocks(slot, blocks);
  // Until all is there: what an error leaves behind is not to be trusted.
  slot.blocks = [];
  const kept = blocks.slice(0, common).flat().length;
  if (kept === 0) await sequence.clearHistory();
  else await sequence.eraseContextTokenRanges([{ start: kept, end: sequence.nextTokenIndex }]);
  for (const block of blocks.slice(common)) await sequence.evaluateWithoutGeneratingNewTokens([...block]);
  slot.blocks = blocks;
}

/** How many blocks a sequence holds already. A model whose state cannot be trimmed keeps none. */
function commonBlocks({ sequence, blocks: held }: Slot, blocks: TokenizedPrompt["blocks"]): number {
  if (sequence.needsCheckpoints) return 0;
  const differs = blocks.findIndex(
    (block, index) => block.length !== held[index]?.length || block.some((token, at) => token !== held[index]?.[at]),
  );
  return differs === -1 ? blocks.length : differs;
}

function factsOf({ fileInfo, fileInsights }: LlamaModel): GgufFacts {
  const { general, tokenizer } = fileInfo.metadata;
  return {
    licence: general.license ?? null,
    // From the metadata: a vocabulary alone does not know it.
    contextTokens: fileInsights.trainContextSize ?? 4096,
    chatTemplate: tokenizer.chat_template ?? null,
  };
}
