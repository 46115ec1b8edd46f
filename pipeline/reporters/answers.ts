import type { ModelText } from "../contract/events.js";

/**
 * Several answers are written at once: puts them one after another, the first as it comes, each other one when its turn
 * comes.
 */
export class AnswerQueue {
  /** With the text that was not shown yet. */
  readonly #answers = new Map<string, { readonly about: string; text: string; done: boolean }>();
  /** The answer that is being shown, and whether its last line is open. */
  #shown: { readonly key: string; readonly isInLine: boolean } | null = null;

  /** What can be shown now that this piece has come; "" where its turn has not. */
  take({ step, answer, about, text, done }: Omit<ModelText, "type">): string {
    const key = `${step} ${answer}`;
    const known = this.#answers.get(key) ?? { about, text: "", done: false };
    this.#answers.set(key, { about, text: known.text + text, done });
    return this.#next();
  }

  #next(): string {
    const [first] = this.#answers;
    if (first === undefined) return "";
    const [key, answer] = first;
    if (answer.text === "" && !answer.done) return "";
    const head = this.#shown?.key === key || answer.text === "" ? "" : `── ${answer.about}\n`;
    const shown = head + answer.text;
    const isInLine = shown === "" ? this.#shown?.isInLine === true : !shown.endsWith("\n");
    this.#shown = { key, isInLine };
    answer.text = "";
    if (!answer.done) return shown;
    this.#answers.delete(key);
    this.#shown = null;
    return `${shown}${isInLine ? "\n" : ""}${this.#next()}`;
  }
}
