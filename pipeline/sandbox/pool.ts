import { Runner, type RunnerConfig } from "./runner.js";
import { Turnstile } from "./turnstile.js";

/** Runners that are warm for a source and a hash seed: at most `workers` at work, idle ones kept within a bound. */
export class RunnerPool {
  readonly #turnstile: Turnstile;
  readonly #mostAlive: number;
  /** Oldest use first. */
  #idle: { readonly key: string; readonly runner: Runner }[] = [];
  #alive = 0;

  constructor(workers: number) {
    this.#turnstile = new Turnstile(workers);
    this.#mostAlive = 3 * workers + 1; // the usual three hash seeds stay warm
  }

  /** Runs `use` with a runner of this configuration; `alone`: while no other one works. A runner that fails is ended. */
  async use<T>(config: RunnerConfig, use: (runner: Runner) => Promise<T>, { alone = false } = {}): Promise<T> {
    const leave = await this.#turnstile.enter(alone ? "alone" : "with others");
    try {
      const key = JSON.stringify(config);
      const runner = this.#takeIdle(key) ?? await this.#start(config);
      try {
        const result = await use(runner);
        this.#idle.push({ key, runner });
        return result;
      } catch (error) {
        await this.#end(runner);
        throw error;
      }
    } finally {
      leave();
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#idle.splice(0).map(({ runner }) => this.#end(runner)));
  }

  #takeIdle(key: string): Runner | undefined {
    const index = this.#idle.findLastIndex((idle) => idle.key === key);
    return index < 0 ? undefined : this.#idle.splice(index, 1)[0]?.runner;
  }

  async #start(config: RunnerConfig): Promise<Runner> {
    const oldest = this.#alive >= this.#mostAlive ? this.#idle.shift() : undefined;
    if (oldest) await this.#end(oldest.runner);
    this.#alive += 1;
    try {
      return await Runner.start(config);
    } catch (error) {
      this.#alive -= 1;
      throw error;
    }
  }

  async #end(runner: Runner): Promise<void> {
    this.#alive -= 1;
    await runner.close();
  }
}
