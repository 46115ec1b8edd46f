import { PipelineError } from "../../../pipeline/system/errors.js";
import { contentHash, type Example, type Split } from "../../../pipeline/contract/records.js";
import type { DiskIndex } from "../../../pipeline/contract/stage.js";

interface Counts {
  rows: number;
  groups: number;
  nearDuplicatesDropped: number;
}

/** Checks the rows that pass on, one by one: no group and no content may be met in a second split. */
export class LeakageCheck {
  readonly #seen: DiskIndex;
  readonly #splits: Record<Split, Counts> = { train: empty(), val: empty(), test: empty() };

  /** @param seen an empty index */
  constructor(seen: DiskIndex) {
    this.#seen = seen;
  }

  /** Notes an example of a split. Throws where its group or its content stands in another split. */
  note(example: Example, split: Split, group: string, { isDropped }: { readonly isDropped: boolean }): void {
    const counts = this.#splits[split];
    if (isDropped) {
      counts.nearDuplicatesDropped += 1;
      return;
    }
    counts.rows += 1;
    const groupSplit = this.#seen.claim(`group ${group}`, split);
    if (groupSplit === undefined) counts.groups += 1;
    const contentSplit = this.#seen.claim(`content ${contentHash(example, { ignore: "whitespace" })}`, split);
    for (const [what, other] of [
      ["group", groupSplit],
      ["content", contentSplit],
    ] as const) {
      if (other === undefined || other === split) continue;
      throw new PipelineError(`the ${what} of example ${example.id} stands in two splits: ${other} and ${split}`, {
        code: "stage",
        hint: "this is a fault of the split stage, not of your data: please report it",
      });
    }
  }

  /** Rows that passed on. */
  rows(): Record<Split, number> {
    const { train, val, test } = this.#splits;
    return { train: train.rows, val: val.rows, test: test.rows };
  }

  /** Near-duplicates that do not pass on. */
  dropped(): number {
    return Object.values(this.#splits).reduce((sum, { nearDuplicatesDropped }) => sum + nearDuplicatesDropped, 0);
  }

  /** What was checked, for a file: the overlaps are zero, or `note` had thrown. */
  report({ group, threshold }: { group: string; threshold: number }) {
    return {
      group,
      threshold,
      splits: this.#splits,
      overlaps: { groups: 0, contents: 0, nearDuplicates: 0 },
    };
  }
}

function empty(): Counts {
  return { rows: 0, groups: 0, nearDuplicatesDropped: 0 };
}
