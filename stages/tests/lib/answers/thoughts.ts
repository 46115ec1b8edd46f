import { parseModule } from "../../../python/lib/parse-module.js";
import { fencedPython, holdsTest } from "./fences.js";

const [opening, closing] = ["<think>", "</think>"];

/**
 * The answer without what the model thought aloud: that stands before the code, and a tag inside a text of the code is
 * text. null where the thoughts never end.
 */
export function withoutThoughts(answer: string): string | null {
  if (answer.trimStart().startsWith(opening)) {
    const end = answer.indexOf(closing);
    return end === -1 ? null : withoutThoughts(answer.slice(end + closing.length));
  }
  // A template may have written the opening tag, so that the answer has the closing one alone.
  for (let place = answer.indexOf(closing); place !== -1; place = answer.indexOf(closing, place + 1)) {
    const after = answer.slice(place + closing.length);
    const isBefore = holdsTest(after) || !holdsTest(answer.slice(0, place));
    if (isBefore && !isText(answer, place)) return withoutThoughts(after);
  }
  return answer;
}

/** Whether a place of the answer is inside a text of its code. */
function isText(answer: string, place: number): boolean {
  const row = answer.slice(0, place).split("\n").length - 1;
  const fenced = fencedPython(answer).find(
    (block) => row >= block.row && row < block.row + block.code.split("\n").length,
  );
  const { code, row: first } = fenced ?? { code: answer, row: 0 };
  const texts = parseModule(code).module.statements.flatMap(({ node }) => node.descendantsOfType("string"));
  return texts.some(
    ({ text, startPosition, endPosition }) =>
      text.includes(closing) && row - first >= startPosition.row && row - first <= endPosition.row,
  );
}
