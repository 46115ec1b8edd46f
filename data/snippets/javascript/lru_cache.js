// A cache of bounded size that forgets what was used least recently.
// A Map keeps its keys in the order in which they were put in: the first one is the oldest.
export class LruCache {
  #entries = new Map();
  #most;

  constructor(most) {
    if (!Number.isInteger(most) || most < 1) throw new RangeError("the size has to be a whole number of at least 1");
    this.#most = most;
  }

  get(key) {
    if (!this.#entries.has(key)) return undefined;
    const value = this.#entries.get(key);
    this.#entries.delete(key);
    this.#entries.set(key, value);
    return value;
  }

  set(key, value) {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    if (this.#entries.size > this.#most) this.#entries.delete(this.#entries.keys().next().value);
    return this;
  }
}
