const [opening, closing] = ["<think>", "</think>"] as const;

/** What a piece of an answer is. */
export interface AnswerPiece {
  readonly part: "thinking" | "content";
  readonly text: string;
}

/**
 * Tells thoughts from the answer while it is written. What it gives, put together, is what `answerMessage` reads of the
 * whole text: a tag that comes in pieces is held back until it is one, or is none.
 */
export class ThoughtReader {
  #held = "";
  #state: "beginning" | "thinking" | "after" | "content";

  /** @param insideThoughts whether the prompt has opened the thoughts already */
  constructor(insideThoughts: boolean) {
    this.#state = insideThoughts ? "thinking" : "beginning";
  }

  /** The next piece of the text. */
  read(text: string): AnswerPiece[] {
    this.#held += text;
    const pieces: AnswerPiece[] = [];
    for (let piece = this.#next(); piece !== null; piece = this.#next()) if (piece.text !== "") pieces.push(piece);
    return pieces;
  }

  /** What is left at the end. */
  end(): AnswerPiece[] {
    const text = this.#state === "thinking" ? withoutOuterLines(this.#held) : this.#held;
    this.#held = "";
    return text === "" || this.#state === "after" ? [] : [{ part: partOf(this.#state), text }];
  }

  /** What can be told now; null: nothing before more has come. */
  #next(): AnswerPiece | null {
    if (this.#held === "") return null;
    if (this.#state === "beginning") return this.#begin();
    if (this.#state === "thinking") return this.#think();
    if (this.#state === "after") {
      this.#held = this.#held.replace(/^\n+/u, "");
      if (this.#held === "") return null;
      this.#state = "content";
    }
    return this.#takeContent();
  }

  #begin(): AnswerPiece | null {
    const written = this.#held.trimStart();
    if (written.startsWith(opening)) {
      this.#held = written.slice(opening.length);
      this.#state = "thinking";
      return this.#next();
    }
    if (opening.startsWith(written)) return null;
    this.#state = "content";
    return this.#takeContent();
  }

  #think(): AnswerPiece | null {
    const end = this.#held.indexOf(closing);
    if (end >= 0) {
      const text = withoutOuterLines(this.#held.slice(0, end));
      this.#held = this.#held.slice(end + closing.length);
      this.#state = "after";
      return { part: "thinking", text };
    }
    return null;
  }

  #takeContent(): AnswerPiece {
    const text = this.#held;
    this.#held = "";
    return { part: "content", text };
  }
}

function partOf(state: "beginning" | "thinking" | "content"): AnswerPiece["part"] {
  return state === "thinking" ? "thinking" : "content";
}

/** Thoughts as `answerMessage` has them. */
function withoutOuterLines(text: string): string {
  return text.replaceAll(/^\n+|\n+$/gu, "");
}
