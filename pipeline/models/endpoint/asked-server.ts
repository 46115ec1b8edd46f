import { setTimeout as wait } from "node:timers/promises";
import { ExponentialBackoff } from "cockatiel";
import type { Asker, ServiceContext } from "../../contract/service.js";
import { interrupted } from "../../system/abort.js";
import { PipelineError } from "../../system/errors.js";
import { ActivityMeter } from "../activity.js";
import { Turns } from "../turns.js";
import type { ServedAnswer } from "./answer.js";
import { EndpointBudget, type Tokens } from "./budget.js";
import { Circuit } from "./circuit.js";
import { EndpointClient } from "./client.js";
import { Concurrency } from "./concurrency.js";
import { Fault } from "./fault.js";
import { askIdentity } from "./identity.js";
import type { Question } from "./question.js";
import type { EndpointModel } from "./resolve.js";

/** Whom an answer is for, and who listens while it comes. */
interface Asking {
  readonly signal: AbortSignal;
  readonly onText?: (text: string) => void;
  readonly asker?: Asker;
}

/** One server, with the policy by which it is asked: how much at once, how often again, for how long, for how much. */
export class AskedServer {
  readonly most: number;
  readonly #client: EndpointClient;
  readonly #circuit: Circuit;
  readonly #budget: EndpointBudget;
  readonly #concurrency: Concurrency;
  readonly #turns: Turns;
  readonly #meter: ActivityMeter;
  readonly #attempts: number;
  readonly #signal: AbortSignal;
  readonly #emit: ServiceContext["emit"];
  /** Whether it may be another model by now than the one that is asked for: before it is asked, and after an outage. */
  #isDoubted = true;
  #checking: Promise<void> | null = null;
  #by = "";

