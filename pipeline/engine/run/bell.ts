/** Tells whoever waits that something has changed: what, they look for themselves. */
export class Bell {
  #rung = 0;
  #waiting: (() => void)[] = [];

  /** How often it has rung. */
  get rung(): number {
    return this.#rung;
  }

  ring(): void {
    this.#rung += 1;
    for (const go of this.#waiting.splice(0)) go();
  }

  /** Goes on as soon as it has rung again since it had rung so often. */
  async after(rung: number): Promise<void> {
    if (this.#rung > rung) return;
    await new Promise<void>((resolve) => {
      this.#waiting.push(resolve);
    });
  }
}
