import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as wait } from "node:timers/promises";
import { parseArgs } from "node:util";
import { execa } from "execa";
import { packageRoot } from "../../pipeline/system/paths.js";
import { treeMemory } from "./process-tree.js";

/**
 * Whether `pipeline serve` holds many clients at once: so many ask it for so long, every eighth answer is left in its
 * middle. Prints what was answered, tokens a second, and the memory of the whole process tree by quarters of the time.
 *
 *   node dist/scripts/prove/serve-load.js [--clients 64] [--seconds 120] [--model tiny] [--queue 64] [--tokens 32]
 *
 * The exit code is 1 where a request failed, one was sent away though there was room, an answer that was left kept its
 * place, or the last half of the time peaks more than a tenth above the second quarter.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      clients: { type: "string", default: "64" },
      seconds: { type: "string", default: "120" },
      model: { type: "string", default: "tiny" },
      queue: { type: "string", default: "64" },
      tokens: { type: "string", default: "32" },
    },
  });
  const [clients, seconds] = [Number(values.clients), Number(values.seconds)];
  const args = ["serve", "--model", values.model, "--port", "0", "--queue", values.queue];
  const server = execa(process.execPath, [join(packageRoot, "dist/pipeline/cli/main.js"), ...args], { reject: false });
  try {
    const base = await listening(server.stdout);
    const load = new Load(base, { model: values.model, maxTokens: Number(values.tokens) });
    await load.ask(false); // loads the model
    const began = performance.now();
    const isOver = (): boolean => performance.now() - began > seconds * 1000;
    const memory: { readonly at: number; readonly bytes: number }[] = [];
    const watching = (async () => {
      for (; !isOver(); await wait(500))
        memory.push({ at: (performance.now() - began) / 1000 / seconds, bytes: treeMemory(server.pid ?? 0) });
    })();
    const client = async (_: unknown, index: number): Promise<void> => {
      for (let asked = index; !isOver(); asked += 1) await load.ask(asked % 8 === 0);
    };
    await Promise.all([...Array.from({ length: clients }, client), watching]);
    const taken = (performance.now() - began) / 1000;
    await wait(2000);
    const inHand = await load.inHand();
    const peak = (from: number, to: number): number =>
      Math.max(0, ...memory.filter(({ at }) => at >= from && at < to).map(({ bytes }) => bytes / 2 ** 20));
    const [second, last] = [peak(0.25, 0.5), peak(0.5, 1)];
    const { statuses, tokens, left, seconds: times } = load;
    const sorted = times.toSorted((a, b) => a - b);
    console.table({
      ...Object.fromEntries([...statuses].map(([status, count]) => [`answered ${status}`, count])),
      "left in the middle": left,
      "tokens a second": Number((tokens / taken).toFixed(1)),
      "seconds, median": Number((sorted[Math.floor(sorted.length / 2)] ?? 0).toFixed(2)),
      "seconds, longest": Number((sorted.at(-1) ?? 0).toFixed(2)),
      "still in hand": inHand,
      "MiB, second quarter": Math.round(second),
      "MiB, last half": Math.round(last),
    });
    const wasSentAway = statuses.has(429) && clients <= Number(values.queue);
    const hasFailed = [...statuses.keys()].some((status) => status !== 200 && status !== 429);
    process.exitCode = wasSentAway || hasFailed || inHand > 0 || last > second * 1.1 ? 1 : 0;
  } finally {
    server.kill("SIGTERM");
    await server;
  }
}

async function listening(stdout: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface({ input: stdout })) {
    const [base] = /http:\/\/\S+/u.exec(line) ?? [];
    if (base !== undefined) return base;
  }
  throw new Error("the server has ended");
}

/** What clients ask, and what they were answered. */
class Load {
  readonly statuses = new Map<number, number>();
  readonly seconds: number[] = [];
  tokens = 0;
  left = 0;

  constructor(
    private readonly base: string,
    private readonly options: { readonly model: string; readonly maxTokens: number },
  ) {}

  /** @param leaves whether the client goes when the first piece has come */
  async ask(leaves: boolean): Promise<void> {
    const { model, maxTokens } = this.options;
    const began = performance.now();
    const stop = new AbortController();
    const response = await fetch(`${this.base}/completions`, {
      method: "POST",
      signal: stop.signal,
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        model,
        prompt: `def add_${this.seconds.length}(a, b):\n`,
        max_tokens: maxTokens,
        temperature: 1,
        stream: true,
        stream_options: { include_usage: true },
      }),
    });
    this.statuses.set(response.status, (this.statuses.get(response.status) ?? 0) + 1);
    if (leaves && response.body !== null) {
      await response.body.getReader().read();
      stop.abort();
      this.left += 1;
      return;
    }
    const text = await response.text();
    if (response.status === 429) {
      await wait(1000 * Number(response.headers.get("retry-after") ?? 1));
      return;
    }
    this.tokens += Number(/"completion_tokens":(\d+)/u.exec(text)?.[1] ?? 0);
    this.seconds.push((performance.now() - began) / 1000);
  }

  /** Requests that the server still has in hand. */
  async inHand(): Promise<number> {
    const figures = await (await fetch(this.base.replace(/\/v1$/u, "/metrics"))).text();
    return Number(/^pipeline_requests_in_hand (\d+)$/mu.exec(figures)?.[1]);
  }
}

await main();
