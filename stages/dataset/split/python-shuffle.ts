import { mersenneFromState } from "pure-rand/generator/mersenne";

/**
 * The positions 0 to count - 1 as Python's `random.Random(seed).shuffle` leaves a list of them: CPython's Mersenne
 * Twister (MT19937), seeded by init_by_array, and numbers below a bound by taking as many bits as it has until they
 * fit.
 *
 * @param seed a whole number; its sign does not count
 */
export function pythonShuffle(count: number, seed: number): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, position) => position);
  const next = randomWords(seed);
  for (let last = count - 1; last > 0; last -= 1) {
    const other = below(last + 1, next);
    const moved = order[last] as number;
    order[last] = order[other] as number;
    order[other] = moved;
  }
  return order;
}

/** @param bound from 1 to 2^32 - 1 */
function below(bound: number, next: () => number): number {
  const unused = Math.clz32(bound);
  let taken = next() >>> unused;
  while (taken >= bound) taken = next() >>> unused;
  return taken;
}

const words = 624;

/** Words of 32 bits, one after the other, as CPython's generator gives them. */
function randomWords(seed: number): () => number {
  const generator = mersenneFromState([0, ...stateOf(keyOf(seed))]);
  // The library makes the next state of a word when it gives that word out; the first state is no output of its own.
  for (let word = 0; word < words; word += 1) generator.next();
  return () => generator.next() >>> 0;
}

/** The seed in words of 32 bits, the lowest first. */
function keyOf(seed: number): number[] {
  const key: number[] = [];
  for (let rest = BigInt(Math.abs(seed)); rest > 0n; rest >>= 32n) key.push(Number(rest & 0xffffffffn));
  return key.length > 0 ? key : [0];
}

/** init_by_array of the reference implementation (Matsumoto and Nishimura, mt19937ar.c). */
function stateOf(key: readonly number[]): Int32Array {
  const state = new Int32Array(words);
  const at = (index: number): number => state[index] as number;
  const mixed = (index: number): number => at(index - 1) ^ (at(index - 1) >>> 30);
  state[0] = 19650218;
  for (let index = 1; index < words; index += 1) state[index] = Math.imul(1812433253, mixed(index)) + index;
  let place = 1;
  const forward = (): void => {
    place += 1;
    if (place < words) return;
    state[0] = at(words - 1);
    place = 1;
  };
  for (let step = 0; step < Math.max(words, key.length); step += 1) {
    const word = step % key.length;
    state[place] = (at(place) ^ Math.imul(mixed(place), 1664525)) + (key[word] as number) + word;
    forward();
  }
  for (let step = 1; step < words; step += 1) {
    state[place] = (at(place) ^ Math.imul(mixed(place), 1566083941)) - place;
    forward();
  }
  state[0] = 0x80000000 | 0;
  return state;
}
