import { join } from "node:path";
import { createServer } from "node:net";
import { once } from "node:events";
import { setTimeout as wait } from "node:timers/promises";
import { execa } from "execa";
import pMap from "p-map";
import { z } from "zod";
import type { Written } from "./benchmark.js";

const Answer = z.object({ tokens_predicted: z.int() });

/** Asks llama-server for the answers, with as many slots, and as many requests at once. */
export async function askServer(
  programs: string,
  { model, threads, slots, contextTokens }: ServerOptions,
  { prompts, maxTokens }: { readonly prompts: readonly string[]; readonly maxTokens: number },
): Promise<Written> {
  const port = await freePort();
  const size = ["-c", String(contextTokens * slots), "-np", String(slots), "-b", "512", "-ub", "512"];
  const server = execa(
    join(programs, "llama-server"),
    ["-m", model, "-t", String(threads), ...size, "-fa", "on", "--port", String(port), "--no-webui"],
    { stdio: "ignore", reject: false },
  );
  const ask = async (prompt: string, tokens: number): Promise<number> => {
    const response = await fetch(`http://127.0.0.1:${port}/completion`, {
      method: "POST",
      body: JSON.stringify({ prompt, n_predict: tokens, temperature: 0, cache_prompt: true }),
    });
    return Answer.parse(await response.json()).tokens_predicted;
  };
  try {
    await isUp(port);
    const [first = ""] = prompts;
    await ask(first, 1);
    const started = performance.now();
    const tokens = await pMap(prompts, async (prompt) => await ask(prompt, maxTokens), { concurrency: slots });
    return { seconds: (performance.now() - started) / 1000, tokens: tokens.reduce((sum, each) => sum + each, 0) };
  } finally {
    server.kill("SIGKILL");
    await server;
  }
}

interface ServerOptions {
  readonly model: string;
  readonly threads: number;
  readonly slots: number;
  /** Of each slot. */
  readonly contextTokens: number;
}

async function isUp(port: number): Promise<void> {
  for (let tries = 0; tries < 600; tries += 1) {
    const response = await fetch(`http://127.0.0.1:${port}/health`).catch(() => null);
    if (response?.ok === true) return;
    await wait(100);
  }
  throw new Error("llama-server did not start within a minute");
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  if (address === null || typeof address === "string") throw new Error("no port is free");
  return address.port;
}
