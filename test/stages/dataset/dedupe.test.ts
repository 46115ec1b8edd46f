import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import type { Example } from "../../../pipeline/contract/records.js";
import dedupe from "../../../stages/dataset/dedupe.js";
import { example as makeExample } from "../../support/records.js";
import { stageTest } from "../../support/stage-test.js";

const elsewhere = { ref: "pypi:market@2.0.0", name: "market", version: "2.0.0", licence: "MIT", path: "market.py" };

stageTest(
  dedupe,
  ({ run, example }) => {
    it("keeps the first of two examples that differ in white space alone", async () => {
      const { kept, dropped } = await run([example("a  b"), example("a b")]);
      expect(kept).toEqual([example("a  b")]);
      expect(dropped).toMatchObject([{ record: example("a b").id, reason: `duplicate of ${example("a  b").id}` }]);
    });

    it("compares the responses alone, or the prompts, where that is wanted", async () => {
      const rows = [example("a", { prompt: "p" }), example("a", { prompt: "q" }), example("b", { prompt: "q" })];
      const responses = async (options: object) =>
        (await run(rows, options)).kept.map((kept) => `${(kept as Example).prompt}${(kept as Example).response}`);
      expect(await responses({})).toEqual(["pa", "qa", "qb"]);
      expect(await responses({ by: ["response"] })).toEqual(["pa", "qb"]);
      expect(await responses({ by: ["prompt"] })).toEqual(["pa", "qa"]);
      const spaced = [example("a  b"), example("a b")];
      expect((await run(spaced, { by: ["response"] })).kept).toHaveLength(1);
      expect((await run(spaced, { by: ["response"], ignore: "nothing" })).kept).toHaveLength(2);
    });

    it("keeps the hash that it compared by as a label", async () => {
      const options = { by: ["response"], ignore: "nothing", hashLabel: "sha256" };
      const { kept } = await run([example("é\n"), example("é\n", { prompt: "q" })], options);
      expect(kept).toMatchObject([
        {
          from: [example("é\n").id],
          labels: {
            teacher: "doctest",
            sha256: createHash("sha256").update("é\n").digest("hex"),
          },
        },
      ]);
    });

    it.each([
      ["between quotes", "def pad(a):\n    return ' '.join(a)", "def pad(a):\n    return '  '.join(a)"],
      ["between double quotes", 'x = " ".join(a)', 'x = "  ".join(a)'],
      ["between quotes, at an end", 'f(a, "b ")', 'f(a, "b")'],
      ["after a backslash that ends a text", String.raw`f("c:\", "a  b")`, String.raw`f("c:\", "a b")`],
      ["in a text of several lines", 'x = """a\n  b\n"""', 'x = """a\n b\n"""'],
      ["at an end of a line in a text of several lines", "x = '''a \nb'''", "x = '''a\nb'''"],
      ["where a text of several lines begins", 'x = """a  b\n"""', 'x = """a b\n"""'],
      ["of a blank line in a text of several lines", 'x = """a\n\nb"""', 'x = """a\nb"""'],
      ["in a template of JavaScript", "x = `a\n  b`", "x = `a\n b`"],
      ["in a text of another language that goes on", 'say "a\n  b"', 'say "a\n b"'],
      ["of a line that stands under another one", "if a:\n  b\n  c", "if a:\n  b\nc"],
      ["that ends a line", "x = 1\n-1", "x = 1 -1"],
      ["of another kind", "a\u00a0b", "a b"],
    ])("keeps examples that differ in white space that means something: %s", async (_, one, other) => {
      expect((await run([example(one), example(other)])).kept).toHaveLength(2);
    });

    it.each([
      ["an end of a line", "a \nb", "a\nb\n"],
      ["blank lines", "a\n\n\nb", "\na\nb"],
      ["line ends", "a\r\nb", "a\nb"],
      ["how deep it is indented", "def f():\n  if a:\n    b\n  c", "def f():\n\tif a:\n\t\tb\n\tc"],
      ["an indentation of the whole", "  a\n    b", "a\n  b"],
      ["spaces between words", "x  =  1", "x = 1"],
      ["spaces around quotes", "f( 'a b')  # two", "f( 'a b') # two"],
      ["spaces after a text of several lines", 'x = """a  b\n"""\ny  = 1', 'x = """a  b\n"""\ny = 1'],
      ["spaces beside a fence", "```python\nx  = 1\n```", "```python\nx = 1\n```"],
    ])("drops an example that differs in nothing but %s", async (_, one, other) => {
      const { kept, dropped } = await run([example(one), example(other)]);
      expect([kept.length, dropped.map(({ code }) => code)]).toEqual([1, ["duplicate"]]);
    });

    it("finds equal examples of two sources", async () => {
      const { kept, dropped } = await run([example("a"), example("a", { source: elsewhere })]);
      expect(kept).toEqual([example("a")]);
      expect(dropped).toHaveLength(1);
    });

    it("keeps examples that differ in white space when told that it matters", async () => {
      const { kept } = await run([example("a  b"), example("a b")], { ignore: "nothing" });
      expect(kept).toHaveLength(2);
    });

    it("keeps an answer to another question, and a boundary moved between question and answer", async () => {
      const { kept } = await run([
        example("a b", { prompt: "q" }),
        example("a b", { prompt: "r" }),
        example("b", { prompt: "q a" }),
      ]);
      expect(kept).toHaveLength(3);
    });

    it("does not take a record that two joined steps pass on for its own duplicate", async () => {
      const { kept, dropped } = await run([example("a"), example("a")]);
      expect(kept).toEqual([example("a")]);
      expect(dropped).toEqual([]);
    });
  },
  { inputs: [makeExample("a"), makeExample("b"), makeExample("a ", { source: elsewhere })] },
);
