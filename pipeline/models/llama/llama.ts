import { stat } from "node:fs/promises";
import pMap from "p-map";
import { createStopWithin, untilAborted } from "../../system/abort.js";
import { answerMessage, chatFormats, withCalls } from "../../contract/chat-formats.js";
import { PipelineError } from "../../system/errors.js";
import { freeMemory, memoryLimit } from "../../system/memory.js";
import type { Embeddings, GenerateOptions, Generation, Message } from "../../contract/model.js";
import type { ServiceContext } from "../../contract/service.js";
import { ActivityMeter } from "../activity.js";
import { fetchWeights } from "../weights/fetch.js";
import { ggufOf } from "../weights/gguf-of.js";
import { type FullRequest, generationKey, infillWithDefaults, seedOf, withDefaults } from "../generation-key.js";
import { readCalibration } from "./calibration.js";
import { embeddingKey } from "./embedding-key.js";
import { embeddingShape, layOut, memoryOf, modelBudget, processBytes, processesIn, requireMemory } from "./layout.js";
import { LlamaPool } from "./pool.js";
import type { LlamaAnswer, LlamaEmbedding, OpenedModel } from "./protocol.js";
import { isChat } from "./prompt-tokens.js";
import { Tokenizer } from "./tokenizer.js";
import { formatNamed } from "./chat-writer.js";
import { heldToGrammar } from "./schema-grammar.js";
import { lazy } from "../weights/lazy.js";
import { unpackVector } from "../vectors.js";
import type { GgufModel } from "../weights/gguf-model.js";
import type { MadeGguf, RunSettings } from "../backend.js";
import type { AskedFor, RunningModel } from "../running.js";

/** A GGUF model that llama.cpp runs on the CPU. Nothing is fetched or started before it is asked for. */
export function createLlamaModel(
  ref: string,
  resolved: GgufModel,
  given: ServiceContext,
  { threads, determinism, teams, makers }: RunSettings & MadeGguf,
): RunningModel {
  const { stop, release } = createStopWithin(given.signal);
  const context = { ...given, signal: stop.signal };
  const place = { cacheDir: context.cacheDir, threads };
  const { mostProcesses, shape, counts } = layOut(resolved, {
    threads,
    determinism,
    budget: modelBudget(memoryLimit()),
    calibrated: determinism === "fast" ? (teams ?? readCalibration(resolved, place)?.teams ?? null) : null,
  });
  const shapes = { writing: shape, embeddings: embeddingShape(resolved, shape) };
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
      shapes,
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
  const onOpened = ({ ownBytes }: OpenedModel): void => {
    // Its buffers are not all in use before it is asked.
    if (ownBytes !== null) memory = { ...memory, process: Math.max(ownBytes * 1.1, ownBytes + 50e6) };
  };
  const meter = new ActivityMeter(ref, context.emit, () => ({ count: pool.processes, memoryBytes: pool.memoryBytes }));
  const pool = new LlamaPool({
    what: resolved.source,
    size,
    sequences: shape.sequences,
    loading,
    onOpened,
    onActivity: (tokens) => meter.add(tokens),
  });
  const format = formatNamed(resolved.chatTemplate);
  const insideThoughts = format !== null && "opensThoughts" in chatFormats[format];
  const variant = lazy(async () => await pool.variant());
  const tokenizer = new Tokenizer(resolved, { weights, vocabulary, adapter });
  /** What an answer depends on beside the model and the request. */
  const held = async (signal: AbortSignal | undefined): Promise<object> =>
    determinism === "fast"
      ? { determinism, shape: counts }
      : { variant: await untilAborted(variant(), signal), shape: counts };

  const write = async (full: FullRequest, { onToken, signal, asker }: WriteOptions): Promise<Generation> => {
    const key = generationKey(full, { resolved, held: await held(signal) });
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
      ...(isChat(full.prompt) && {
        message:
          value.message === undefined
            ? readCalls(full.prompt, answerMessage(text, { insideThoughts }))
            : { ...value.message, content: full.prefill + value.message.content },
      }),
      seconds: remembered ? 0 : (performance.now() - started) / 1000,
      remembered,
    };
  };
  const embedOne = async (text: string, { signal, asker }: AskOptions): Promise<LlamaEmbedding> => {
    const about = { resolved, shape: shapes.embeddings, variant: await untilAborted(variant(), signal) };
    const { value } = await context.memo.remember<LlamaEmbedding>(
      [embeddingKey(text, about)],
      async (shared) => {
        await untilAborted(loading(), shared);
        return await pool.embed(text, { signal: shared, ...(asker && { asker }) });
      },
      signal,
    );
    return value;
  };
  const embed = async (texts: readonly string[], options: AskOptions = {}): Promise<Embeddings> => {
    const work = async (text: string) => await embedOne(text, options);
    // A few more than are worked on: nobody waits for the next one.
    const found = await pMap(texts, work, { concurrency: 2 * size() });
    const vectors = found.map(({ vector }) => unpackVector(vector));
    return {
      vectors,
      dimensions: vectors[0]?.length ?? 0,
      pooling: found[0]?.pooling ?? null,
      normalised: true,
      tokens: found.map(({ tokens }) => tokens),
    };
  };

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
      generate: async (request, options = {}) =>
        await write(heldToGrammar(withDefaults(request), { insideThoughts }), options),
      infill: async (request, options = {}) => await write(infillWithDefaults(request), options),
      // An adapter would be left out of it.
      ...(resolved.adapter === null && { embed }),
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

/** Functions are called by who was told of some. */
function readCalls(asked: readonly Message[], answer: Message): Message {
  return asked.some(({ tools }) => tools !== undefined) ? withCalls(answer) : answer;
}

interface AskOptions extends AskedFor {
  readonly signal?: AbortSignal;
}
type WriteOptions = AskOptions & Pick<GenerateOptions, "onToken">;
