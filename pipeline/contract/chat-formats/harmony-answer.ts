import type { ChatText } from "./chat-text.js";

/**
 * The text of an answer in the harmony format, of what a model wrote so far: thoughts between <think> and </think>, as
 * other models write them, then the answer. What is there stays as more comes. `begun` tells that the prompt opened the
 * answer already.
 */
export function readHarmony(written: ChatText, { begun }: { readonly begun: boolean }): string {
  const answer = new Answer(begun);
  for (const { text, from } of written) {
    if (from === "message") answer.say(text);
    else for (const mark of text.split(/(?<=\|>)/u)) answer.mark(mark);
  }
  return answer.text;
}

class Answer {
  text = "";
  /** What is read now: the head of a message, thoughts, or what a user is shown. */
  #part: "head" | "thoughts" | "said";
  #head = "";

  constructor(begun: boolean) {
    this.#part = begun ? "said" : "head";
  }

  mark(mark: string): void {
    if (mark === "<|message|>") this.#begin();
    else if (["<|start|>", "<|end|>", "<|return|>", "<|call|>"].includes(mark)) this.#end();
    else this.#head += mark;
  }

  say(text: string): void {
    if (this.#part !== "head") this.text += text;
    // A model that does not know the format begins without a head; a head without a channel tells whom it is for.
    else if (this.#head === "" && this.text === "" && !" to=".startsWith(text.slice(0, 4))) {
      this.#part = "said";
      this.text += text;
    } else this.#head += text;
  }

  #begin(): void {
    this.#part = this.#head.includes("<|channel|>analysis") ? "thoughts" : "said";
    if (this.#part === "thoughts") this.text += "<think>\n";
    else if (this.text !== "" && !this.text.endsWith("\n\n")) this.text += "\n\n";
  }

  #end(): void {
    if (this.#part === "thoughts") this.text += "\n</think>\n\n";
    this.#part = "head";
    this.#head = "";
  }
}
