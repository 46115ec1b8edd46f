import type { Split } from "../../pipeline/records.js";
import type { Context, DiskIndex } from "../../pipeline/stage.js";
import { type Features, jaccard, MinHash } from "./minhash.js";

/** Who holds a text: what a reason names. */
export interface Holder {
  readonly id: string;
  readonly split: Split;
}

/** Texts remembered under one key: a text that 100,000 others resemble still costs no more than this. */
const mostInBucket = 16;

/** Pairs compared for one text before it counts as found nowhere. */
const mostCompared = 256;

/** Bits of the filter that answers, without the disk, that a key is not there: 8 MiB. */
const filterBits = 26;

/** The texts of the splits that are held out, on disk, found by similarity. Memory is the same for any number of them. */
export class HeldOutTexts {
  readonly #threshold: number;
  readonly #hash: MinHash;
  readonly #buckets: DiskIndex;
  readonly #texts: DiskIndex;
  readonly #filter = new Uint32Array(2 ** (filterBits - 5));
  #count = 0;

  constructor(threshold: number, seed: number, context: Pick<Context, "index">) {
    this.#threshold = threshold;
    this.#hash = new MinHash(threshold, seed);
    this.#buckets = context.index();
    this.#texts = context.index();
  }

  /** @param content hash by which examples of any length, too short to be compared, are equal */
  add(content: string, texts: ReadonlyMap<string, Features>, { id, split }: Holder): void {
    this.#texts.claim(`content ${content}`, `${id} ${split}`);
    for (const [name, features] of texts) {
      const encoded = encode(features);
      const number = String(this.#count);
      // Several examples of one function share its prompt: one of them stands for all.
      if (this.#texts.claim(`${name} ${encoded}`, number) !== undefined) continue;
      this.#count += 1;
      this.#texts.set(number, `${id} ${split} ${encoded}`);
      for (const band of this.#hash.bands(features)) {
        const key = `${name} ${band}`;
        const entry = `${number}:${features.length}`;
        this.#remember(band);
        const bucket = this.#buckets.claim(key, entry);
        if (bucket !== undefined && bucket.split(" ").length < mostInBucket) this.#buckets.set(key, `${bucket} ${entry}`);
      }
    }
  }

  /** Who holds a text that is near-identical to one of these; undefined where nobody does. */
  find(content: string, texts: ReadonlyMap<string, Features>): Holder | undefined {
    const [equal, split] = this.#texts.get(`content ${content}`)?.split(" ") ?? [];
    if (equal !== undefined) return { id: equal, split: split as Split };
    for (const [name, features] of texts) {
      const holder = this.#findOne(name, features);
      if (holder !== undefined) return holder;
    }
    return undefined;
  }

  #findOne(name: string, features: Features): Holder | undefined {
    const compared = new Set<string>();
    for (const band of this.#hash.bands(features)) {
      if (!this.#mayHold(band)) continue;
      for (const entry of this.#buckets.get(`${name} ${band}`)?.split(" ") ?? []) {
        const [number = "", size = 0] = entry.split(":");
        if (compared.has(number) || !couldBeSimilar(features.length, Number(size), this.#threshold)) continue;
        const [id = "", split, encoded = ""] = this.#texts.get(number)?.split(" ") ?? [];
        if (jaccard(features, decode(encoded)) >= this.#threshold) return { id, split: split as Split };
        compared.add(number);
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

function encode(features: Features): string {
  return Buffer.from(features.buffer, features.byteOffset, features.byteLength).toString("base64");
}

function decode(encoded: string): Features {
  const bytes = Buffer.from(encoded, "base64");
  return new Uint32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}
