import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { createBirpc } from "birpc";
import { interrupted, untilAborted } from "../../system/abort.js";
import { signalProcess } from "../../system/child.js";
import type { ChatText } from "../../contract/chat-formats.js";
import { deserializeError, PipelineError } from "../../system/errors.js";
import type { Message } from "../../contract/model.js";
import type { Asker } from "../../contract/service.js";
import { FairQueue, nobody } from "../turns.js";
import { packageRoot } from "../../system/paths.js";
import type {
  LlamaAnswer,
  LlamaHostFunctions,
  LlamaRequest,
  LlamaWorkerFunctions,
  LoadedGguf,
  LoadRequest,
  Outcome,
} from "./protocol.js";

export interface Asking {
  readonly asker?: Asker;
  readonly signal?: AbortSignal;
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
  countTokens = async (texts: readonly (string | ChatText)[]) => await this.#ask((worker) => worker.countTokens(texts));
  conversationTokens = async (conversations: readonly (readonly Message[])[]) =>
    await this.#ask((worker) => worker.conversationTokens(conversations));
  renderChat = async (...args: Parameters<LlamaWorkerFunctions["renderChat"]>) =>
    await this.#ask((worker) => worker.renderChat(...args));
  renderAnswered = async (conversations: readonly (readonly Message[])[]) =>
    await this.#ask((worker) => worker.renderAnswered(conversations));
  controlTokens = async () => await this.#ask((worker) => worker.controlTokens());

  async generate(request: LlamaRequest, { signal, onText }: Asking): Promise<LlamaAnswer> {
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

interface Job {
  readonly asker: Asker;
  readonly request: LlamaRequest;
  /** What it asks, whatever the sampling: answers to one prompt share most of the work. */
  readonly prompt: string;
  readonly asking: Asking;
  readonly resolve: (answer: LlamaAnswer) => void;
  readonly reject: (error: unknown) => void;
}

interface Member {
  readonly process: LlamaProcess;
  /** The prompt that it was last given, and still holds. */
  prompt: string | null;
  /** Set when the process was first given work. */
  loaded: Promise<unknown> | null;
  holdsModel: boolean;
  free: number;
}

/**
 * Processes that hold one model, started when there is work for them. Requests wait their turn, whoever asks
 * (FairQueue); those of one prompt go together, since a process that holds it answers them sooner.
 */
export class LlamaPool {
  readonly #waiting = new FairQueue<Job>();
  readonly #members = new Set<Member>();
  /** All that have not ended yet: also such as get no work any more. */
  readonly #running = new Set<LlamaProcess>();
  #closed = false;

  constructor(
    private readonly options: {
      /** The model, as messages name it. */
      readonly what: string;
      /** Most processes, as memory has it when one is to be started. */
      readonly size: () => number;
      /** Requests that a process works on at once. */
      readonly sequences: number;
      /** What each process loads; asked for when the first one is given work. */
      readonly loading: () => Promise<LoadRequest>;
      readonly onLoaded: (loaded: LoadedGguf) => void;
      readonly onActivity: (tokens: number) => void;
    },
  ) {}

  get processes(): number {
    return this.#members.size;
  }

  /** Processes whose memory does not hold the model yet. */
  get unloaded(): number {
    return [...this.#members].filter(({ holdsModel }) => !holdsModel).length;
  }

  get memoryBytes(): number {
    return [...this.#members].reduce((sum, { process: { memoryBytes } }) => sum + memoryBytes, 0);
  }

  /** Which CPU variant of llama.cpp its processes run. */
  async variant(): Promise<string> {
    if (this.#closed) throw interrupted();
    const [member = this.#startMember()] = this.#members;
    return await member.process.start();
  }

  async generate(request: LlamaRequest, asking: Asking): Promise<LlamaAnswer> {
    const leave = (): void => this.#dispatch();
    asking.signal?.addEventListener("abort", leave, { once: true });
    try {
      return await new Promise((resolve, reject) => {
        this.#waiting.add({
          asker: asking.asker ?? nobody,
          request,
          prompt: JSON.stringify([request.prompt, request.prefillApart === true ? null : request.prefill]),
          asking,
          resolve,
          reject,
        });
        this.#dispatch();
      });
    } finally {
      asking.signal?.removeEventListener("abort", leave);
    }
  }

  /** Ends idle processes that are more than there may be. */
  async fit(): Promise<void> {
    const idle = [...this.#members].filter(({ free, process }) => free === this.options.sequences && process.alive);
    const surplus = idle.slice(0, Math.max(0, this.#members.size - this.options.size()));
    for (const member of surplus) this.#members.delete(member);
    await Promise.all(surplus.map(async ({ process }) => await process.close()));
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#dispatch();
    await Promise.all([...this.#running].map((process) => process.close()));
  }

  #dispatch(): void {
    for (const job of this.#waiting.inTurn.filter(({ asking }) => this.#closed || asking.signal?.aborted === true)) {
      this.#waiting.take(job, { leaves: true });
      job.reject(interrupted());
    }
    for (let member = this.#free(); member !== undefined && !this.#waiting.isEmpty; member = this.#free()) {
      const job = this.#choose(member);
      this.#waiting.take(job);
      void this.#run(member, job);
    }
  }

  /** An idle process; else a new one; else the one with most free sequences. */
  #free(): Member | undefined {
    if (this.#waiting.isEmpty) return undefined;
    const waiting = this.#waiting.inTurn;
    const open = [...this.#members].filter((member) => member.free > 0 && member.process.alive);
    const idle = open.filter(({ free }) => free === this.options.sequences);
    const holder = idle.find(({ prompt }) => waiting.some((job) => job.prompt === prompt)) ?? idle[0];
    if (holder !== undefined) return holder;
    return this.#members.size < this.options.size() ? this.#startMember() : open.toSorted((a, b) => b.free - a.free)[0];
  }

  /**
   * A request with the prompt that the process holds; else the first one, in turn, whose prompt no other process holds.
   */
  #choose({ prompt }: Member): Job {
    const elsewhere = new Set([...this.#members].map((member) => member.prompt));
    const waiting = this.#waiting.inTurn;
    const job =
      waiting.find((each) => each.prompt === prompt) ??
      waiting.find((each) => !elsewhere.has(each.prompt)) ??
      waiting[0];
    if (job === undefined) throw new PipelineError("nothing waits for a process", { code: "internal" });
    return job;
  }

  #startMember(): Member {
    const process = new LlamaProcess(this.options.what, this.options.onActivity);
    const member: Member = { process, prompt: null, loaded: null, holdsModel: false, free: this.options.sequences };
    this.#members.add(member);
    this.#running.add(process);
    void process.ended.then(() => this.#running.delete(process));
    return member;
  }

  async #load(member: Member): Promise<void> {
    this.options.onLoaded(await member.process.load(await this.options.loading()));
    member.holdsModel = true;
  }

  async #run(member: Member, { request, prompt, asking, resolve, reject }: Job): Promise<void> {
    member.free -= 1;
    member.prompt = prompt;
    // A process that could not load the model is given up; the next request tries with a fresh one.
    member.loaded ??= this.#load(member).catch(async (error: unknown) => {
      await member.process.close();
      throw error;
    });
    try {
      await untilAborted(member.loaded, asking.signal);
      resolve(await member.process.generate(request, asking));
    } catch (error) {
      reject(error);
    }
    member.free += 1;
    if (!member.process.alive) this.#members.delete(member);
    this.#dispatch();
  }
}
