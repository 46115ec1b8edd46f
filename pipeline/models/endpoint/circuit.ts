import { setTimeout as wait } from "node:timers/promises";
import { BrokenCircuitError, circuitBreaker, ConsecutiveBreaker, DelegateBackoff, handleWhen } from "cockatiel";
import { PipelineError } from "../../system/errors.js";
import { interrupted } from "../../system/abort.js";
import { Fault } from "./fault.js";

/** What is told while a server does not answer. */
export interface CircuitListeners {
  /** It is left alone for a while. */
  readonly opened: (last: Fault) => void;
  /** It answers again, after so many seconds. */
  readonly closed: (seconds: number) => void;
}

/**
 * Leaves a server alone that breaks at every request: after several outages in a row nothing is sent, but for one
 * request after a while, which decides whether the others follow. Who asks meanwhile waits. A server that can say who
 * it is, and answers no question, is tried every second: it may be the questions.
 */
export class Circuit {
  readonly #breaker = circuitBreaker(
    handleWhen((error) => error instanceof Fault && error.type === "outage"),
    {
      halfOpenAfter: new DelegateBackoff<{ readonly attempt: number; readonly result: unknown }>(({ attempt }) =>
        Math.min(this.#last?.isOfServer === true ? 30_000 : 1000, 250 * 2 ** attempt),
      ),
      breaker: new ConsecutiveBreaker(10),
    },
  );
  readonly #patience: number;
  readonly #what: string;
  /** When it began to answer nothing; null while it answers. */
  #silentSince: number | null = null;
  #openedAt: number | null = null;
  #last: Fault | null = null;

  /**
   * @param what the server, as errors name it
   * @param patience seconds that it may answer nothing before the run stops
   */
  constructor(what: string, { patience, opened, closed }: CircuitListeners & { readonly patience: number }) {
    this.#what = what;
    this.#patience = patience;
    this.#breaker.onBreak(() => {
      if (this.#openedAt === null && this.#last !== null) opened(this.#last);
      this.#openedAt ??= performance.now();
    });
    this.#breaker.onReset(() => {
      if (this.#openedAt !== null) closed((performance.now() - this.#openedAt) / 1000);
      this.#openedAt = null;
    });
  }

  /**
   * Sends a request, once the server is not left alone any more. Throws a PipelineError (model) where it has answered
   * nothing for too long.
   */
  async send<T>(request: () => Promise<T>, signal: AbortSignal): Promise<T> {
    for (;;) {
      try {
        const answer = await this.#breaker.execute(request);
        this.#silentSince = null;
        return answer;
      } catch (error) {
        if (error instanceof Fault) this.#note(error);
        if (!(error instanceof BrokenCircuitError)) throw error;
        this.#giveUpWhenSilent();
        await wait(poll, undefined, { signal }).catch(() => {
          throw interrupted();
        });
      }
    }
  }

  #note(fault: Fault): void {
    // A server that refuses a question, or writes nonsense, is there.
    if (fault.type !== "outage" && fault.type !== "busy") {
      this.#silentSince = null;
      return;
    }
    this.#last = fault;
    this.#silentSince ??= performance.now();
    this.#giveUpWhenSilent();
  }

  #giveUpWhenSilent(): void {
    if (this.#silentSince === null) return;
    const seconds = (performance.now() - this.#silentSince) / 1000;
    if (seconds < this.#patience) return;
    throw new PipelineError(
      `${this.#what} has not answered for ${Math.round(seconds)} s: ${this.#last?.message ?? "no answer"}`,
      {
        code: "model",
        hint:
          "is the server running, and is its address right? Run the same command again when it answers: what is " +
          "finished is kept (endpoint: { patience: ... } waits longer)",
      },
    );
  }
}

/** Milliseconds between two looks at whether the server may be asked again. */
const poll = 100;