  constructor(
    private readonly ref: string,
    private readonly resolved: EndpointModel,
    { emit, signal }: Pick<ServiceContext, "emit" | "signal">,
  ) {
    const { endpoint, url } = resolved;
    const { inFlight = 32, attempts = 5, patience = 600 } = endpoint;
    this.most = inFlight;
    this.#attempts = attempts;
    this.#signal = signal;
    this.#emit = emit;
    this.#client = new EndpointClient({ url }, endpoint);
    this.#budget = new EndpointBudget(ref, endpoint);
    this.#concurrency = new Concurrency(inFlight);
    this.#turns = new Turns(() => this.#concurrency.limit);
    this.#meter = new ActivityMeter(ref, emit, () => ({ count: this.#concurrency.inFlight, memoryBytes: 0 }));
    this.#circuit = new Circuit(`the server of the model "${ref}" (${url})`, {
      patience,
      opened: ({ message }) => this.#say("warning", `${ref}: ${url} does not answer (${message}): waiting for it`),
      closed: (seconds) => this.#say("info", `${ref}: ${url} answers again, after ${Math.round(seconds)} s`),
    });
  }

  /**
   * The answer, after as many tries as it takes. Throws a PipelineError: `unanswered` where this question brings none,
   * `prompt-too-long`, `budget`, or `model` where no question would.
   */
  async ask(
    question: Question,
    maxTokens: number,
    asking: Asking,
  ): Promise<{ readonly answer: ServedAnswer; readonly tokens: Tokens }> {
    let backoff = new ExponentialBackoff({ initialDelay: 250, maxDelay: 30_000 }).next();
    for (let failed = 0; ;) {
      try {
        return await this.#turns.take(async () => await this.#try(question, maxTokens, asking), asking);
      } catch (error) {
        if (!(error instanceof Fault)) throw error;
        if (error.type !== "busy" && !error.isOfServer) failed += 1;
        this.#giveUp(error, failed);
        await wait(backoff.duration, undefined, { signal: asking.signal }).catch(() => {
          throw interrupted();
        });
        backoff = backoff.next(undefined);
      }
    }
  }

  async close(): Promise<void> {
    const { requests, prompt, generated, money } = this.#budget.usage;
    if (requests > 0) {
      const times = requests === 1 ? "request" : "requests";
      const cost = money === null ? "" : `, ${money.toFixed(4)} ${this.resolved.endpoint.price?.currency ?? "USD"}`;
      const [asked, read, wrote] = [requests, prompt, generated].map((count) => count.toLocaleString("en-US"));
      this.#say("info", `${this.ref}: ${asked} ${times}, ${read} tokens read, ${wrote} written${cost}`);
    }
    await this.#client.close();
  }

  /** One request, when the server may be asked, and its budget allows what it can take. */
  async #try(question: Question, maxTokens: number, { signal, onText }: Asking) {
    await wait(this.#concurrency.rest, undefined, { signal }).catch(() => {
      throw interrupted();
    });
    const settle = await this.#budget.take({ prompt: question.promptBound, generated: maxTokens });
    let used: Tokens = { prompt: 0, generated: 0 };
    this.#meter.begin();
    try {
      return await this.#circuit.send(async () => {
        if (this.#isDoubted) await this.#check();
        const beganAt = this.#concurrency.begin();
        try {
          const { answer, first } = await this.#client.ask(question, {
            signal,
            onText: (text) => {
              this.#meter.add(1);
              onText?.(text);
            },
          });
          this.#concurrency.answered(first);
          this.#note(answer.by);
          used = answer.tokens ?? { prompt: Math.ceil(question.promptBound / 3), generated: answer.pieces };
          return { answer, tokens: used };
        } catch (error) {
          if (error instanceof Fault && (error.type === "busy" || error.type === "outage")) {
            this.#isDoubted ||= error.type === "outage";
            this.#concurrency.refused(beganAt, { isBusy: error.type === "busy", rest: error.retryAfter });
          } else this.#concurrency.end();
          if (error instanceof Fault && error.tokens.generated > 0)
            used = { prompt: Math.ceil(question.promptBound / 3), generated: error.tokens.generated };
          throw error;
        }
      }, signal);
    } finally {
      this.#meter.end();
      settle(used);
    }
  }

  #giveUp(fault: Fault, failed: number): void {
    const { ref } = this;
    if (fault.type === "too-long")
      throw new PipelineError(`the model "${ref}" takes no prompt so long: ${fault.message}`, {
        code: "prompt-too-long",
        hint: "ask about less at once, or serve the model with a longer context",
      });
    if (fault.type === "misconfigured")
      throw new PipelineError(`${this.resolved.url} refuses what the model "${ref}" is asked: ${fault.message}`, {
        code: "model",
        hint:
          "check the key (endpoint: { apiKey: NAME_OF_AN_ENVIRONMENT_VARIABLE }), the name of the model and the " +
          "address",
      });
    if (fault.type === "refused" || failed >= this.#attempts)
      throw new PipelineError(
        fault.type === "refused"
          ? `the server refuses the question: ${fault.message}`
          : `no answer in ${failed} tries: ${fault.message}`,
        { code: "unanswered", hint: "run the same command again: what failed is asked once more" },
      );
  }

  /** Holds what the server says of its model against what it said when it was pinned. */
  async #check(): Promise<void> {
    this.#checking ??= this.#compare().finally(() => {
      this.#checking = null;
    });
    await this.#checking;
  }

  async #compare(): Promise<void> {
    const { url, identity, endpoint } = this.resolved;
    if (Object.keys(identity.facts).length > 0 || identity.contextTokens !== null) {
      const now = await this.#identity();
      const changed = changesOf(identity, now);
      if (changed !== "")
        throw new PipelineError(`${url} serves another model as "${identity.model}" than it did: ${changed}`, {
          code: "model",
          hint:
            "serve the one that was asked before; or take the new one with --update: what the other has answered is " +
            "kept apart, and everything is asked anew",
        });
    }
    this.#isDoubted = false;
    if (endpoint.allowRemote === true && this.#by === "")
      this.#say("info", `${this.ref}: code is sent to ${new URL(url).host}, as endpoint.allowRemote allows`);
  }

  async #identity() {
    const { url, identity, endpoint } = this.resolved;
    try {
      return await askIdentity(
        this.#client,
        { url, model: identity.model },
        { signal: this.#signal, stated: endpoint.server },
      );
    } catch (error) {
      // That it cannot be asked now is an outage as any other.
      if (error instanceof PipelineError && error.cause instanceof Fault && error.cause.type !== "misconfigured")
        throw Object.assign(error.cause, { isOfServer: true });
      throw error;
    }
  }

  /** The server has said who answered: another name in mid-run is a reason to ask who it is. */
  #note(by: string): void {
    if (this.#by !== "" && by !== "" && by !== this.#by) {
      this.#isDoubted = true;
      this.#say("warning", `${this.ref}: answers came from "${this.#by}", and now come from "${by}"`);
    }
    if (by !== "") this.#by = by;
  }

  #say(level: "info" | "warning", message: string): void {
    this.#emit({ type: "notice", level, message });
  }
}

/** What is other than it was, for messages. */
function changesOf(before: EndpointModel["identity"], now: EndpointModel["identity"]): string {
  const said = ({ contextTokens, facts }: EndpointModel["identity"]): Readonly<Record<string, unknown>> => ({
    contextTokens,
    ...facts,
  });
  const [old, current] = [said(before), said(now)];
  return [...new Set([...Object.keys(old), ...Object.keys(current)])]
    .filter((key) => JSON.stringify(old[key]) !== JSON.stringify(current[key]))
    .map((key) => `${key} was ${JSON.stringify(old[key] ?? null)}, and is ${JSON.stringify(current[key] ?? null)}`)
    .join("; ");
}
