import { sha256 } from "../../../pipeline/system/hash.js";
import type { Context, DiskIndex } from "../../../pipeline/contract/stage.js";
import { encodeFeatures, type Features, jaccard, MinHash } from "./minhash.js";
import type { ComparedRow, Rows } from "./rows.js";

/** Texts remembered under one key: a text that 100,000 others resemble still costs no more than this. */
const mostInBucket = 16;

/** Pairs compared for one text before it counts as found nowhere. */
const mostCompared = 256;

/** Bits of the filter that answers, without the disk, that a key is not there: 8 MiB. */
const filterBits = 26;

/** The texts of the rows that are held out, found by similarity. On disk: memory is the same for any number of them. */
export class HeldOutTexts {
  readonly #rows: Rows;
  readonly #threshold: number;
  readonly #hash: MinHash;
  readonly #buckets: DiskIndex;
  readonly #filter = new Uint32Array(2 ** (filterBits - 5));

  constructor(rows: Rows, threshold: number, seed: number, context: Pick<Context, "index">) {
    this.#rows = rows;
    this.#threshold = threshold;
    this.#hash = new MinHash(threshold, seed);
    this.#buckets = context.index();
  }

  add(position: number, { content, texts }: ComparedRow): void {
    this.#buckets.claim(`content ${content}`, String(position));
    for (const [which, features] of texts.entries()) {
      // Several examples of one function share its prompt: one of them stands for all.
      if (
        features.length === 0 ||
        this.#buckets.claim(`text ${which} ${sha256(encodeFeatures(features))}`, "") !== undefined
      )
        continue;
      const entry = `${position}:${features.length}`;
      for (const band of this.#hash.bands(features)) {
        const key = `${which} ${band}`;
        this.#remember(band);
        const bucket = this.#buckets.claim(key, entry);
        if (bucket !== undefined && bucket.split(" ").length < mostInBucket)
          this.#buckets.set(key, `${bucket} ${entry}`);
      }
    }
  }

  /**
   * Position of a row that is equal, or holds a text that is near-identical to the like text of this one; undefined
   * where there is none.
   */
  find({ content, texts }: ComparedRow): number | undefined {
    const equal = this.#buckets.get(`content ${content}`);
    if (equal !== undefined) return Number(equal);
    for (const [which, features] of texts.entries()) {
      const position = features.length === 0 ? undefined : this.#findText(which, features);
      if (position !== undefined) return position;
    }
    return undefined;
  }

  #findText(which: number, features: Features): number | undefined {
    const compared = new Set<string>();
    for (const band of this.#hash.bands(features)) {
      if (!this.#mayHold(band)) continue;
      for (const entry of this.#buckets.get(`${which} ${band}`)?.split(" ") ?? []) {
        const [position = "", size = 0] = entry.split(":");
        if (compared.has(position) || !couldBeSimilar(features.length, Number(size), this.#threshold)) continue;
        const other = this.#rows.get(Number(position)).texts[which];
        if (other !== undefined && jaccard(features, other) >= this.#threshold) return Number(position);
        compared.add(position);
        if (compared.size >= mostCompared) return undefined;
      }
    }
    return undefined;
  }

  #remember(band: number): void {
    const bit = band % 2 ** filterBits;
    this.#filter[bit >>> 5] = (this.#filter[bit >>> 5] as number) | (1 << (bit & 31));
  }

  #mayHold(band: number): boolean {
    const bit = band % 2 ** filterBits;
    return ((this.#filter[bit >>> 5] as number) & (1 << (bit & 31))) !== 0;
  }
}

/** Sets whose sizes differ by more than the threshold allows cannot be that similar. */
function couldBeSimilar(a: number, b: number, threshold: number): boolean {
  return Math.min(a, b) >= threshold * Math.max(a, b);
}
