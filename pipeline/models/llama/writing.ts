import type { LlamaContext, LlamaContextSequence, LlamaModel, Token } from "node-llama-cpp";
import { PipelineError } from "../../system/errors.js";
import { AnswerText } from "./answer-text.js";
import type { ChatWriter } from "./chat-writer.js";
import type { LlamaLibrary } from "./library.js";
import { isChat, type PromptTokenizer, type TokenizedPrompt } from "./prompt-tokens.js";
import type { LlamaAnswer, LlamaRequest } from "./protocol.js";
import { RepetitionWatch } from "./repetition.js";
import type { Vocabulary } from "./vocabulary.js";

/** What is told while an answer is written. */
export interface Progress {
  readonly signal: AbortSignal;
  readonly onText: (text: string) => void;
  readonly onToken: () => void;
}

/** What an answer is written with. */
export interface WritingParts {
  readonly library: LlamaLibrary;
  readonly model: LlamaModel;
  readonly words: Vocabulary;
  readonly chat: ChatWriter;
  readonly prompts: PromptTokenizer;
}

/** A sequence of the context, and the blocks of tokens that its first cells hold. */
interface Slot {
  readonly sequence: LlamaContextSequence;
  blocks: readonly (readonly Token[])[];
}

/** Writes answers, with the sequences of one context. */
export class Writing {
  readonly #free: Slot[] = [];

  /** @param contextTokens tokens that a sequence holds */
  constructor(
    private readonly parts: WritingParts,
    context: LlamaContext,
    private readonly contextTokens: number,
  ) {
    for (let index = 0; index < context.totalSequences; index += 1)
      this.#free.push({ sequence: context.getSequence(), blocks: [] });
  }

  /** Writes with a free sequence; no more requests come at once than there are. */
  async generate(request: LlamaRequest, progress: Progress): Promise<LlamaAnswer> {
    const prompt = this.parts.prompts.tokenize(request);
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
    const { library, model, words, chat } = this.parts;
    const promptTokens = blocks.flat().length + 1;
    // One cell stays free: llama.cpp refuses to fill the last one, and the library would shift the beginning out.
    const room = this.contextTokens - promptTokens - 1;
    if (room < 1) {
      throw new PipelineError(
        `the prompt has ${promptTokens} tokens, and the model's context holds ${this.contextTokens} with the answer`,
        {
          code: "prompt-too-long",
          hint: "raise `contextTokens` of the model, or shorten the prompt",
        },
      );
    }
    await hold(slot, blocks);
    const limit = Math.min(request.maxTokens, room);
    const answer = new AnswerText(request.stop);
    const read = isChat(request.prompt) ? (chat.read ?? null) : null;
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
        ...(request.grammar !== null && { grammarEvaluationState: await library.grammar(model, request.grammar) }),
      });
      for await (const token of evaluation) {
        signal.throwIfAborted();
        tokens.push(token);
        onToken();
        const news = answer.update(
          read === null
            ? model.detokenize(tokens, false, before)
            : read(words.pieces(tokens, before), { begun: request.prefill !== "" }),
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
      read === null ? null : chat.message?.(words.pieces(tokens, before), { begun: request.prefill !== "" });
    return {
      text: answer.text,
      tokens: { prompt: promptTokens, generated: tokens.length },
      finish,
      ...((message?.toolCalls ?? message?.channel) !== undefined && message && { message }),
    };
  }
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
