import type { AnyRecord } from "../contract/kind.js";
import { type Input, inputKinds, type Stage } from "../contract/stage.js";
import type { EarlierResults } from "./earlier-results.js";
import type { Items } from "./items.js";
import type { Ledger } from "./ledger.js";
import { limitKey } from "./limit-key.js";
import type { PartitionTask } from "./protocol.js";
import { readSlices } from "./record-file.js";

/** The inputs of a partition: every record of the first one is accounted for, whether or not the stage comes to it. */
export class PartitionInputs {
  readonly #inputs: readonly (readonly [name: string, input: Input<AnyRecord>])[];
  readonly #task: PartitionTask;
  readonly #earlier: EarlierResults | null;
  /** How far the ledger knows the first input: a stage may read it more than once, or stop early. */
  #known = 0;
  /**
   * Places of records that the stage does not see: steps that are joined may pass on the same one, which it sees once;
   * what is left out it does not see at all.
   */
  readonly #hidden = new Set<number>();

  /** @param earlier what the last attempt left: of the first input, only what failed in it runs again */
  constructor(task: PartitionTask, earlier: EarlierResults | null) {
    this.#inputs = task.inputs.map(([name, slices]) => [name, readSlices<AnyRecord>(slices)]);
    this.#task = task;
    this.#earlier = earlier;
  }

  /** Records of the first input. */
  get count(): number {
    return this.#first?.count ?? 0;
  }

  /**
   * What the stage is given: none, one, or several inputs by their names, without what `limit` skips.
   * @param onRecord called with each record of the first one that the stage takes
   */
  forStage(stage: Stage, ledger: Ledger, { items, onRecord }: { items: Items; onRecord: () => void }): unknown {
    const first = this.#first;
    if (first === undefined) return undefined;
    const records = () => this.#accountedFor(first, ledger, items);
    const selected = {
      count: first.count,
      async *[Symbol.asyncIterator]() {
        for await (const record of records()) {
          onRecord();
          yield record;
        }
      },
    };
    if (inputKinds(stage).has("")) return selected;
    return Object.fromEntries(this.#inputs.map(([name, input], place) => [name, place === 0 ? selected : input]));
  }

  /** Accounts for inputs that the stage never came to. */
  async readRest(ledger: Ledger): Promise<void> {
    if (this.#first === undefined || this.#known >= this.#first.count) return;
    const rest = this.#accountedFor(this.#first, ledger);
    while ((await rest.next()).done !== true);
  }

  get #first(): Input<AnyRecord> | undefined {
    return this.#inputs[0]?.[1];
  }

  async *#accountedFor(input: Input<AnyRecord>, ledger: Ledger, items?: Items): AsyncGenerator<AnyRecord> {
    let position = 0;
    for await (const record of input) {
      position += 1;
      if (this.#earlier?.meet(record.id) === false) {
        this.#known = Math.max(this.#known, position);
        continue;
      }
      const skipped = isSkipped(record, this.#task);
      if (position > this.#known) {
        this.#known = position;
        if (!ledger.expect(record.id, skipped ? "skipped" : "waiting")) this.#hidden.add(position);
        else if (!skipped && items !== undefined && !(await items.begin(record))) this.#hidden.add(position);
      }
      if (!skipped && !this.#hidden.has(position)) yield record;
    }
  }
}

function isSkipped(record: AnyRecord, { threshold, seed }: PartitionTask): boolean {
  return threshold !== null && limitKey(seed, record.id) > threshold;
}
