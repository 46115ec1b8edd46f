import { createStop, interrupted } from "../system/abort.js";
import { memoryLimit } from "../system/memory.js";
import { Runner } from "./runner.js";
import type { RunnerConfig } from "./runner-config.js";
import { Turnstile } from "./turnstile.js";

/** Bytes of a warm runner, both of its processes. */
const typicalMemory = 96e6;

interface IdleRunner {
  readonly key: string;
  readonly runner: Runner;
}

interface RunnerChoice {
  readonly alone?: boolean;
  readonly isUsable?: (runner: Runner) => boolean;
  readonly prefer?: (runner: Runner) => boolean;
}

/** Runners that are warm for a source and a hash seed: at most `workers` at work, idle ones kept within a bound. */
export class RunnerPool {
  readonly #turnstile: Turnstile;
  readonly #mostAlive: number;
  /** Oldest use first. */
  #idle: IdleRunner[] = [];
  readonly #alive = new Set<Runner>();
  readonly #starting = new Set<Promise<Runner>>();
  readonly #stop = createStop();

  constructor(workers: number) {
    this.#turnstile = new Turnstile(workers);
    // Warm for the usual three hash seeds of two sources, the one that ends and the one that begins: to start one takes
    // as long as ten runs.
    this.#mostAlive = Math.max(workers + 1, Math.min(6 * workers, Math.floor(memoryLimit() / 4 / typicalMemory)));
  }

  /**
   * Runs `use` with a runner of this configuration that is usable, a preferred one where several are idle; a new one
   * always is. `alone`: while no other one works. A runner that fails is ended.
   */
  async use<T>(
    config: RunnerConfig,
    use: (runner: Runner) => Promise<T>,
    { alone = false, isUsable = () => true, prefer = () => true }: RunnerChoice = {},
  ): Promise<T> {
    const leave = await this.#turnstile.enter(alone ? "alone" : "with others");
    try {
      this.#refuseWhenClosed();
      const key = JSON.stringify(config);
      const runner =
        this.#takeIdle((idle) => idle.key === key && isUsable(idle.runner), prefer) ?? (await this.#start(config));
      try {
        const result = await use(runner);
        // A runner that is being ended still reports how its child died: that is no verdict.
        this.#refuseWhenClosed();
        this.#idle.push({ key, runner });
        return result;
      } catch (error) {
        await this.#end(runner);
        this.#refuseWhenClosed();
        throw error;
      }
    } finally {
      leave();
    }
  }

  /** Ends all runners; what they were at is lost. */
  async close(): Promise<void> {
    this.#stop.abort();
    this.#idle = [];
    await Promise.all([...this.#alive].map((runner) => this.#end(runner)));
    await Promise.allSettled(this.#starting);
  }

  #refuseWhenClosed(): void {
    if (this.#stop.signal.aborted) throw interrupted("the sandbox has been closed");
  }

  #takeIdle(isFit: (idle: IdleRunner) => boolean, prefer: (runner: Runner) => boolean): Runner | undefined {
    const preferred = this.#idle.findLastIndex((idle) => isFit(idle) && prefer(idle.runner));
    const index = preferred < 0 ? this.#idle.findLastIndex(isFit) : preferred;
    return index < 0 ? undefined : this.#idle.splice(index, 1)[0]?.runner;
  }

  async #start(config: RunnerConfig): Promise<Runner> {
    const starting = this.#startOne(config);
    this.#starting.add(starting);
    try {
      return await starting;
    } finally {
      this.#starting.delete(starting);
    }
  }

  async #startOne(config: RunnerConfig): Promise<Runner> {
    const oldest = this.#alive.size + this.#starting.size >= this.#mostAlive ? this.#idle.shift() : undefined;
    if (oldest) await this.#end(oldest.runner);
    const runner = await Runner.start(config, this.#stop.signal);
    this.#alive.add(runner);
    if (this.#stop.signal.aborted) await this.#end(runner);
    return runner;
  }

  async #end(runner: Runner): Promise<void> {
    this.#alive.delete(runner);
    await runner.close();
  }
}
