/**
 * When an answer is taken to go round in circles: a block of tokens that came at least so many times without anything
 * in between, and makes up so many tokens of its end. Lines that differ in a number are no repetition, and one long
 * line is given more room than lines: a list of zeros is a value.
 */
export const repetitionRule = { times: 4, tokens: 64, tokensOfOneLine: 256, longestBlock: 256 } as const;

/** Watches an answer while it grows, at the cost of a few comparisons a token. */
export class RepetitionWatch<T extends number> {
  /** By length of a block: how many tokens of the end are those that stand that far before them. */
  readonly #alike = new Uint32Array(repetitionRule.longestBlock + 1);

  /** Takes the tokens so far, of which the last is new; tells whether they end in one block again and again. */
  repeats(tokens: readonly T[], textOf: (block: readonly T[]) => string): boolean {
    const last = tokens.length - 1;
    const longest = Math.min(repetitionRule.longestBlock, last);
    for (let block = 1; block <= longest; block += 1) {
      const alike = tokens[last] === tokens[last - block] ? (this.#alike[block] ?? 0) + 1 : 0;
      this.#alike[block] = alike;
      const all = alike + block;
      if (all < Math.max(repetitionRule.tokens, block * repetitionRule.times)) continue;
      if (all >= repetitionRule.tokensOfOneLine || textOf(tokens.slice(-block)).includes("\n")) return true;
    }
    return false;
  }
}
