import { readFileSync } from "node:fs";
import { createBirpc } from "birpc";
import { serializeError } from "../../system/errors.js";
import { LlamaRuntime } from "./runtime.js";
import type { LlamaHostFunctions, LlamaWorkerFunctions, Outcome } from "./protocol.js";

/*
 * Entry of a child process that holds a model. It is a process of its own because llama.cpp's team of threads
 * is ruined when libuv moves each decode to another thread: its parent starts it with UV_THREADPOOL_SIZE=1.
 */

// The parent decides when to end; Ctrl-C on a terminal reaches children too.
process.on("SIGINT", () => undefined);
// The pipe closes when the parent ends, however it ends. A decode that is under way is not waited for.
process.on("disconnect", () => process.kill(process.pid, "SIGKILL"));

const runtime = new LlamaRuntime();
const running = new Map<number, AbortController>();
let tokensSinceReport = 0;
let lastReport = 0;
let memory = { at: Number.NEGATIVE_INFINITY, bytes: 0 };

const host = createBirpc<LlamaHostFunctions, LlamaWorkerFunctions>(
  {
    start: () => outcome(() => runtime.start()),
    load: (request) => outcome(() => runtime.load(request)),
    open: (use) =>
      outcome(async () => {
        await runtime.open(use);
        return { ownBytes: ownBytes() };
      }),
    generate: (id, request, listens) =>
      outcome(async () => {
        const controller = new AbortController();
        running.set(id, controller);
        try {
          return await runtime.generate(request, {
            signal: controller.signal,
            onText: (text) => void (listens && host.text(id, text)),
            onToken: () => countToken(),
          });
        } finally {
          running.delete(id);
          report();
        }
      }),
    abort: (id) => running.get(id)?.abort(),
    embed: (text) =>
      outcome(async () => {
        try {
          return await runtime.embed(text);
        } finally {
          report();
        }
      }),
    countTokens: (texts) => outcome(() => runtime.countTokens(texts)),
    conversationTokens: (conversations) =>
      outcome(() => conversations.map((messages) => runtime.conversationTokens(messages))),
    renderChat: (messages, addGenerationPrompt) => outcome(() => runtime.renderChat(messages, addGenerationPrompt)),
    renderAnswered: (conversations) => outcome(() => conversations.map((messages) => runtime.renderAnswered(messages))),
    controlTokens: () => outcome(() => runtime.controlTokens()),
  },
  {
    post: (data) => process.send?.(data),
    on: (listener) => process.on("message", listener),
    eventNames: ["text", "activity"],
    timeout: -1,
  },
);

async function outcome<T>(work: () => T | Promise<T>): Promise<Outcome<T>> {
  try {
    return { value: await work() };
  } catch (error) {
    return { error: serializeError(error) };
  }
}

function countToken(): void {
  tokensSinceReport += 1;
  if (performance.now() - lastReport >= 1000) report();
}

function report(): void {
  lastReport = performance.now();
  // Adding up the pages of a process takes tens of milliseconds, and they hardly change once the model is loaded.
  if (lastReport - memory.at >= 20_000) memory = { at: lastReport, bytes: memoryBytes() };
  void host.activity(tokensSinceReport, memory.bytes);
  tokensSinceReport = 0;
}

/** Shared pages (the mapped weights) count in proportion, so that the processes of a model can be added up. */
function memoryBytes(): number {
  return proportionalBytes("Pss") ?? process.memoryUsage().rss;
}

function ownBytes(): number | null {
  return proportionalBytes("Pss_Anon");
}

/** A line of the kernel's summary of this process; null where there is none: not Linux, or one before 5.9. */
function proportionalBytes(line: string): number | null {
  try {
    const [, kibibytes] =
      new RegExp(String.raw`^${line}:\s+(\d+) kB$`, "mu").exec(readFileSync("/proc/self/smaps_rollup", "utf8")) ?? [];
    return kibibytes === undefined ? null : Number(kibibytes) * 1024;
  } catch {
    return null;
  }
}
