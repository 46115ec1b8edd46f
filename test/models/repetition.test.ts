import { describe, expect, it } from "vitest";
import { repetitionRule, RepetitionWatch } from "../../pipeline/models/llama/repetition.js";

/** How many tokens of a text (a word or a sign each) were read when it was seen to repeat itself; null: it was not. */
function seenAfter(text: string): number | null {
  const words = tokensOf(text);
  const known = [...new Set(words)];
  const watch = new RepetitionWatch<number>();
  const tokens: number[] = [];
  for (const word of words) {
    tokens.push(known.indexOf(word));
    if (watch.repeats(tokens, (block) => block.map((token) => known[token]).join(""))) return tokens.length;
  }
  return null;
}

function tokensOf(text: string): readonly string[] {
  return text.match(/\w+|\s|[^\w\s]/gu) ?? [];
}

const line = "assert f(a) == b\n";
const test = (name: string) => `def ${name}():\n    ${line}\n\n`;

describe("an answer that goes round in circles", () => {
  it("is seen when a line or a block of lines came often enough, wherever it began", () => {
    const begin = test("test_a") + test("test_b");
    const before = tokensOf(begin).length;
    expect(seenAfter(begin + line.repeat(30))).toBeLessThanOrEqual(before + repetitionRule.tokens);
    expect(seenAfter(begin + line.repeat(30))).toBeGreaterThan(before + repetitionRule.tokens / 2);
    expect(seenAfter(begin + (test("test_c") + test("test_d")).repeat(10))).not.toBeNull();
    expect(seenAfter(begin + line.repeat(3))).toBeNull();
  });

  it("is a long block only where that came as many times as a short one", () => {
    const block = Array.from({ length: 12 }, (_, index) => `assert f(${index}) == ${index}\n`).join("");
    expect(seenAfter(block.repeat(3))).toBeNull();
    expect(seenAfter(block.repeat(5))).not.toBeNull();
  });

  it("is none where lines differ, or a value is long", () => {
    expect(
      seenAfter(Array.from({ length: 100 }, (_, index) => `assert count(${index}) == ${index}\n`).join("")),
    ).toBeNull();
    expect(seenAfter(`assert zeros(60) == [${"0, ".repeat(60)}]\n`)).toBeNull();
    expect(seenAfter(`assert zeros(600) == [${"0, ".repeat(600)}]\n`)).not.toBeNull();
  });
});
