import { expect, it } from "vitest";
import { AnswerText } from "../../pipeline/models/llama/answer-text.js";

/** What is shown of a text that comes a character at a time. */
function shown(whole: string, stops: readonly string[]): { pieces: string[]; text: string; stopped: boolean } {
  const answer = new AnswerText(stops);
  const pieces: string[] = [];
  for (let length = 1; length <= whole.length && !answer.stopped; length += 1)
    pieces.push(answer.update(whole.slice(0, length)));
  pieces.push(answer.end());
  return { pieces: pieces.filter((piece) => piece !== ""), text: answer.text, stopped: answer.stopped };
}

it("shows at once what cannot become a stop text", () => {
  expect(shown("abc", ["\n\n"])).toEqual({ pieces: ["a", "b", "c"], text: "abc", stopped: false });
});

it("holds back what may become one, and shows it when it does not", () => {
  expect(shown("a\nb\n", ["\n\n"])).toEqual({ pieces: ["a", "\nb", "\n"], text: "a\nb\n", stopped: false });
  expect(shown("aabaab!", ["aab!"]).pieces.join("")).toBe("aab");
});

it("ends before the first stop text", () => {
  expect(shown("one\n\ntwo", ["two", "\n\n"])).toEqual({ pieces: ["o", "n", "e"], text: "one", stopped: true });
});

it("shows a character when all of its bytes are there", () => {
  const answer = new AnswerText([]);
  expect([answer.update("a"), answer.update("a\uFFFD"), answer.update("aé")]).toEqual(["a", "", "é"]);
});
