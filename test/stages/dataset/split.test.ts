import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { TemporaryIndex } from "../../../pipeline/partition/disk-index.js";
import type { AnyRecord } from "../../../pipeline/contract/kind.js";
import type { Example, Split } from "../../../pipeline/contract/records.js";
import split from "../../../stages/dataset/split.js";
import { example as makeExample } from "../../support/records.js";
import { stageTest } from "../../support/stage-test.js";

/** An example of a file of a package; every number makes other code, unlike that of all other numbers. */
function from(name: string, path: string, number: number, code = codeOf(number)): Example {
  const source = {
    ref: `pypi:${name}@1.0.0`,
    name,
    version: "1.0.0",
    licence: "MIT",
    path,
    lines: [1, 9] as [number, number],
  };
  return makeExample(`def test_${number}():\n    assert f${number}() == ${number}\n`, {
    source,
    prompt: `Write tests.\n\n\`\`\`python\n${code}\n\`\`\``,
  });
}

function codeOf(number: number): string {
  const words = Array.from({ length: 12 }, (_, i) => `w${number}_${i}`);
  return (
    `def f${number}(${words.slice(0, 3).join(", ")}):\n    ${words[3]} = ${words.slice(4, 8).join(" + ")}\n   ` +
    ` ${words[8]} = ${words[3]} * ${words[9]} - ${words[10]}\n    return ${words[8]} or ${words[11]}`
  );
}

function bySplit(records: readonly AnyRecord[]): Record<Split, Example[]> {
  const all = records as Example[];
  const of = (name: Split) => all.filter((record) => record.split === name);
  return { train: of("train"), val: of("val"), test: of("test") };
}

/** In how many splits the groups of a kind stand. */
function splitsPer(records: readonly AnyRecord[], group: (record: Example) => string | undefined): Set<number> {
  const splits = new Map<string | undefined, Set<Split | null>>();
  for (const record of records as Example[])
    splits.set(group(record), (splits.get(group(record)) ?? new Set()).add(record.split));
  return new Set([...splits.values()].map(({ size }) => size));
}

const sizes = (records: readonly AnyRecord[]) =>
  Object.fromEntries(Object.entries(bySplit(records)).map(([name, { length }]) => [name, length]));
const many = (count: number, perFile = 1) =>
  Array.from({ length: count }, (_, i) => from(`p${i % 5}`, `file${Math.floor(i / perFile)}.py`, i));

