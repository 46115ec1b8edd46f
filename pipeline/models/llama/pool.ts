import { interrupted, untilAborted } from "../../system/abort.js";
import { PipelineError } from "../../system/errors.js";
import type { Asker } from "../../contract/service.js";
import { FairQueue, nobody } from "../turns.js";
import { LlamaProcess, type Telling } from "./process.js";
import type { LlamaAnswer, LlamaEmbedding, LlamaRequest, LoadRequest, OpenedModel, Use } from "./protocol.js";

/** How a request is put to the pool: for whom, and how its answer is told. */
export interface Asking extends Telling {
  readonly asker?: Asker;
}

interface Job {
  readonly asker: Asker;
  readonly use: Use;
  /** What is gone on with, whatever the sampling: answers to one prompt share most of the work. null: nothing is. */
  readonly prompt: HeldPrompt | null;
  readonly signal: AbortSignal | undefined;
  /** Does it with a process that is ready for the use. */
  readonly work: (process: LlamaProcess) => Promise<void>;
  readonly reject: (error: unknown) => void;
}

/** A prompt, as far as it tells which process has done some of its work. */
interface HeldPrompt {
  readonly whole: string;
  /** Without its end: what goes on with the conversation, or with the text, begins with it. */
  readonly begun: string;
}

interface Member {
  readonly process: LlamaProcess;
  /** The prompt that it was last given, and still holds. */
  prompt: HeldPrompt | null;
  /** Set when the process was first given work. */
  loaded: Promise<unknown> | null;
  /** What it is ready for, or will be. */
  readonly opened: Map<Use, Promise<void>>;
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
      readonly onOpened: (opened: OpenedModel) => void;
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

  /** Writes an answer in a process that holds the model. */
  async generate(request: LlamaRequest, asking: Asking): Promise<LlamaAnswer> {
    const prompt = {
      whole: JSON.stringify([request.prompt, request.prefillApart === true ? null : request.prefill]),
      begun: JSON.stringify(request.prompt).slice(0, -1),
    };
    return await this.#ask("writing", prompt, asking, async (process) => await process.generate(request, asking));
  }

  /** Embeds a text in a process that holds the model. */
  async embed(text: string, asking: Omit<Asking, "onText">): Promise<LlamaEmbedding> {
    return await this.#ask("embeddings", null, asking, async (process) => await process.embed(text));
  }

  async #ask<T>(
    use: Use,
    prompt: HeldPrompt | null,
    { asker = nobody, signal }: Asking,
    work: (process: LlamaProcess) => Promise<T>,
  ): Promise<T> {
    const leave = (): void => this.#dispatch();
    signal?.addEventListener("abort", leave, { once: true });
    try {
      return await new Promise((resolve, reject) => {
        const job = async (process: LlamaProcess): Promise<void> => resolve(await work(process));
        this.#waiting.add({ asker, use, prompt, signal, work: job, reject });
        this.#dispatch();
      });
    } finally {
      signal?.removeEventListener("abort", leave);
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
    for (const job of this.#waiting.inTurn.filter(({ signal }) => this.#closed || signal?.aborted === true)) {
      this.#waiting.take(job, { leaves: true });
      job.reject(interrupted());
    }
    for (let member = this.#free(); member !== undefined && !this.#waiting.isEmpty; member = this.#free()) {
      const job = this.#choose(member);
      this.#waiting.take(job);
      void this.#run(member, job);
    }
  }

  /** The process of a conversation that goes on; else an idle one; else a new one; else one with free sequences. */
  #free(): Member | undefined {
    if (this.#waiting.isEmpty) return undefined;
    const waiting = this.#waiting.inTurn;
    const open = [...this.#members].filter((member) => member.free > 0 && member.process.alive);
    const idle = open.filter(({ free }) => free === this.options.sequences);
    const holder =
      idle.find(({ prompt }) => waiting.some((job) => isAbout(job, prompt))) ??
      open.find(({ prompt }) => waiting.some((job) => goesOn(job, prompt))) ??
      idle[0];
    if (holder !== undefined) return holder;
    return this.#members.size < this.options.size() ? this.#startMember() : open.toSorted((a, b) => b.free - a.free)[0];
  }

  /**
   * A request with the prompt that the process holds; else the first one, in turn, whose prompt no other process holds.
   */
  #choose({ prompt }: Member): Job {
    const elsewhere = [...this.#members].map((member) => member.prompt);
    const waiting = this.#waiting.inTurn;
    const job =
      waiting.find((each) => isAbout(each, prompt)) ??
      waiting.find((each) => goesOn(each, prompt)) ??
      waiting.find((each) => !elsewhere.some((held) => isAbout(each, held))) ??
      waiting[0];
    if (job === undefined) throw new PipelineError("nothing waits for a process", { code: "internal" });
    return job;
  }

  #startMember(): Member {
    const process = new LlamaProcess(this.options.what, this.options.onActivity);
    const member: Member = {
      process,
      prompt: null,
      loaded: null,
      opened: new Map(),
      holdsModel: false,
      free: this.options.sequences,
    };
    this.#members.add(member);
    this.#running.add(process);
    void process.ended.then(() => this.#running.delete(process));
    return member;
  }

  /** A process that could not be made ready is given up; the next request tries with a fresh one. */
  async #makeReady(member: Member, use: Use): Promise<void> {
    const { process } = member;
    const open = async (): Promise<void> => {
      try {
        member.loaded ??= this.options.loading().then(async (request) => await process.load(request));
        await member.loaded;
        this.options.onOpened(await process.open(use));
        member.holdsModel = true;
      } catch (error) {
        await process.close();
        throw error;
      }
    };
    const opened = member.opened.get(use) ?? open();
    member.opened.set(use, opened);
    await opened;
  }

  async #run(member: Member, { use, prompt, signal, work, reject }: Job): Promise<void> {
    member.free -= 1;
    if (prompt !== null) member.prompt = prompt;
    try {
      await untilAborted(this.#makeReady(member, use), signal);
      await work(member.process);
    } catch (error) {
      reject(error);
    }
    member.free += 1;
    if (!member.process.alive) this.#members.delete(member);
    this.#dispatch();
  }
}

/** Whether a request shares its prompt with what a process was last given. */
function isAbout({ prompt }: Job, held: HeldPrompt | null): boolean {
  return prompt !== null && prompt.whole === held?.whole;
}

/** Whether it goes on with that: as the next turn of a conversation, or the next letters of a text. */
function goesOn({ prompt }: Job, held: HeldPrompt | null): boolean {
  return prompt !== null && held !== null && prompt.begun.startsWith(held.begun);
}
