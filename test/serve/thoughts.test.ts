import { expect, it } from "vitest";
import { answerMessage } from "../../pipeline/contract/chat-formats.js";
import { type AnswerPiece, ThoughtReader } from "../../pipeline/serve/thoughts.js";

it.each([
  ["It is sunny.", false],
  ["<think>\nIs it\nraining?\n</think>\n\nIt is.", false],
  ["  <think>a</think>b <think>c</think>", false],
  ["<thin air", false],
  ["<think>\n\nnever closed\n", false],
  ["\n\nopened by the prompt\n</think>\n\nIt is.", true],
  ["\nnever closed, opened by the prompt\n", true],
])("tells of %j in pieces what is told of it whole", (text, insideThoughts) => {
  const { content, thinking = "" } = answerMessage(text, { insideThoughts });
  for (const size of [1, 3, 1000]) {
    const reader = new ThoughtReader(insideThoughts);
    const parts = text.match(new RegExp(`.{1,${size}}`, "gsu")) ?? [];
    const pieces = [...parts.flatMap((part) => reader.read(part)), ...reader.end()];
    const joined = (wanted: AnswerPiece["part"]) =>
      pieces.map(({ part, text: piece }) => (part === wanted ? piece : "")).join("");
    expect({ content: joined("content"), thinking: joined("thinking") }).toEqual({ content, thinking });
  }
});
