import type { LlamaContext, LlamaContextOptions, LlamaModel, Token } from "node-llama-cpp";
import { PipelineError } from "../../system/errors.js";
import { fullBatches } from "./batching.js";
import type { ChatWriter } from "./chat-writer.js";
import { GrowingAnswer } from "./growing-answer.js";
import type { LlamaLibrary } from "./library.js";
import type { PromptTokenizer } from "./prompt-tokens.js";
import type { LlamaAnswer, LlamaRequest } from "./protocol.js";
import { ExactSequences, type HeldPrompt, type Sequences } from "./sequences.js";
import { SharingSequences } from "./sharing-sequences.js";
import type { Vocabulary } from "./vocabulary.js";
import { tokensOf, writtenToken } from "./written-token.js";

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

/** Writes answers, with the sequences of one context. */
export class Writing {
  private constructor(
    private readonly parts: WritingParts,
    private readonly sequences: Sequences,
    /** Tokens that a sequence holds. */
    private readonly contextTokens: number,
  ) {}

  /** @param createContext makes the context, with what is set here */
  static async open(
    parts: WritingParts,
    { sequences, contextTokens }: { readonly sequences: number; readonly contextTokens: number },
    createContext: (options: Pick<LlamaContextOptions, "batching">) => Promise<LlamaContext>,
  ): Promise<Writing> {
    if (sequences === 1) return new Writing(parts, new ExactSequences(await createContext({})), contextTokens);
    let sharing: SharingSequences | null = null;
    const context = await createContext({ batching: fullBatches(() => sharing?.busy ?? 0) });
    sharing = new SharingSequences(context);
    return new Writing(parts, sharing, contextTokens);
  }

  /** Writes with a free sequence; no more requests come at once than there are. */
  async generate(request: LlamaRequest, progress: Progress): Promise<LlamaAnswer> {
    const prompt = this.parts.prompts.tokenize(request);
    const tokens = [...prompt.blocks.flat(), prompt.last];
    const limit = Math.min(request.maxTokens, this.#room(tokens.length));
    const held = await this.sequences.hold(prompt);
    try {
      const answer = new GrowingAnswer(request, this.parts, { limit, before: tokens });
      if (limit > 0) await this.#write(held, prompt.last, { request, answer, progress });
      return answer.finished({ prompt: tokens.length, ...this.#cached(held) }, progress.onText);
    } finally {
      held.release();
    }
  }

  /** How much of a prompt was there, where that may be gone on with whatever it was a part of. */
  #cached({ cached }: HeldPrompt): { readonly cached?: number } {
    return this.sequences instanceof SharingSequences ? { cached } : {};
  }

  /** Tokens that an answer can have after a prompt of so many. */
  #room(promptTokens: number): number {
    // One cell stays free: llama.cpp refuses to fill the last one, and the library would shift the beginning out.
    const room = this.contextTokens - promptTokens - 1;
    if (room >= 1) return room;
    throw new PipelineError(
      `the prompt has ${promptTokens} tokens, and the model's context holds ${this.contextTokens} with the answer`,
      {
        code: "prompt-too-long",
        hint: "raise `contextTokens` of the model, or shorten the prompt",
      },
    );
  }

  async #write(
    { sequence, pause }: HeldPrompt,
    last: Token,
    {
      request: { sampling, seed, grammar, logprobs: top },
      answer,
      progress: { signal, onText, onToken },
    }: { readonly request: LlamaRequest; readonly answer: GrowingAnswer; readonly progress: Progress },
  ): Promise<void> {
    const { library, model } = this.parts;
    const { temperature, topP, topK, minP, repeatPenalty } = sampling;
    const options = {
      temperature,
      topP,
      topK,
      minP,
      seed,
      ...(repeatPenalty !== 1 && {
        repeatPenalty: { punishTokens: () => answer.tokens.slice(-64), penalty: repeatPenalty },
      }),
      ...(grammar !== null && { grammarEvaluationState: await library.grammar(model, grammar) }),
    };
    const evaluation =
      top === undefined
        ? sequence.evaluate([last], options)
        : tokensOf(sequence.evaluateWithMetadata([last], { probabilities: true }, options), (token, chances) =>
            answer.tell(writtenToken(model, token, { chances, top })),
          );
    for await (const token of evaluation) {
      signal.throwIfAborted();
      onToken();
      const news = answer.add(token);
      if (news !== "") onText(news);
      if (answer.ended) break;
      await pause();
    }
  }
}
