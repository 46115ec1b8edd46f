import { closest, distance } from "fastest-levenshtein";
import { PipelineError } from "../../../pipeline/system/errors.js";
import type { Source } from "../../../pipeline/contract/kind.js";
import type { Split } from "../../../pipeline/contract/records.js";
import { unversioned } from "./group.js";

/** Names of sources kept for a "did you mean". */
const mostNames = 1000;

/**
 * The packages that `assign` pins to a split. Remembers what it met, so that a name that matches nothing is an error.
 */
export class Pins {
  readonly #splits = new Map<string, Split>();
  readonly #unused: Set<string>;
  readonly #met = new Set<string>();
  #examples = 0;

  constructor(assign: Readonly<Record<Split, readonly string[]>>) {
    for (const split of ["train", "val", "test"] as const) {
      for (const name of assign[split]) {
        const other = this.#splits.get(name);
        if (other !== undefined && other !== split) throw twoSplits(name, other, split);
        this.#splits.set(name, split);
      }
    }
    this.#unused = new Set(this.#splits.keys());
  }

  /** The split that the source is pinned to; undefined where it is free. */
  splitOf(source: Source | null): Split | undefined {
    this.#examples += 1;
    if (source === null) return undefined;
    const names = [source.ref, unversioned(source), source.name];
    if (this.#met.size < mostNames) this.#met.add(unversioned(source));
    const written = names.filter((name) => this.#splits.has(name));
    for (const name of written) this.#unused.delete(name);
    const [split, other] = new Set(written.map((name) => this.#splits.get(name) as Split));
    if (split !== undefined && other !== undefined) throw twoSplits(source.name, split, other);
    return split;
  }

  /** Throws where a pinned name met no example: a typo must not pass silently. */
  checkUsed(): void {
    const [name] = this.#unused;
    if (name === undefined || this.#examples === 0) return;
    const known = [...this.#met].toSorted();
    const near = known.length === 0 ? undefined : closest(name, known);
    const suggestion =
      near !== undefined && distance(name, near) <= Math.max(2, name.length / 3) ? `Did you mean "${near}"? ` : "";
    const split = this.#splits.get(name) ?? "";
    throw new PipelineError(`assign.${split} names "${name}", but no example comes from it`, {
      code: "config",
      option: ["assign", split],
      hint:
        known.length === 0
          ? "no example has a source: take assign out"
          : `${suggestion}Examples come from: ${known.slice(0, 20).join(", ")}${known.length > 20 ? ", …" : ""}`,
    });
  }
}

function twoSplits(name: string, one: Split, other: Split): PipelineError {
  return new PipelineError(`assign pins "${name}" to two splits: ${one} and ${other}`, {
    code: "config",
    option: ["assign"],
    hint: `name "${name}" under one split only`,
  });
}
