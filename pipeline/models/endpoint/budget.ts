import type { EndpointSpec } from "../../contract/endpoint-spec.js";
import { PipelineError } from "../../system/errors.js";

/** Tokens of a request: read and written. */
export interface Tokens {
  readonly prompt: number;
  readonly generated: number;
}

/** What a served model has used in this run. */
export interface Usage extends Tokens {
  readonly requests: number;
  /** In the currency of the price; null where no price is told. */
  readonly money: number | null;
}

/**
 * What a served model may use in this run. A request begins only if the most that it can take is left, so that nothing
 * is ever used beyond the budget; what it did not take is given back.
 */
export class EndpointBudget {
  readonly #model: string;
  readonly #price: EndpointSpec["price"];
  readonly #most: NonNullable<EndpointSpec["budget"]>;
  #used = { requests: 0, prompt: 0, generated: 0 };
  #held: Tokens[] = [];
  #waiting: (() => void)[] = [];

  constructor(model: string, { price, budget = {} }: Pick<EndpointSpec, "price" | "budget">) {
    this.#model = model;
    this.#price = price;
    this.#most = budget;
  }

  get usage(): Usage {
    return { ...this.#used, money: this.#price === undefined ? null : this.#money(this.#used) };
  }

  /**
   * Takes what a request can take at most. Waits for requests in flight where they hold what it needs; throws a
   * PipelineError (budget) where it is not left.
   */
  async take(most: Tokens): Promise<(used: Tokens) => void> {
    for (let lacking = this.#lacking(most); lacking !== null; lacking = this.#lacking(most)) {
      if (this.#held.length === 0) throw this.#spent(lacking, most);
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    }
    this.#held.push(most);
    this.#used.requests += 1;
    return (used) => {
      this.#held = this.#held.filter((held) => held !== most);
      this.#used.prompt += used.prompt;
      this.#used.generated += used.generated;
      for (const go of this.#waiting.splice(0)) go();
    };
  }

  /** What is not left for a request that takes so much. */
  #lacking(most: Tokens): Measure | null {
    const { requests = Infinity, tokens = Infinity, money = Infinity } = this.#most;
    const all = [this.#used, ...this.#held, most].reduce<Tokens>(add, { prompt: 0, generated: 0 });
    if (this.#used.requests + 1 > requests) return "requests";
    if (all.prompt + all.generated > tokens) return "tokens";
    return this.#money(all) > money ? "money" : null;
  }

  #money({ prompt, generated }: Tokens): number {
    return (prompt * (this.#price?.prompt ?? 0) + generated * (this.#price?.generated ?? 0)) / 1e6;
  }

  #spent(measure: Measure, next: Tokens): PipelineError {
    const { requests, prompt, generated } = this.#used;
    const used = { requests, tokens: prompt + generated, money: round(this.#money(this.#used)) }[measure];
    const unit = measure === "money" ? (this.#price?.currency ?? "USD") : measure;
    const wanted = { requests: 1, tokens: next.prompt + next.generated, money: round(this.#money(next)) }[measure];
    return new PipelineError(
      `the budget of the model "${this.#model}" is used up: ${used} of ${this.#most[measure] ?? 0} ${unit}, and the ` +
        `next request can take ${wanted}`,
      {
        code: "budget",
        hint:
          "what is finished is kept: run the same command again, and it goes on with as much once more; or allow " +
          `more (endpoint: { budget: { ${measure}: ... } })`,
      },
    );
  }
}

type Measure = "requests" | "tokens" | "money";

const add = (sum: Tokens, { prompt, generated }: Tokens): Tokens => ({
  prompt: sum.prompt + prompt,
  generated: sum.generated + generated,
});

/** Money to a hundredth of a hundredth, as prices of single requests need it. */
const round = (money: number): number => Math.round(money * 1e4) / 1e4;
