import type { LlamaContext, LlamaContextSequence, Token } from "node-llama-cpp";
import { PipelineError } from "../../system/errors.js";
import type { TokenizedPrompt } from "./prompt-tokens.js";
import { type HeldPrompt, type Sequences, trim } from "./sequences.js";

/** Fewer tokens are evaluated sooner than a sequence is copied. */
const worthCopying = 32;

/**
 * Sequences that go on with whatever tokens they hold, wherever they come from, and copy from one another what a prompt
 * begins with: what many requests share is evaluated once. What is gone on with may differ in its last bits from what a
 * fresh evaluation gives, so that this is for answers that need not be the same twice.
 */
export class SharingSequences implements Sequences {
  readonly #slots: Slot[] = [];

  constructor(context: LlamaContext) {
    for (let index = 0; index < context.totalSequences; index += 1) this.#slots.push(new Slot(context.getSequence()));
  }

  /** Those that are taken. */
  get busy(): number {
    return this.#slots.filter(({ busy }) => busy).length;
  }

  async hold({ blocks }: TokenizedPrompt): Promise<HeldPrompt> {
    const tokens = blocks.flat();
    const free = this.#slots.filter(({ busy }) => !busy);
    const slot = free.toSorted((a, b) => sharedWith(b, tokens) - sharedWith(a, tokens) || a.held - b.held)[0];
    if (slot === undefined) throw new PipelineError("no free sequence", { code: "internal" });
    const own = sharedWith(slot, tokens);
    const source = this.#betterThan(slot, own, tokens);
    // Before anything is awaited, so that who comes next knows of it.
    slot.begin(source === null ? blocks : null, own);
    try {
      const cached = source === null ? own : Math.max(own, await source.copyTo(slot.sequence, tokens));
      await trim(slot.sequence, cached);
      await slot.evaluate(blocks, cached);
      return {
        sequence: slot.sequence,
        cached,
        pause: async () => await slot.serve(),
        release: () => slot.end(),
      };
    } catch (error) {
      slot.end();
      throw error;
    }
  }

  /** The sequence that holds, or is about to hold, most of a prompt, where it is worth copying. */
  #betterThan(slot: Slot, own: number, tokens: readonly Token[]): Slot | null {
    const others = this.#slots.filter((other) => other !== slot);
    const source = others.toSorted((a, b) => sharedWith(b, tokens) - sharedWith(a, tokens))[0];
    return source !== undefined && sharedWith(source, tokens) - own >= worthCopying ? source : null;
  }
}

/** One that waits to copy the first tokens of a sequence. */
interface Waiter {
  /** As many tokens have to be there. */
  readonly at: number;
  readonly copy: () => Promise<void>;
}

class Slot {
  readonly #waiters: Waiter[] = [];
  busy = false;
  /** The prompt that it evaluates, and the numbers of tokens at which it stops on its way. null: none now. */
  #coming: { readonly tokens: readonly Token[]; readonly stops: readonly number[] } | null = null;
  /** Tokens of the prompt that are there. */
  #there = 0;
  #copies = false;

  constructor(readonly sequence: LlamaContextSequence) {}

  /** Tokens that it holds, or will soon. None while it is not known what it will hold. */
  get tokens(): readonly Token[] {
    if (this.#copies || this.sequence.needsCheckpoints) return [];
    return this.#coming?.tokens ?? this.sequence.contextTokens;
  }

  get held(): number {
    return this.sequence.nextTokenIndex;
  }

  /**
   * Is taken, for a prompt of which it holds the first tokens.
   *
   * @param blocks null: it copies from another first
   */
  begin(blocks: TokenizedPrompt["blocks"] | null, held: number): void {
    this.busy = true;
    this.#copies = blocks === null;
    if (blocks !== null) this.#announce(blocks, held);
  }

  #announce(blocks: TokenizedPrompt["blocks"], held: number): readonly number[] {
    let end = 0;
    const stops = blocks.map((block) => (end += block.length));
    this.#coming = { tokens: blocks.flat(), stops };
    this.#there = held;
    this.#copies = false;
    return stops;
  }

  /** Evaluates what is missing of a prompt; others may copy where a block of it ends. */
  async evaluate(blocks: TokenizedPrompt["blocks"], held: number): Promise<void> {
    const tokens = blocks.flat();
    for (const stop of this.#announce(blocks, held).filter((place) => place > held)) {
      await this.sequence.evaluateWithoutGeneratingNewTokens(tokens.slice(this.#there, stop));
      this.#there = stop;
      await this.serve();
    }
    this.#coming = null;
  }

  /** Copies to another sequence what both begin with, as soon as it is there; answers how many tokens that were. */
  async copyTo(target: LlamaContextSequence, tokens: readonly Token[]): Promise<number> {
    if (!this.busy) return await copyTokens(this.sequence, target, tokens);
    const shared = commonLength(this.tokens, tokens);
    const at = this.#coming?.stops.findLast((stop) => stop <= shared) ?? 0;
    return await new Promise<number>((resolve, reject) => {
      const copy = async (): Promise<void> =>
        await copyTokens(this.sequence, target, tokens).then(resolve, (error: unknown) => reject(error as Error));
      this.#waiters.push({ at, copy });
    });
  }

  /** Lets those copy who wait for what is there by now. */
  async serve(): Promise<void> {
    for (const waiter of this.#waiters.filter(({ at }) => at <= this.#there)) {
      this.#waiters.splice(this.#waiters.indexOf(waiter), 1);
      await waiter.copy();
    }
  }

  /** Is free again. Who still waits gets what there is. */
  end(): void {
    this.#coming = null;
    this.#copies = false;
    this.busy = false;
    for (const { copy } of this.#waiters.splice(0)) void copy();
  }
}

/**
 * A method of node-llama-cpp's own: it copies the state of another sequence whole, within memory, and trims it then.
 * Its public way leads over a file.
 */
const copyState = "_copyStateFromOtherSequence";
interface CopyingSequence {
  readonly [copyState]: (other: LlamaContextSequence, upToTokenIndex: number) => Promise<boolean>;
}

/** Makes a sequence hold what another holds of these tokens; answers how many that are. */
async function copyTokens(
  from: LlamaContextSequence,
  to: LlamaContextSequence,
  tokens: readonly Token[],
): Promise<number> {
  const shared = commonLength(from.contextTokens, tokens);
  if (shared < worthCopying) return 0;
  if (await (to as unknown as CopyingSequence)[copyState](from, shared)) return shared;
  await to.clearHistory();
  return 0;
}

function sharedWith(slot: Slot, tokens: readonly Token[]): number {
  return commonLength(slot.tokens, tokens);
}

function commonLength(a: readonly Token[], b: readonly Token[]): number {
  const longest = Math.min(a.length, b.length);
  let length = 0;
  while (length < longest && a[length] === b[length]) length += 1;
  return length;
}
