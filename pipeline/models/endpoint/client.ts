import type { Dispatcher, request } from "undici";
import type { EndpointSpec } from "../../contract/endpoint-spec.js";
import { createStopWithin, interrupted } from "../../system/abort.js";
import { PipelineError } from "../../system/errors.js";
import { isLoopback } from "../../system/loopback.js";
import { AnswerReader, type ServedAnswer } from "./answer.js";
import type { EndpointAddress } from "./address.js";
import { Fault, faultOfStatus } from "./fault.js";
import type { Question } from "./question.js";

/** Speaks to one server, a request at a time or many; tries nothing twice. */
export class EndpointClient {
  readonly #limits: Limits;
  #connections: Promise<Connections> | null = null;

  constructor(
    private readonly address: Pick<EndpointAddress, "url">,
    private readonly spec: Pick<EndpointSpec, "apiKey" | "timeouts"> = {},
  ) {
    const { connect = 10, first = 300, between = 60, whole = 1800 } = spec.timeouts ?? {};
    this.#limits = { connect, first, between, whole };
  }

  /**
   * Asks, and reads the answer as it comes. Throws a Fault where none came.
   *
   * @param onText called with each piece of the content
   * @returns the answer, and the milliseconds until its first token
   */
  async ask(
    { path, body, ownStops }: Pick<Question, "path" | "body" | "ownStops">,
    { signal, onText = () => undefined }: { readonly signal: AbortSignal; readonly onText?: (text: string) => void },
  ): Promise<{ readonly answer: ServedAnswer; readonly first: number }> {
    const { stop, release } = createStopWithin(signal);
    const phases = new Phases(this.#limits, () => stop.abort());
    const began = performance.now();
    let first = 0;
    const reader = new AnswerReader(onText, ownStops);
    try {
      const response = await this.#send(path, { method: "POST", body, signal: stop.signal });
      const headers = headersOf(response);
      if (response.statusCode < 200 || response.statusCode > 299)
        throw faultOfStatus(response.statusCode, await textOf(response), headers);
      const type = headers.get("content-type") ?? "";
      if (type.includes("json")) reader.readWhole(await textOf(response));
      else if (type.includes("event-stream"))
        await reader.readStream(response.body, () => {
          if (first === 0 && reader.pieces > 0) first = performance.now() - began;
          phases.next(reader.pieces > 0);
        });
      else throw new Fault("broken", `expected a stream of events or JSON, got ${type === "" ? "no type" : type}`);
      return { answer: reader.answer(), first: first === 0 ? performance.now() - began : first };
    } catch (error) {
      if (signal.aborted) throw interrupted();
      const fault = phases.passed === null ? faultOf(error) : new Fault("outage", phases.passed);
      fault.tokens = { prompt: 0, generated: reader.pieces };
      throw fault;
    } finally {
      phases.end();
      release();
      // What is still coming is not wanted: the server stops writing.
      stop.abort();
    }
  }

  /** What an address answers as JSON; null where it does not know it. Throws a Fault. */
  async get(path: string, signal: AbortSignal): Promise<unknown> {
    return await this.#json({ method: "GET", path, signal });
  }

  /** The same of an address that is sent something. */
  async post(path: string, body: object, signal: AbortSignal): Promise<unknown> {
    return await this.#json({ method: "POST", path, body, signal });
  }

  async #json({ path, signal, ...request }: Asked & { readonly path: string }): Promise<unknown> {
    const { stop, release } = createStopWithin(signal);
    const timer = setTimeout(() => stop.abort(), this.#limits.connect * 2000);
    try {
      const response = await this.#send(path, { ...request, signal: stop.signal });
      const text = await textOf(response);
      if ([404, 405, 501].includes(response.statusCode)) return null;
      if (response.statusCode !== 200) throw faultOfStatus(response.statusCode, text, headersOf(response));
      return JSON.parse(text) as unknown;
    } catch (error) {
      if (signal.aborted) throw interrupted();
      throw stop.signal.aborted
        ? new Fault("outage", `no answer within ${this.#limits.connect * 2} s`)
        : faultOf(error);
    } finally {
      clearTimeout(timer);
      release();
    }
  }

  /** Ends every connection. */
  async close(): Promise<void> {
    await (await this.#connections)?.dispatcher.destroy();
  }

  async #send(path: string, { method, body, signal }: Asked) {
    const key = this.#key();
    const { request, dispatcher } = await (this.#connections ??= this.#connect());
    const url = path.startsWith("/") ? new URL(path, this.address.url) : new URL(`${this.address.url}/${path}`);
    return await request(url, {
      method,
      dispatcher,
      signal,
      headers: {
        accept: "text/event-stream, application/json",
        ...(body !== undefined && { "content-type": "application/json" }),
        ...(key !== null && { authorization: `Bearer ${key}` }),
      },
      body: body === undefined ? null : JSON.stringify(body),
    });
  }

  /** Loaded with the first request: every command would wait for it, and few ask a server. */
  async #connect(): Promise<Connections> {
    const { Agent, EnvHttpProxyAgent, request } = await import("undici");
    // How long an answer takes is watched here, token by token.
    const options = {
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: { timeout: this.#limits.connect * 1000 },
      connections: null,
    };
    const isNear = isLoopback(new URL(this.address.url).hostname);
    return { request, dispatcher: isNear ? new Agent(options) : new EnvHttpProxyAgent(options) };
  }

  #key(): string | null {
    const { apiKey } = this.spec;
    if (apiKey === undefined) return null;
    const key = process.env[apiKey]?.trim() ?? "";
    if (key !== "") return key;
    throw new PipelineError(`no key for ${this.address.url}: the environment variable ${apiKey} is not set`, {
      code: "model",
      hint: `export ${apiKey}=...`,
    });
  }
}

/** A request, but for where it goes. */
interface Asked {
  readonly method: "GET" | "POST";
  readonly body?: object;
  readonly signal: AbortSignal;
}

/** What requests are sent with. */
interface Connections {
  readonly request: typeof request;
  readonly dispatcher: Dispatcher;
}

/** Seconds that each phase of an answer may take. */
type Limits = Readonly<Record<"connect" | "first" | "between" | "whole", number>>;

/** Watches how long each phase of an answer takes. */
class Phases {
  /** What has taken too long. */
  passed: string | null = null;
  #timer: NodeJS.Timeout;
  readonly #whole: NodeJS.Timeout;
  readonly #limits: Limits;
  readonly #stop: () => void;

