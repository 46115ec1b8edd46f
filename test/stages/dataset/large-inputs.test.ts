import { expect, it } from "vitest";
import type { Conversation, Example } from "../../../pipeline/contract/records.js";
import { TemporaryIndex } from "../../../pipeline/partition/disk-index.js";
import { readOnce } from "../../../stages/dataset/lib/files/read-once.js";
import { RowStore } from "../../../stages/dataset/split/row-store.js";
import { temporaryFolder } from "../../support/pipelines.js";
import { conversation, example } from "../../support/records.js";

/** More of them than memory is given for. */
const few = 6;
const long = "x".repeat(1 << 23);

it("keeps rows by their positions, whether memory holds them or not", async () => {
  const folder = await temporaryFolder();
  const indexes: TemporaryIndex[] = [];
  const store = new RowStore({
    index: () => {
      const index = new TemporaryIndex(folder);
      indexes.push(index);
      return index;
    },
  });
  const rows: Example[] = Array.from({ length: few }, (_, number) => example(`${number}${long}`));
  for (const row of rows) store.add(row);
  expect([store.rows, indexes.length]).toEqual([few, 1]);
  expect(rows.map((row, position) => store.at(position).id === row.id)).toEqual(rows.map(() => true));
  for (const index of indexes) index.close();
});

it.each([
  ["a few", ["a", "b"], 1],
  ["more than memory is given for", Array.from({ length: few }, (_, number) => `${number}${long}`), 2],
])("reads %s conversations again, from memory where that holds them", async (_, texts, reads) => {
  let read = 0;
  const rows: Conversation[] = texts.map((text) => conversation(text));
  const again = readOnce({
    async *[Symbol.asyncIterator]() {
      read += 1;
      yield* rows;
    },
  });
  for (let time = 0; time < 2; time += 1) {
    const ids: string[] = [];
    for await (const { id } of again) ids.push(id);
    expect(ids).toEqual(rows.map(({ id }) => id));
  }
  expect(read).toBe(reads);
});
