/** Lets in at most `places` at once, in order of arrival; who wants to be alone waits for all to leave. */
export class Turnstile {
  readonly #places: number;
  #free: number;
  readonly #waiting: { readonly places: number; readonly enter: () => void }[] = [];

  constructor(places: number) {
    this.#places = places;
    this.#free = places;
  }

  /** Resolves when there is room; the answer is called to leave. */
  async enter(how: "with others" | "alone"): Promise<() => void> {
    const places = how === "alone" ? this.#places : 1;
    await new Promise<void>((enter) => {
      this.#waiting.push({ places, enter });
      this.#admit();
    });
    return () => {
      this.#free += places;
      this.#admit();
    };
  }

  #admit(): void {
    for (let next = this.#waiting[0]; next && next.places <= this.#free; next = this.#waiting[0]) {
      this.#waiting.shift();
      this.#free -= next.places;
      next.enter();
    }
  }
}
