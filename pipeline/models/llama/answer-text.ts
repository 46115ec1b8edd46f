/**
 * The text of an answer while it grows: finds the first stop text, and tells what can be shown already,
 * which is all but an end that may still become a stop text or the rest of a character.
 */
export class AnswerText {
  readonly #stops: readonly string[];
  #text = "";
  #shown = 0;
  #stopped = false;

  constructor(stops: readonly string[]) {
    this.#stops = stops.filter((stop) => stop !== "");
  }

  get text(): string {
    return this.#text;
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  /** Takes the whole text so far, and answers what can newly be shown. */
  update(whole: string): string {
    const found = this.#stops.map((stop) => whole.indexOf(stop)).filter((at) => at >= 0);
    this.#stopped = found.length > 0;
    this.#text = this.#stopped ? whole.slice(0, Math.min(...found)) : whole;
    return this.#show(this.#stopped ? this.#text.length : this.#text.length - this.#uncertainEnd());
  }

  /** What was held back, when no more comes. */
  end(): string {
    return this.#show(this.#text.length);
  }

  #show(until: number): string {
    if (until <= this.#shown) return "";
    const news = this.#text.slice(this.#shown, until);
    this.#shown = until;
    return news;
  }

  #uncertainEnd(): number {
    const longest = Math.max(0, ...this.#stops.map((stop) => stop.length - 1));
    const partialStop =
      Array.from({ length: Math.min(longest, this.#text.length) }, (_, index) =>
        this.#text.slice(this.#text.length - index - 1),
      ).findLast((end) => this.#stops.some((stop) => stop.startsWith(end)))?.length ?? 0;
    const partialCharacter = /\uFFFD+$/u.exec(this.#text)?.[0].length ?? 0;
    return Math.max(partialStop, partialCharacter);
  }
}
