import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { createBirpc } from "birpc";
import { interrupted } from "../../system/abort.js";
import { signalProcess } from "../../system/child.js";
import type { ChatText } from "../../contract/chat-formats.js";
import { deserializeError, PipelineError } from "../../system/errors.js";
import type { Message } from "../../contract/model.js";
import { packageRoot } from "../../system/paths.js";
import type {
  LlamaAnswer,
  LlamaHostFunctions,
  LlamaRequest,
  LlamaWorkerFunctions,
  LoadRequest,
  Outcome,
  Use,
} from "./protocol.js";

/** How an answer is asked for. */
export interface Telling {
  /** Stops it: it fails as interrupted. */
  readonly signal?: AbortSignal;
  /** Told the text as it comes. */
  readonly onText?: (text: string) => void;
}

/** A child process that holds a model. It ends when this process does, however that ends. */
export class LlamaProcess {
  readonly #child: ChildProcess;
  readonly #worker: ReturnType<typeof createBirpc<LlamaWorkerFunctions, LlamaHostFunctions>>;
  readonly #listeners = new Map<number, (text: string) => void>();
  /** Resolves when the process is gone. */
  readonly ended: Promise<void>;
  #complaints = "";
  #end: PipelineError | null = null;
  #lastId = 0;
  memoryBytes = 0;

  constructor(what: string, onActivity: (tokens: number) => void) {
    // Compiled also where the rest runs from source, as in the tests.
    this.#child = fork(join(packageRoot, "dist/pipeline/models/llama/worker.js"), [], {
      env: { ...process.env, UV_THREADPOOL_SIZE: "1" },
      execArgv: [],
      detached: true, // a process group of its own: what it starts to try the binding out ends with it
      serialization: "advanced",
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    this.#worker = createBirpc<LlamaWorkerFunctions, LlamaHostFunctions>(
      {
        text: (id, text) => this.#listeners.get(id)?.(text),
        activity: (tokens, memoryBytes) => {
          this.memoryBytes = memoryBytes;
          onActivity(tokens);
        },
      },
      {
        post: (data) => void this.#child.send(data as object, () => undefined),
        on: (listener) => this.#child.on("message", listener),
        eventNames: ["abort"],
        timeout: -1,
      },
    );
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#complaints = (this.#complaints + text).slice(-2000);
    });
    this.ended = new Promise((resolve) => {
      const ended = (how: string): void => {
        this.#end ??= new PipelineError(
          `the process that runs ${what} ended: ${how}${this.#complaints === "" ? "" : `\n${this.#complaints.trim()}`}`,
          {
            code: "model",
            hint:
              "if the machine was out of memory, take a smaller model or fewer threads; the same command goes on " +
              "where it stopped",
          },
        );
        this.#worker.$close(this.#end);
        resolve();
      };
      this.#child.once("exit", (code, signal) => ended(signal === null ? `exit code ${code}` : `signal ${signal}`));
      this.#child.once("error", (error) => ended(error.message));
    });
  }

  get alive(): boolean {
    return this.#end === null;
  }

  start = (): Promise<string> => this.#ask((worker) => worker.start());
  load = async (request: LoadRequest) => await this.#ask((worker) => worker.load(request));
  open = async (use: Use) => await this.#ask((worker) => worker.open(use));
  embed = async (text: string) => await this.#ask((worker) => worker.embed(text));
  countTokens = async (texts: readonly (string | ChatText)[]) => await this.#ask((worker) => worker.countTokens(texts));
  conversationTokens = async (conversations: readonly (readonly Message[])[]) =>
    await this.#ask((worker) => worker.conversationTokens(conversations));
  renderChat = async (...args: Parameters<LlamaWorkerFunctions["renderChat"]>) =>
    await this.#ask((worker) => worker.renderChat(...args));
  renderAnswered = async (conversations: readonly (readonly Message[])[]) =>
    await this.#ask((worker) => worker.renderAnswered(conversations));
  controlTokens = async () => await this.#ask((worker) => worker.controlTokens());

  async generate(request: LlamaRequest, { signal, onText }: Telling): Promise<LlamaAnswer> {
    const isAborted = (): boolean => signal?.aborted === true;
    if (isAborted()) throw interrupted();
    this.#lastId += 1;
    const id = this.#lastId;
    const abort = (): void => void this.#worker.abort(id);
    if (onText !== undefined) this.#listeners.set(id, onText);
    signal?.addEventListener("abort", abort, { once: true });
    try {
      return await this.#ask((worker) => worker.generate(id, request, onText !== undefined));
    } catch (error) {
      throw isAborted() ? interrupted() : error;
    } finally {
      signal?.removeEventListener("abort", abort);
      this.#listeners.delete(id);
    }
  }

  async close(): Promise<void> {
    this.#end ??= interrupted();
    const { pid } = this.#child;
    const killGroup = () => signalProcess(pid === undefined ? undefined : -pid, "SIGKILL");
    killGroup();
    await this.ended;
    // What it had started is gone a moment later than itself, and nobody here is told.
    for (let tries = 0; tries < 200 && killGroup(); tries += 1) await wait(5);
  }

  async #ask<T>(question: (worker: LlamaWorkerFunctions) => Promise<Outcome<T>>): Promise<T> {
    if (this.#end !== null) throw this.#end;
    let outcome: Outcome<T>;
    try {
      outcome = await question(this.#worker);
    } catch (error) {
      throw this.#end ?? error;
    }
    if ("error" in outcome) throw deserializeError(outcome.error);
    return outcome.value;
  }
}
