/** A test, with what it notices. */
export interface Noticing {
  readonly name: string;
  /** Numbers of the mutants that it kills. */
  readonly kills: ReadonlySet<number>;
}

/**
 * Some of the tests that kill together what all of them kill: greedily the one that adds most, the first of those that
 * add as much, until nothing is left; without those that the later ones have made needless. In the order given.
 *
 * @param tests those first that are rather kept
 */
export function smallestCover<T extends Noticing>(tests: readonly T[]): T[] {
  const chosen: T[] = [];
  const left = new Set(tests.flatMap(({ kills }) => [...kills]));
  while (left.size > 0) {
    const [best] = tests
      .map((test) => ({ test, gain: [...test.kills].filter((mutant) => left.has(mutant)).length }))
      .toSorted((a, b) => b.gain - a.gain);
    if (best === undefined || best.gain === 0) break;
    chosen.push(best.test);
    for (const mutant of best.test.kills) left.delete(mutant);
  }
  const kept = withoutNeedless(chosen);
  return tests.filter((test) => kept.includes(test));
}

/** Those that are rather kept stand first in `tests`, and were chosen for that: what came later is looked at last. */
function withoutNeedless<T extends Noticing>(chosen: readonly T[]): readonly T[] {
  return chosen.reduce<readonly T[]>((kept, test) => {
    const others = new Set(kept.filter((each) => each !== test).flatMap(({ kills }) => [...kills]));
    return [...test.kills].every((mutant) => others.has(mutant)) ? kept.filter((each) => each !== test) : kept;
  }, chosen);
}
