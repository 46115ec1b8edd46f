import type { AskedAbout } from "../lib/shard-prompt.js";
import { askedAbout, type Block } from "./block.js";
import type { Budget } from "./budget.js";

/** Targets that are asked about together, with the tokens of the question. */
export interface Packed {
  readonly asked: AskedAbout;
  readonly tokens: number;
}

/**
 * Fills shards with blocks in the order that they come: the next shard begins with the block that does not fit any
 * more.
 */
export class Packer {
  #blocks: Block[] = [];

  constructor(
    private readonly budget: Budget,
    private readonly most: number,
  ) {}

  /** Takes a block. Answers the shard that is full by it; null where there is still room. */
  async add(block: Block): Promise<Packed | null> {
    const joined = [...this.#blocks, block];
    if (this.#blocks.length === 0 || (belongs(block, this.#blocks) && (await this.#fits(joined)))) {
      this.#blocks = joined;
      return null;
    }
    const full = await this.end();
    this.#blocks = [block];
    return full;
  }

  /** The shard that was begun; null where there is none. */
  async end(): Promise<Packed | null> {
    if (this.#blocks.length === 0) return null;
    const asked = askedAbout(this.#blocks);
    this.#blocks = [];
    return { asked, tokens: await this.budget.tokensOf(asked) };
  }

  async #fits(blocks: readonly Block[]): Promise<boolean> {
    const asked = askedAbout(blocks);
    return asked.targets.length <= this.most && (await this.budget.tokensOf(asked)) <= this.budget.room;
  }
}

/** Tests of one file are of one source and, end to end, of one application. */
function belongs({ targets: [one] }: Block, [block]: readonly Block[]): boolean {
  const [other] = block?.targets ?? [];
  return (
    one?.source?.ref === other?.source?.ref &&
    one?.source?.version === other?.source?.version &&
    one?.route?.application === other?.route?.application
  );
}
