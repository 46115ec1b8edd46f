import type { LlamaContext, LlamaContextSequence, Token } from "node-llama-cpp";
import { PipelineError } from "../../system/errors.js";
import type { TokenizedPrompt } from "./prompt-tokens.js";

/** A sequence of the context that holds a prompt but for its last token, until it is given back. */
export interface HeldPrompt {
  readonly sequence: LlamaContextSequence;
  /** Tokens of the prompt whose work was there already. */
  readonly cached: number;
  /** To be awaited before each token that is asked for: others may wait to copy what the sequence holds. */
  readonly pause: () => Promise<void>;
  readonly release: () => void;
}

/** The sequences of a context, and what of earlier prompts they hold. No more are taken at once than there are. */
export interface Sequences {
  hold(prompt: TokenizedPrompt): Promise<HeldPrompt>;
}

/** A sequence, and the blocks of tokens that its first cells hold. */
interface Slot {
  readonly sequence: LlamaContextSequence;
  blocks: readonly (readonly Token[])[];
}

/** Gone on with is what was evaluated in the same blocks, and nothing else: an answer depends on no other request. */
export class ExactSequences implements Sequences {
  readonly #free: Slot[] = [];

  constructor(context: LlamaContext) {
    for (let index = 0; index < context.totalSequences; index += 1)
      this.#free.push({ sequence: context.getSequence(), blocks: [] });
  }

  async hold({ blocks }: TokenizedPrompt): Promise<HeldPrompt> {
    const [slot] = this.#free.toSorted((a, b) => commonBlocks(b, blocks) - commonBlocks(a, blocks));
    if (slot === undefined) throw new PipelineError("no free sequence", { code: "internal" });
    this.#free.splice(this.#free.indexOf(slot), 1);
    const release = (): void => void this.#free.push(slot);
    try {
      const cached = await evaluate(slot, blocks);
      return { sequence: slot.sequence, cached, pause: async () => undefined, release };
    } catch (error) {
      release();
      throw error;
    }
  }
}

/**
 * Makes a sequence hold exactly these blocks: trims what else it holds, and evaluates what it lacks. Answers how many
 * tokens it held.
 */
async function evaluate(slot: Slot, blocks: TokenizedPrompt["blocks"]): Promise<number> {
  const { sequence } = slot;
  const common = commonBlocks(slot, blocks);
  // Until all is there: what an error leaves behind is not to be trusted.
  slot.blocks = [];
  const kept = blocks.slice(0, common).flat().length;
  await trim(sequence, kept);
  for (const block of blocks.slice(common)) await sequence.evaluateWithoutGeneratingNewTokens([...block]);
  slot.blocks = blocks;
  return kept;
}

/** Makes a sequence hold its first tokens alone. */
export async function trim(sequence: LlamaContextSequence, tokens: number): Promise<void> {
  if (tokens === 0) await sequence.clearHistory();
  else await sequence.eraseContextTokenRanges([{ start: tokens, end: sequence.nextTokenIndex }]);
}

/** How many blocks a sequence holds already. A model whose state cannot be trimmed keeps none. */
function commonBlocks({ sequence, blocks: held }: Slot, blocks: TokenizedPrompt["blocks"]): number {
  if (sequence.needsCheckpoints) return 0;
  const differs = blocks.findIndex(
    (block, index) => block.length !== held[index]?.length || block.some((token, at) => token !== held[index]?.[at]),
  );
  return differs === -1 ? blocks.length : differs;
}
