import type { Example } from "../../../pipeline/contract/records.js";
import type { Context, DiskIndex } from "../../../pipeline/contract/stage.js";

/** Characters of examples that are kept in memory. */
const most = 1 << 25;

/** Examples by their positions: as many as a bound allows in memory, the others on disk, so that memory stays flat. */
export class RowStore {
  readonly #kept: Example[] = [];
  #characters = 0;
  #rows = 0;
  #disk: DiskIndex | undefined;
  readonly #index: () => DiskIndex;

  constructor({ index }: Pick<Context, "index">) {
    this.#index = index;
  }

  get rows(): number {
    return this.#rows;
  }

  /** The next example; its position is the count of those before it. */
  add(example: Example): void {
    this.#characters += example.prompt.length + example.response.length;
    if (this.#characters <= most && this.#kept.length === this.#rows) this.#kept.push(example);
    else (this.#disk ??= this.#index()).set(String(this.#rows), JSON.stringify(example));
    this.#rows += 1;
  }

  at(position: number): Example {
    return this.#kept[position] ?? (JSON.parse(this.#disk?.get(String(position)) ?? "") as Example);
  }
}
