import { expect, it } from "vitest";
import type { Example } from "../../../pipeline/contract/records.js";
import filter from "../../../stages/dataset/filter.js";
import { example } from "../../support/records.js";
import { stageTest } from "../../support/stage-test.js";

const answer = (length: number, teacher = "doctest") =>
  example("x".repeat(length), { prompt: "p".repeat(10), labels: { teacher } });
const lengths = (kept: readonly object[]) => kept.map((record) => (record as Example).response.length);

stageTest(
  filter,
  ({ run }) => {
    it("keeps everything unless told", async () => {
      expect(lengths((await run([answer(1), answer(5000, "model:teacher")])).kept)).toEqual([1, 5000]);
    });

    it("keeps rows and responses of the wanted lengths, both ends included", async () => {
      const { kept, dropped } = await run([answer(4), answer(5), answer(20), answer(21), answer(40)], {
        maxCharacters: 31,
        minResponse: 5,
        maxResponse: 20,
      });
      expect(lengths(kept)).toEqual([5, 20]);
      expect(dropped.map(({ reason }) => reason).toSorted()).toEqual([
        "longer than 31 characters: 50",
        "response longer than 20 characters: 21",
        "response shorter than 5 characters: 4",
      ]);
    });

    it("keeps the wanted teachers: a kind of them, or one model", async () => {
      const rows = [
        answer(1, "doctest"),
        answer(2, "record"),
        answer(3, "model:big.gguf"),
        answer(4, "model:small.gguf"),
      ];
      const { kept, dropped } = await run(rows, { teachers: ["doctest", "model"] });
      expect(lengths(kept)).toEqual([1, 3, 4]);
      expect(dropped).toMatchObject([{ reason: "teacher not wanted: record" }]);
      expect(lengths((await run(rows, { teachers: ["model:big.gguf"] })).kept)).toEqual([3]);
    });

    it("keeps rows with the wanted labels, one of several where there are several", async () => {
      const row = (labels: Example["labels"]) => example("x", { labels });
      const rows = [row({ requires: "v2.0", part: 1 }), row({ requires: "v2.1", part: 1 }), row({ part: 2 })];
      const labels = async (wanted: object) => await run(rows, { labels: wanted });
      expect((await labels({ requires: ["v2.0", "v2.1"], part: 1 })).kept).toEqual(rows.slice(0, 2));
      const { kept, dropped } = await labels({ requires: "v2.0" });
      expect(kept).toEqual(rows.slice(0, 1));
      expect(dropped.map(({ reason }) => reason).toSorted()).toEqual([
        "requires not wanted: it has none",
        "requires not wanted: v2.1",
      ]);
    });

    it("refuses bounds that nothing is within", async () => {
      await expect(run([answer(1)], { minResponse: 9, maxResponse: 8 })).rejects.toThrow(
        "no response is at least minResponse",
      );
    });
  },
  { inputs: [answer(1), answer(9)], options: { maxResponse: 5 } },
);
