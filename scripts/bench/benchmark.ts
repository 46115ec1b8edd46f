/** What `npm run bench -- NAME` runs: this toolkit and its peers on the same input, in turn, in one run. */
export interface Benchmark {
  readonly name: string;
  /** What is compared, on what. */
  readonly summary: string;
  run(): Promise<BenchResult>;
}

/** What a benchmark measured, on this machine and at this time: only the ratios mean something elsewhere. */
export interface BenchResult {
  readonly name: string;
  /**
   * What the seconds are counted for, as a table shows it: "s per 100 mutants"; "s", for all of it, where there is
   * none.
   */
  readonly unit?: string;
  readonly ours: Measured;
  /** By name. */
  readonly peers: Readonly<Record<string, Measured>>;
  /** Seconds of the peer over ours, by name: above 1, ours is faster. */
  readonly ratio: Readonly<Record<string, number>>;
}

interface Measured {
  /** Median of the runs. */
  readonly seconds: number;
  /** Every run, in order. */
  readonly runs: readonly number[];
  /** Mutants that the tool judged in a run, where that is what is counted. */
  readonly mutants?: number;
  /** Of a training, by the median. */
  readonly tokensPerSecond?: number;
}

/** What a model wrote in a measured run. */
export interface Written {
  readonly seconds: number;
  readonly tokens: number;
}

/** The median of runs, in seconds, with the runs. */
export function measured(runs: readonly number[]): Measured {
  const sorted = runs.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const median = ((sorted[Math.ceil(middle) - 1] ?? Number.NaN) + (sorted[Math.floor(middle)] ?? Number.NaN)) / 2;
  return { seconds: median, runs };
}
