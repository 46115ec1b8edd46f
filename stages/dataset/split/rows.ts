import { contentHash, type Example, type Split } from "../../../pipeline/contract/records.js";
import type { DiskIndex } from "../../../pipeline/contract/stage.js";
import { decodeFeatures, encodeFeatures, type Features, featuresOf } from "./minhash.js";

/** What is compared of an example. */
export interface ComparedRow {
  readonly id: string;
  /** Hash by which examples of any length are equal. */
  readonly content: string;
  /** The code of the prompt, and that of the response; empty where it says too little to be a copy of another. */
  readonly texts: readonly Features[];
}

/** A text with fewer token pairs is not compared. */
const fewestFeatures = 8;

const splits = ["train", "val", "test"] as const satisfies readonly Split[];

/** The rows to split by their position in the input: what is compared on disk, the split in one byte of memory each. */
export class Rows {
  #count = 0;
  readonly #compared: DiskIndex;
  readonly #originals: DiskIndex;
  readonly #splits: Uint8Array;
  readonly #dropped: Uint8Array;

  /** @param most as many rows as may be added; the indexes are empty */
  constructor(most: number, { compared, originals }: { compared: DiskIndex; originals: DiskIndex }) {
    this.#compared = compared;
    this.#originals = originals;
    this.#splits = new Uint8Array(most);
    this.#dropped = new Uint8Array(most);
  }

  get count(): number {
    return this.#count;
  }

  /** The next row; its position is the count of those before it. */
  add(example: Example, group: string): void {
    const texts = [example.prompt, example.response]
      .map((text) => featuresOf(text))
      .map((features) => (features.length < fewestFeatures ? "" : encodeFeatures(features)));
    this.#compared.set(
      String(this.#count),
      [group, example.id, contentHash(example, { ignore: "whitespace" }), ...texts].join(" "),
    );
    this.#count += 1;
  }

  get(position: number): ComparedRow {
    const [, id = "", content = "", ...texts] = this.#compared.get(String(position))?.split(" ") ?? [];
    return { id, content, texts: texts.map(decodeFeatures) };
  }

  /** Gives every row the split of its group. */
  assignSplits(splitOfGroup: (group: string) => Split): void {
    for (let position = 0; position < this.count; position += 1) {
      this.#splits[position] = splits.indexOf(splitOfGroup(this.groupOf(position)));
    }
  }

  groupOf(position: number): string {
    const [group = ""] = this.#compared.get(String(position))?.split(" ", 1) ?? [];
    return group;
  }

  splitOf(position: number): Split {
    return splits[this.#splits[position] as number] as Split;
  }

  /** Leaves a row out, because the one at `original` is held out and near-identical. */
  drop(position: number, original: number): void {
    this.#dropped[position] = 1;
    this.#originals.set(String(position), String(original));
  }

  /** The row for which this one does not pass on; undefined where it does. */
  originalOf(position: number): { readonly id: string; readonly split: Split } | undefined {
    if (this.#dropped[position] !== 1) return undefined;
    const original = Number(this.#originals.get(String(position)));
    return { id: this.get(original).id, split: this.splitOf(original) };
  }

  /** Positions of the rows of a split that pass on. */
  *of(split: Split): Generator<number> {
    const code = splits.indexOf(split);
    for (let position = 0; position < this.count; position += 1) {
      if (this.#splits[position] === code && this.#dropped[position] === 0) yield position;
    }
  }
}