  constructor(limits: Limits, stop: () => void) {
    this.#limits = limits;
    this.#stop = stop;
    this.#whole = this.#after(limits.whole, `no whole answer within ${limits.whole} s`);
    this.#timer = this.#after(limits.first, `no first token within ${limits.first} s`);
  }

  /** Something has come. */
  next(hasBegun: boolean): void {
    if (!hasBegun) return;
    clearTimeout(this.#timer);
    this.#timer = this.#after(this.#limits.between, `no further token within ${this.#limits.between} s`);
  }

  end(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#whole);
  }

  #after(seconds: number, passed: string): NodeJS.Timeout {
    return setTimeout(
      () => {
        this.passed ??= passed;
        this.#stop();
      },
      Math.min(seconds * 1000, 2 ** 31 - 1),
    );
  }
}

/** The most that is read of an answer that is no stream: characters. */
const longest = 64 * 2 ** 20;

async function textOf({ body }: Dispatcher.ResponseData): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const bytes of body) {
    text += decoder.decode(bytes as Uint8Array, { stream: true });
    if (text.length > longest) throw new Fault("broken", "an answer of more than 64 MiB");
  }
  return text;
}

function headersOf({ headers }: Dispatcher.ResponseData): Headers {
  return new Headers(
    Object.entries(headers).flatMap(([name, value]) =>
      [value ?? []].flat().map((each): [string, string] => [name, each]),
    ),
  );
}

/** What broke a request, as a fault; a mistake of the user's stays what it is. */
function faultOf(error: unknown): Fault {
  if (error instanceof Fault) return error;
  if (error instanceof PipelineError) throw error;
  if (error instanceof SyntaxError) return new Fault("broken", `no JSON: ${error.message}`);
  const code = (error as { readonly code?: unknown }).code;
  const message = error instanceof Error ? error.message : String(error);
  return new Fault("outage", typeof code === "string" && !message.includes(code) ? `${code}: ${message}` : message);
}