stageTest(
  split,
  ({ run, example }) => {
    describe("ratios", () => {
      it("are met to the row where groups allow it", async () => {
        const { kept } = await run(many(200));
        expect(sizes(kept)).toEqual({ train: 160, val: 20, test: 20 });
      });

      it("count rows, not groups", async () => {
        const large = Array.from({ length: 50 }, (_, i) => from("big", "big.py", 1000 + i));
        const { kept } = await run([...large, ...many(50)]);
        expect(sizes(kept)).toEqual({ train: 80, val: 10, test: 10 });
        expect(
          new Set((kept as Example[]).filter(({ source }) => source?.path === "big.py").map((record) => record.split)),
        ).toEqual(new Set(["train"]));
      });

      it("leave out a split whose ratio is left out", async () => {
        const { kept } = await run(many(40), { ratios: { train: 0.75, test: 0.25 } });
        expect(sizes(kept)).toEqual({ train: 30, val: 0, test: 10 });
      });

      it("give every split a group, where there are enough", async () => {
        const { kept } = await run(
          ["a", "b", "c"].flatMap((name, n) => Array.from({ length: 100 }, (_, i) => from(name, "x.py", n * 100 + i))),
        );
        expect(Object.values(sizes(kept)).toSorted()).toEqual([100, 100, 100]);
      });

      it("must sum to 1, and the error says what they sum to", () => {
        const { error } = split.options.safeParse({ ratios: { train: 0.8, val: 0.1, test: 0.2 } });
        expect(error?.issues).toMatchObject([
          {
            path: ["ratios"],
            message: "expected ratios that sum to 1, but 0.8 (train) + 0.1 (val) + 0.2 (test) is 1.1",
          },
        ]);
      });
    });

    describe("groups", () => {
      it("of a file stand in one split", async () => {
        const { kept } = await run(many(200, 4));
        expect(splitsPer(kept, ({ source }) => `${source?.name} ${source?.path}`)).toEqual(new Set([1]));
        expect(sizes(kept).train).toBeGreaterThanOrEqual(155);
      });

      it("of a package stand in one split, whatever its version", async () => {
        const newer = many(20).map((record) =>
          makeExample(`${record.response}# newer`, {
            prompt: record.prompt.replaceAll("w", "v"),
            source: {
              ...record.source,
              ref: `pypi:${record.source?.name}@2.0.0`,
              version: "2.0.0",
            } as Example["source"],
          }),
        );
        const { kept } = await run([...many(20), ...newer], { group: "package", ratios: { train: 0.6, test: 0.4 } });
        expect(splitsPer(kept, ({ source }) => source?.name)).toEqual(new Set([1]));
        expect(sizes(kept)).toEqual({ train: 24, val: 0, test: 16 });
      });

      it("are single examples where there is no source", async () => {
        const { kept } = await run(
          Array.from({ length: 20 }, (_, i) => example(`answer ${i}`, { source: null, prompt: codeOf(i) })),
        );
        expect(sizes(kept)).toEqual({ train: 16, val: 2, test: 2 });
      });

      it("mostly stay where they are when examples are added, and never move between val and test", async () => {
        const before = new Map(
          (await run(many(300))).kept.map((record) => [(record as Example).prompt, (record as Example).split]),
        );
        const after = (await run([...many(300), ...many(330).slice(300)])).kept as Example[];
        const moved = after.filter((record) => before.has(record.prompt) && before.get(record.prompt) !== record.split);
        expect(moved.length).toBeLessThanOrEqual(15);
        expect(moved.every((record) => record.split === "train" || before.get(record.prompt) === "train")).toBe(true);
      });

      it("are divided in another way under another seed", async () => {
        const [one, two] = await Promise.all(
          [1, 2].map(async (seed) =>
            bySplit((await run(many(100), {}, { seed })).kept).test.map(({ prompt }) => prompt),
          ),
        );
        expect(one).not.toEqual(two);
      });
    });

    describe("by shuffling", () => {
      it("takes int(rows * ratio) rows for val and test, in the order of Python's shuffle", async () => {
        const inputs = Array.from({ length: 10 }, (_, number) => from("a", "a.py", number));
        const ratios = { train: 0.5, val: 0.25, test: 0.25 };
        const { kept, notices } = await run(inputs, { method: "shuffle", ratios }, { seed: 2025 });
        // python3 -c "import random; x = list(range(10)); random.Random(2025).shuffle(x); print(x)"
        const order = [3, 5, 6, 2, 0, 4, 9, 7, 1, 8];
        expect(kept.map(({ from: [parent] }) => inputs.findIndex(({ id }) => id === parent))).toEqual(order);
        expect((kept as Example[]).map((row) => row.split)).toEqual([
          ...Array.from({ length: 6 }, () => "train"),
          "val",
          "val",
          "test",
          "test",
        ]);
        expect(notices).toHaveLength(1);
      });

      it("leaves a report that claims no check", async () => {
        const outputDir = await mkdtemp(join(tmpdir(), "split-"));
        onTestFinished(async () => await rm(outputDir, { recursive: true }));
        await run(many(10), { method: "shuffle" }, { outputDir });
        expect(JSON.parse(await readFile(join(outputDir, "leakage.json"), "utf8"))).toEqual({
          method: "shuffle",
          splits: { train: 8, val: 1, test: 1 },
        });
      });

      it("does not go together with what only groups have", () => {
        const issuesOf = (options: object) =>
          split.options.safeParse({ method: "shuffle", ...options }).error?.issues.map(({ path }) => path.join("."));
        expect(issuesOf({ group: "row" })).toEqual(["group"]);
        expect(issuesOf({ assign: { test: ["a"] }, threshold: 0.7 })).toEqual(["assign", "threshold"]);
        expect(issuesOf({})).toBeUndefined();
      });
    });

    describe("rows of one table", () => {
      const ofTable = (row: number, changes: Partial<Example> = {}) => {
        const source = {
          ref: "folder:data",
          name: "data",
          version: "1",
          licence: "LicenseRef-own",
          path: "rules.csv",
          row: row + 1,
        };
        return makeExample(`answer ${row}`, { prompt: codeOf(row), source, ...changes });
      };
      const table = (count: number) => Array.from({ length: count }, (_, row) => ofTable(row));

      it("stand in one split where files are the groups, and the notice says what to write", async () => {
        const { kept, notices } = await run(table(40));
        expect(sizes(kept)).toEqual({ train: 40, val: 0, test: 0 });
        expect(notices).toEqual([
          "the ratios are missed by more than half: train has 40 of 40 rows (wanted: 32), val has 0 of 40 rows " +
            "(wanted: 4), test has 0 of 40 rows (wanted: 4). " +
            "A group stands in one split as a whole (group: file), and the largest of 1 has 40 rows: write group: " +
            "row, if rows of one table may stand in different splits",
        ]);
      });

      it("are divided where rows are the groups, and what was made of one row stays together", async () => {
        const { kept, notices } = await run(table(40), { group: "row" });
        expect(sizes(kept)).toEqual({ train: 32, val: 4, test: 4 });
        expect(notices).toEqual([]);
        const two = table(40).flatMap((one, row) => [one, ofTable(row, { prompt: codeOf(100 + row) })]);
        const both = (await run(two, { group: "row" })).kept;
        expect(splitsPer(both, ({ source }) => String(source?.row))).toEqual(new Set([1]));
        expect(sizes(both)).toEqual({ train: 64, val: 8, test: 8 });
      });

      it("are told by their lines, where a source has no rows", async () => {
        const lines = Array.from({ length: 40 }, (_, i) =>
          makeExample(`answer ${i}`, {
            prompt: codeOf(i),
            source: {
              ref: "pypi:shop@1.0.0",
              name: "shop",
              version: "1.0.0",
              licence: "MIT",
              path: "a.py",
              lines: [Math.floor(i / 2) + 1, 99],
            },
          }),
        );
        const { kept } = await run(lines, { group: "row" });
        expect(splitsPer(kept, ({ source }) => String(source?.lines))).toEqual(new Set([1]));
        expect(sizes(kept)).toEqual({ train: 32, val: 4, test: 4 });
      });

      it("stand together by a label; those without it stand for themselves", async () => {
        const topics = table(60).map((one, row) =>
          row < 40 ? ofTable(row, { labels: { topic: `t${row % 10}` } }) : one,
        );
        const { kept } = await run(topics, { group: "label:topic" });
        expect(splitsPer(kept.slice(0, 40), ({ labels }) => String(labels["topic"]))).toEqual(new Set([1]));
        expect(sizes(kept)).toEqual({ train: 48, val: 6, test: 6 });
      });

      it("do not stand by a label that none has", async () => {
        await expect(run(table(4), { group: "label:topics" })).rejects.toMatchObject({
          code: "config",
          message: 'group: no example has the label "topics"',
          hint: "the labels are: teacher",
        });
      });
    });

    describe("a ratio that is missed by more than half", () => {
      it("is no news where it is one row more of few, or where packages are assigned to the split", async () => {
        expect((await run(many(3))).notices).toEqual([]);
        expect((await run(many(50), { assign: { test: ["p1"] } })).notices).toEqual([]);
      });

      it.each([
        [many(40), { assign: { test: ["p0", "p1", "p2"] } }, /`assign` places more than half of the rows/u],
        [
          Array.from({ length: 30 }, (_, i) => from("two", i < 20 ? "a.py" : "b.py", i)),
          {},
          /\(group: file\), and the largest of \d+ has \d+ rows?: take more sources, or other ratios$/u,
        ],
        [
          many(40).map((_, i) => from("one", `${i}.py`, i, codeOf(i))),
          { group: "package" },
          /\(group: package\), and the largest of 1 has 40 rows: write group: file, or take more packages$/u,
        ],
        [
          Array.from({ length: 100 }, (_, i) => from("copies", `c${i}.py`, i, codeOf(1))),
          {},
          /90 more were left out as near-identical/u,
        ],
      ])("is told with what there is to do: %#", async (inputs, options, told) => {
        const { notices } = await run(inputs, options);
        expect(notices).toEqual([expect.stringMatching(told)]);
      });
    });

    describe("assign", () => {
      it.each(["p1", "pypi:p1", "pypi:p1@1.0.0"])("pins the package %s to a split", async (name) => {
        const { kept } = await run(many(50), { assign: { test: [name] } });
        expect(
          (kept as Example[]).filter(({ source }) => source?.name === "p1").every((record) => record.split === "test"),
        ).toBe(true);
        expect(sizes(kept)).toEqual({ train: 35, val: 5, test: 10 });
      });

      it("does not let a misspelt package pass", async () => {
        await expect(run(many(10), { assign: { test: ["pypi:p9"] } })).rejects.toMatchObject({
          code: "config",
          message: 'assign.test names "pypi:p9", but no example comes from it',
          hint: expect.stringContaining('Did you mean "pypi:p'),
        });
      });

      it("refuses a package that is pinned to two splits, whatever its spelling", async () => {
        await expect(run(many(10), { assign: { test: ["p1"], val: ["p1"] } })).rejects.toMatchObject({
          code: "config",
        });
        await expect(run(many(10), { assign: { test: ["p1"], val: ["pypi:p1"] } })).rejects.toMatchObject({
          code: "config",
          message: 'assign pins "p1" to two splits: val and test',
        });
      });

      it("has nothing to say where there is no example at all", async () => {
        expect((await run([], { assign: { test: ["p1"] } })).kept).toEqual([]);
      });
    });

    describe("near-identical code", () => {
      const original = from("origin", "a.py", 1);
      const copy = (number: number, code = codeOf(1).replace("f1", "copied")) =>
        from("copies", `copy${number}.py`, number, code);

      it("in train gives way to test, in val too, and the reason names the example that stays", async () => {
        const inputs = [original, copy(2), copy(3), from("fine", "b.py", 4)];
        const assign = { test: ["origin"], train: ["copies"], val: ["fine"] };
        const { kept, dropped } = await run(inputs, { assign });
        expect(sizes(kept)).toEqual({ train: 0, val: 1, test: 1 });
        expect(dropped.map(({ record, reason }) => [record, reason])).toEqual([
          [inputs[1]?.id, `near-duplicate of ${original.id} in test`],
          [inputs[2]?.id, `near-duplicate of ${original.id} in test`],
        ]);
        const inVal = await run(inputs, { assign: { test: ["origin"], val: ["copies"], train: ["fine"] } });
        expect(sizes(inVal.kept)).toEqual({ train: 1, val: 0, test: 1 });
      });

      it("stands in one split together where that is wanted, and nothing is left out", async () => {
        const changed = (code: string, name: string) => code.replace("f1", name);
        const family = [original, copy(2), copy(3, changed(codeOf(1), "again"))];
        const others = Array.from({ length: 12 }, (_, n) => from(`p${n}`, "o.py", 100 + n));
        for (let seed = 1; seed < 6; seed += 1) {
          const { kept, dropped } = await run([...family, ...others], { twins: "together" }, { seed });
          expect(dropped).toEqual([]);
          const splits = (kept as Example[]).filter(
            ({ source }) => source?.name === "copies" || source?.name === "origin",
          );
          expect(new Set(splits.map(({ split }) => split)).size).toBe(1);
          expect(splits).toHaveLength(3);
        }
      });

      it("that is pinned to different splits is left out of one of them all the same", async () => {
        const assign = { test: ["origin"], train: ["copies"] };
        const { kept, dropped } = await run([original, copy(2)], { assign, twins: "together" });
        expect(sizes(kept)).toEqual({ train: 0, val: 0, test: 1 });
        expect(dropped).toMatchObject([{ reason: `near-duplicate of ${original.id} in test` }]);
        const follows = await run([original, copy(2)], { assign: { test: ["origin"] }, twins: "together" });
        expect(sizes(follows.kept)).toEqual({ train: 0, val: 0, test: 2 });
      });

      it("may stand twice in one split", async () => {
        const { kept } = await run([original, copy(2), from("fine", "b.py", 4)], {
          assign: { train: ["origin", "copies"], test: ["fine"] },
          ratios: { train: 0.5, test: 0.5 },
        });
        expect(sizes(kept)).toEqual({ train: 2, val: 0, test: 1 });
      });

      it("is told by the share of token pairs that are equal, from the threshold on", async () => {
        const half = codeOf(1)
          .split("\n")
          .with(2, codeOf(77).split("\n")[2] as string)
          .with(3, codeOf(77).split("\n")[3] as string)
          .join("\n");
        const assign = { test: ["origin"], train: ["copies"] };
        expect((await run([original, copy(2, half)], { assign })).dropped).toEqual([]);
        expect((await run([original, copy(2)], { assign, threshold: 1 })).dropped).toEqual([]);
        expect(
          (await run([original, copy(2, codeOf(1).replaceAll(" + ", "+"))], { assign, threshold: 1 })).dropped,
        ).toHaveLength(1);
      });

      it("is found in the response too", async () => {
        const tests = (unit: string) =>
          Array.from(
            { length: 5 },
            (_, i) => `def test_convert_${i}():\n    assert convert(${i}, "metre", "${unit}") == approx(${i * 3.28})`,
          ).join("\n");
        const [one, two] = [1, 2].map((number) =>
          makeExample(tests(number === 1 ? "foot" : "feet"), {
            prompt: codeOf(number),
            source: from(`s${number}`, "x.py", 1).source,
          }),
        );
        const { dropped } = await run([one, two] as Example[], {
          assign: { test: ["s1"], train: ["s2"] },
          threshold: 0.7,
        });
        expect(dropped).toMatchObject([{ reason: `near-duplicate of ${one?.id} in test` }]);
      });

      it("does not take the instruction around the code for code, nor short answers for copies", async () => {
        const [one, two] = ["x", "y"].map((name, number) =>
          makeExample("yes", {
            source: from(`s${number}`, "x.py", 1).source,
            prompt:
              `${"Write many good tests for the function. ".repeat(9)}\n\`\`\`\ndef ${name}(): return ${name}` +
              `\n\`\`\``,
          }),
        );
        const { dropped } = await run([one, two] as Example[], { assign: { test: ["s0"], train: ["s1"] } });
        expect(dropped).toEqual([]);
      });

      it("leaves equal examples out, however short", async () => {
        const [one, two] = [0, 1].map((number) =>
          makeExample("yes", { source: from(`s${number}`, "x.py", 1).source, prompt: "is it?" }),
        );
        const { dropped } = await run([one, two] as Example[], { assign: { test: ["s0"], train: ["s1"] } });
        expect(dropped).toMatchObject([{ record: two?.id, reason: `near-duplicate of ${one?.id} in test` }]);
      });

      it("a thousand times over takes no longer than other code", async () => {
        const copies = Array.from({ length: 1000 }, (_, i) => copy(i));
        const { kept, dropped } = await run(copies);
        expect(sizes(kept)).toEqual({ train: 0, val: 0, test: 100 });
        expect(dropped).toHaveLength(900);
      });
    });

    it("takes the rows that a limit leaves of its input", async () => {
      const inputs = {
        count: 100,
        async *[Symbol.asyncIterator]() {
          yield* many(10);
        },
      };
      const outputs: Example[] = [];
      const indexes: TemporaryIndex[] = [];
      const folder = await mkdtemp(join(tmpdir(), "split-"));
      onTestFinished(async () => await rm(folder, { recursive: true }));
      const context = {
        seed: 1,
        outputDir: folder,
        signal: new AbortController().signal,
        progress: () => undefined,
        notice: () => undefined,
        index: () => {
          const index = new TemporaryIndex(folder);
          indexes.push(index);
          return index;
        },
      };
      for await (const record of split.run(inputs as never, split.options.parse({}), context as never))
        outputs.push(record as Example);
      for (const index of indexes) index.close();
      expect(sizes(outputs)).toEqual({ train: 8, val: 1, test: 1 });
    });

    it("leaves a report of what was checked", async () => {
      const outputDir = await mkdtemp(join(tmpdir(), "split-"));
      onTestFinished(async () => await rm(outputDir, { recursive: true }));
      const original = from("origin", "a.py", 1);
      await run(
        [original, from("copies", "c.py", 2, codeOf(1)), from("copies", "d.py", 3)],
        { assign: { test: ["origin"], train: ["copies"] } },
        { outputDir },
      );
      expect(JSON.parse(await readFile(join(outputDir, "leakage.json"), "utf8"))).toEqual({
        group: "file",
        threshold: 0.8,
        splits: {
          train: { rows: 1, groups: 1, nearDuplicatesDropped: 1 },
          val: { rows: 0, groups: 0, nearDuplicatesDropped: 0 },
          test: { rows: 1, groups: 1, nearDuplicatesDropped: 0 },
        },
        overlaps: { groups: 0, contents: 0, nearDuplicates: 0 },
      });
    });
  },
  { inputs: many(30, 2), options: { group: "file" } },
);
