import { expect, it } from "vitest";
import dedupe from "../../stages/dedupe.js";
import { example as makeExample } from "../support/records.js";
import { stageTest } from "../support/stage-test.js";

const elsewhere = { ref: "pypi:market@2.0.0", name: "market", version: "2.0.0", licence: "MIT", path: "market.py" };

stageTest(dedupe, ({ run, example }) => {
  it("keeps the first of two examples that differ in white space alone", async () => {
    const { kept, dropped } = await run([example("a  b"), example("a b")]);
    expect(kept).toEqual([example("a  b")]);
    expect(dropped).toMatchObject([{ record: example("a b").id, reason: `duplicate of ${example("a  b").id}` }]);
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
    const { kept } = await run([example("a b", { prompt: "q" }), example("a b", { prompt: "r" }), example("b", { prompt: "q a" })]);
    expect(kept).toHaveLength(3);
  });

  it("does not take a record that two joined steps pass on for its own duplicate", async () => {
    const { kept, dropped } = await run([example("a"), example("a")]);
    expect(kept).toEqual([example("a")]);
    expect(dropped).toEqual([]);
  });
}, { inputs: [makeExample("a"), makeExample("b"), makeExample("a ", { source: elsewhere })] });
