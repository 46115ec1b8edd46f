import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { mean, quantile } from "simple-statistics";

/** A mean with the interval that it lies in; all null where there is nothing to count. */
export interface Figure {
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
  /** Targets that it is the mean of; of a quotient of sums: those that are counted below the line. */
  readonly n: number;
}

/** What one target adds to two sums. */
export type Part = readonly [above: number, below: number];

/** Samples that are drawn for an interval. */
export const resamples = 2000;
/** Share of the samples whose means lie in an interval: the middle 95 % of them. */
export const level = 0.95;

/**
 * Means over targets with percentile bootstrap intervals: the quantiles of the means of 2,000 samples of as many
 * targets, drawn with replacement (B. Efron, Bootstrap methods: another look at the jackknife, Annals of Statistics
 * 7(1), 1979; B. Efron and R. Tibshirani, An introduction to the bootstrap, 1993, chapter 13). The draws follow from
 * the seed and the number of targets alone: a figure does not depend on what else is computed.
 */
export class Bootstrap {
  readonly #draws = new Map<number, Uint32Array>();

  constructor(private readonly seed: number) {}

  estimate(values: readonly number[]): Figure {
    const n = values.length;
    if (n === 0) return nothing;
    const sums = this.#sums(values);
    return { value: mean([...values]), ...intervalOf([...sums].map((sum) => sum / n)), n };
  }

  /**
   * A sum over a sum, of which each target adds to both: whole targets are drawn, so that what one of them gives stays
   * together. Samples in which there is nothing to divide by say nothing, and are left out.
   */
  quotient(parts: readonly Part[]): Figure {
    const value = quotientOf(parts);
    if (value === null) return nothing;
    return { value, ...intervalOf(this.#quotients(parts).flatMap((each) => each ?? [])), n: countedIn(parts) };
  }

  /** One quotient less another, of the same targets in the same order: both are of the same samples. */
  quotientDifference(parts: readonly Part[], others: readonly Part[]): Figure {
    const [value, other] = [quotientOf(parts), quotientOf(others)];
    if (value === null || other === null) return nothing;
    const subtrahends = this.#quotients(others);
    const differences = this.#quotients(parts).flatMap((each, sample) => {
      const subtrahend = subtrahends[sample] ?? null;
      return each === null || subtrahend === null ? [] : [each - subtrahend];
    });
    return { value: value - other, ...intervalOf(differences), n: Math.min(countedIn(parts), countedIn(others)) };
  }

  #quotients(parts: readonly Part[]): (number | null)[] {
    const [above, below] = [this.#sums(parts.map(([part]) => part)), this.#sums(parts.map(([, part]) => part))];
    return [...above].map((sum, sample) => (below[sample] ? sum / below[sample] : null));
  }

  /** Of every sample, the sum. */
  #sums(values: readonly number[]): Float64Array {
    const n = values.length;
    const draws = this.#drawsOf(n);
    return Float64Array.from({ length: resamples }, (_, sample) => {
      let sum = 0;
      for (let place = sample * n; place < (sample + 1) * n; place += 1) sum += values[draws[place] ?? 0] ?? 0;
      return sum;
    });
  }

  /** All samples of n targets, one after another, as places of targets. */
  #drawsOf(n: number): Uint32Array {
    const known = this.#draws.get(n);
    if (known !== undefined) return known;
    const generator = xoroshiro128plus(this.seed);
    const draws = Uint32Array.from({ length: resamples * n }, () => uniformInt(generator, 0, n - 1));
    this.#draws.set(n, draws);
    return draws;
  }
}

const nothing: Figure = { value: null, low: null, high: null, n: 0 };

function intervalOf(values: number[]): Pick<Figure, "low" | "high"> {
  if (values.length === 0) return { low: null, high: null };
  const [low = null, high = null] = quantile(values, [(1 - level) / 2, (1 + level) / 2]);
  return { low, high };
}

function quotientOf(parts: readonly Part[]): number | null {
  const sum = (place: 0 | 1) => parts.reduce((total, part) => total + part[place], 0);
  const below = sum(1);
  return below === 0 ? null : sum(0) / below;
}

function countedIn(parts: readonly Part[]): number {
  return parts.filter(([, below]) => below > 0).length;
}
