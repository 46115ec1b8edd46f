import type { Emit } from "../../contract/events.js";
import type { AnswerListener } from "../../contract/service.js";

/** Tells of the answers of a step piece by piece, numbered as they begin. Takes one, with what it is about. */
export function watchAnswers(step: string, emit: Emit): (about: string) => AnswerListener {
  let answers = 0;
  return (about) => {
    answers += 1;
    const piece = { type: "model-text" as const, step, answer: answers, about };
    return {
      text: (text) => emit({ ...piece, text, done: false }),
      end: () => emit({ ...piece, text: "", done: true }),
    };
  };
}
