/** The token pairs of a text, hashed, sorted and each there once: the k-th occurrence of a pair is another element. */
export type Features = Uint32Array;

/** Names, keywords and numbers, and operators; without the brackets and separators that every code is full of. */
const token = /[\p{L}\p{N}_]+|[^\s\p{L}\p{N}_,;:.()[\]{}"'`#]/gu;

/**
 * Fenced code of a text; the whole text where there is none. What stands around code is the question, much the same in
 * every row.
 */
const fence = /^```[^\n]*\n([\s\S]*?)^```/gmu;

/**
 * What is compared of a text: the pairs of neighbouring tokens of its code, hashed to 32 bits. Empty for fewer than two
 * tokens.
 */
export function featuresOf(text: string): Features {
  const fenced = [...text.matchAll(fence)].map(([, inside]) => inside).join("\n");
  const tokens = (fenced.trim() === "" ? text : fenced).match(token) ?? [];
  if (tokens.length < 2) return new Uint32Array(0);
  const hashes = tokens.map(hashText);
  const pairs = Uint32Array.from({ length: tokens.length - 1 }, (_, i) =>
    mix(Math.imul(hashes[i] as number, 31) + (hashes[i + 1] as number)),
  ).toSorted();
  let occurrence = 0;
  const features = pairs.map((pair, i) => {
    occurrence = i > 0 && pairs[i - 1] === pair ? occurrence + 1 : 0;
    return occurrence === 0 ? pair : mix(pair + Math.imul(occurrence, 0x9e3779b1));
  });
  return features.toSorted();
}

/** Features as text, in base64. */
export function encodeFeatures(features: Features): string {
  return Buffer.from(features.buffer, features.byteOffset, features.byteLength).toString("base64");
}

/** The features of a text that `encodeFeatures` made. */
export function decodeFeatures(encoded: string): Features {
  const bytes = Buffer.from(encoded, "base64");
  return new Uint32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}

/** Jaccard similarity of two sets, 0 to 1. */
export function jaccard(a: Features, b: Features): number {
  let shared = 0;
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    const [left, right] = [a[i] as number, b[j] as number];
    if (left === right) shared += 1;
    if (left <= right) i += 1;
    if (right <= left) j += 1;
  }
  const union = a.length + b.length - shared;
  return union === 0 ? 1 : shared / union;
}

/**
 * MinHash with banding (Broder 1997; Leskovec, Rajaraman, Ullman: Mining of Massive Datasets, 3.4): sets that are at
 * least as similar as the threshold t share a band with a probability of 1 - (1 - t^rows)^bands, here 0.9995 or more.
 */
export class MinHash {
  static readonly bands = 20;
  readonly #rows: number;
  // Signed, since V8 computes those without a detour over floating point.
  readonly #factors: Int32Array;
  readonly #terms: Int32Array;
  readonly #signature: Int32Array;

  constructor(threshold: number, seed: number) {
    const mostMissed = 5e-4;
    const perBand = threshold === 1 ? Infinity : Math.log(1 - mostMissed ** (1 / MinHash.bands)) / Math.log(threshold);
    this.#rows = Math.min(8, Math.max(1, Math.floor(perBand)));
    const length = MinHash.bands * this.#rows;
    this.#factors = Int32Array.from({ length }, (_, i) => mix(Math.imul(seed + 1, 0x85ebca77) + 2 * i) | 1);
    this.#terms = Int32Array.from({ length }, (_, i) => mix(Math.imul(seed + 1, 0xc2b2ae3d) + 2 * i + 1));
    this.#signature = new Int32Array(length);
  }

  /** The 53-bit key of each band, as a whole number. */
  bands(features: Features): number[] {
    const signature = this.#signature.fill(0x7fffffff);
    const factors = this.#factors;
    const terms = this.#terms;
    const { length } = signature;
    for (const feature of new Int32Array(features.buffer, features.byteOffset, features.length)) {
      for (let i = 0; i < length; i += 1) {
        const value = (Math.imul(feature, factors[i] as number) + (terms[i] as number)) | 0;
        if (value < (signature[i] as number)) signature[i] = value;
      }
    }
    return Array.from({ length: MinHash.bands }, (_, band) => {
      let high = mix(band + 1);
      let low = mix(band + 101);
      for (let i = band * this.#rows; i < (band + 1) * this.#rows; i += 1) {
        high = mix(high ^ (signature[i] as number));
        low = mix(Math.imul(low, 31) + (signature[i] as number));
      }
      return (high & 0x1fffff) * 0x100000000 + low;
    });
  }
}

/** FNV-1a over UTF-16 units. */
function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash;
}

/** The finalizer of MurmurHash3: every input bit changes every output bit. Unsigned. */
function mix(value: number): number {
  let hash = value ^ (value >>> 16);
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
