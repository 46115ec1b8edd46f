import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { mean, quantile } from "simple-statistics";

/** A mean with the interval that it lies in; all null where there is nothing to count. */
export interface Figure {
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
  /** Targets that it is the mean of. */
  readonly n: number;
}

export const resamples = 2000;
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
    if (n === 0) return { value: null, low: null, high: null, n };
    const draws = this.#drawsOf(n);
    const means = Array.from({ length: resamples }, (_, sample) => {
      let sum = 0;
      for (let place = sample * n; place < (sample + 1) * n; place += 1) sum += values[draws[place] ?? 0] ?? 0;
      return sum / n;
    });
    const [low = null, high = null] = quantile(means, [(1 - level) / 2, (1 + level) / 2]);
    return { value: mean([...values]), low, high, n };
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
