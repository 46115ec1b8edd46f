import { expect, it } from "vitest";
import { sandboxed } from "./sandboxed.js";

const source = { "dice.py": "import random\n\n\ndef roll():\n    return random.randint(1, 1000000)\n" };
const test = "from dice import roll\n\n\ndef test_roll():\n    assert roll() == 0\n";

it("gives chance the same course each time under one hash seed, and another under another", async () => {
  const rolls = async (seed: number) => {
    const box = await sandboxed(source);
    const { verdicts } = await box.run(test, { hashSeeds: [seed] });
    return verdicts.map(({ detail }) => detail);
  };
  const [first, again, other] = await Promise.all([rolls(1), rolls(1), rolls(2)]);
  expect(first).toEqual([expect.stringMatching(/assert \d+ == 0/u)]);
  expect(again).toEqual(first);
  expect(other).not.toEqual(first);
});
