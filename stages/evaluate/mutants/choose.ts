import { addTo } from "../../../pipeline/system/group-by.js";
import { hashValue } from "../../../pipeline/system/hash.js";
import type { Mutant } from "../../../pipeline/contract/mutation.js";

/** The mutants that may be chosen of one target. */
export interface Candidates<T> {
  readonly key: string;
  readonly of: T;
  readonly mutants: readonly Mutant[];
}

/**
 * Chooses mutants, spread over targets and operators: each target gives one in turn, in an order drawn by the seed, and
 * that of the operator which was chosen least before. A larger number only adds mutants.
 * @param make what becomes of a mutant; null where nothing can, and another of that target is taken
 */
export function chooseMutants<T, U extends object>(
  all: readonly Candidates<T>[],
  { most, seed }: { readonly most: number; readonly seed: number },
  make: (of: T, mutant: Mutant) => U | null,
): U[] {
  const drawn = (...words: readonly string[]) => hashValue([seed, ...words]);
  const queues = all
    .map(({ key, of, mutants }) => ({
      of,
      order: drawn(key),
      operators: byOperator(
        mutants.toSorted((a, b) => (drawn(key, a.diff, a.operator) < drawn(key, b.diff, b.operator) ? -1 : 1)),
      ),
    }))
    .toSorted((a, b) => (a.order < b.order ? -1 : 1));
  const times = new Map<string, number>();
  const made: U[] = [];
  for (
    let waiting = queues;
    waiting.length > 0 && made.length < most;
    waiting = waiting.filter(({ operators }) => operators.size > 0)
  ) {
    for (const { of, operators } of waiting) {
      if (made.length >= most) break;
      const next = nextOf(operators, times, (mutant) => make(of, mutant));
      if (next !== null) made.push(next);
    }
  }
  return made;
}

function byOperator(mutants: readonly Mutant[]): Map<string, Mutant[]> {
  const queues = new Map<string, Mutant[]>();
  for (const mutant of mutants) addTo(queues, mutant.operator, mutant);
  return queues;
}

/** Takes mutants of the rarest operator out of the queues until one can be made; null where none can. */
function nextOf<U extends object>(
  operators: Map<string, Mutant[]>,
  times: Map<string, number>,
  make: (mutant: Mutant) => U | null,
): U | null {
  while (operators.size > 0) {
    const rarest = [...operators.keys()].reduce((one, other) =>
      (times.get(other) ?? 0) < (times.get(one) ?? 0) ? other : one,
    );
    const queue = operators.get(rarest) ?? [];
    const mutant = queue.shift();
    if (queue.length === 0) operators.delete(rarest);
    const made = mutant === undefined ? null : make(mutant);
    if (made === null) continue;
    times.set(rarest, (times.get(rarest) ?? 0) + 1);
    return made;
  }
  return null;
}
