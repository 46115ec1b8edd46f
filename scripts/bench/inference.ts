import { join } from "node:path";
import { execa } from "execa";
import type { ServiceContext } from "../../pipeline/contract/service.js";
import { readCatalogue, modelOf } from "../../pipeline/engine/config/catalogue.js";
import { fetchModel, resolveModel } from "../../pipeline/models/backends.js";
import { inferenceThreads } from "../../pipeline/models/llama/cores.js";
import { createModels } from "../../pipeline/models/service.js";
import { packageRoot } from "../../pipeline/system/paths.js";
import { type Benchmark, type BenchResult, measured, type Written } from "./benchmark.js";
import { type BenchPrompts, benchPrompts } from "./inference-prompts.js";
import { askServer } from "./inference-server.js";
import { keptPieces } from "./kept-pieces.js";
import { llamaCppPrograms } from "./llama-cpp-programs.js";
import { withServices } from "./services.js";

const maxTokens = 160;
const slots = 8;
const contextTokens = 1024;

/** Writing answers to real prompts that share how they begin, with one model. */
const inference = (model: string, count: number, rounds: number): Benchmark => ({
  name: `inference-${model}`,
  summary:
    `${count} answers of at most ${maxTokens} tokens by ${model}, where speed goes first, against llama.cpp's own ` +
    `programs with as many threads (resumed where it was stopped)`,
  run: async () => await withServices(1, async ({ context }) => await compare(model, { count, rounds }, context)),
});

/** Three models: the larger one is, the more it gains from answers that are written together. */
export const benchmarks: readonly Benchmark[] = [
  inference("tiny", 96, 2),
  inference("coder-0.5b", 48, 2),
  inference("coder-1.5b", 16, 1),
];

async function compare(
  name: string,
  { count, rounds }: { readonly count: number; readonly rounds: number },
  context: ServiceContext,
): Promise<BenchResult> {
  const pieces = await keptPieces(context.cacheDir, `inference-${name}`);
  const programs = await llamaCppPrograms(context);
  const { shared, prompts } = await benchPrompts(count);
  const model = await resolveModel(
    modelOf(name, { models: {}, catalogue: await readCatalogue(packageRoot, packageRoot) }),
    context,
  );
  const path = await fetchModel(model, context);
  const threads = inferenceThreads();
  const asked = { prompts, maxTokens };
  const ways: Readonly<Record<string, () => Promise<Written>>> = {
    ours: async () => await askOurs(model, { shared, prompts }, "fast", context),
    "ours, strict": async () => await askOurs(model, { shared, prompts }, "strict", context),
    [`llama-server, ${slots} slots`]: async () =>
      await askServer(programs, { model: path, threads, slots, contextTokens }, asked),
    "llama-server, one at a time": async () =>
      await askServer(programs, { model: path, threads, slots: 1, contextTokens }, asked),
  };
  const runs = new Map<string, Written[]>(Object.keys(ways).map((way) => [way, []]));
  for (let round = 0; round < rounds; round += 1)
    for (const [way, ask] of Object.entries(ways)) runs.get(way)?.push(await pieces.piece(`${way} ${round}`, ask));
  const batched = await pieces.piece("llama-batched-bench", async () => {
    const lengths = await lengthsOf(model, { shared, prompts }, context);
    return await ideal({ programs, path, threads }, lengths);
  });
  runs.set("llama-batched-bench at this shape", [batched]);
  await pieces.done();
  return resultOf(`inference-${name}`, runs);
}

function resultOf(name: string, runs: ReadonlyMap<string, readonly Written[]>): BenchResult {
  const figures = [...runs].map(([way, written]) => {
    const perThousand = measured(written.map(({ seconds, tokens }) => (1000 * seconds) / tokens));
    return [way, { ...perThousand, tokensPerSecond: 1000 / perThousand.seconds }] as const;
  });
  const [[, ours], ...peers] = figures as [(typeof figures)[0], ...typeof figures];
  return {
    name,
    unit: "s per 1,000 tokens written",
    ours,
    peers: Object.fromEntries(peers),
    ratio: Object.fromEntries(peers.map(([way, peer]) => [way, peer.seconds / ours.seconds])),
  };
}

async function askOurs(
  model: Awaited<ReturnType<typeof resolveModel>>,
  { shared, prompts }: BenchPrompts,
  determinism: "fast" | "strict",
  context: ServiceContext,
): Promise<Written> {
  const models = createModels(context, { models: new Map([["model", model]]), determinism });
  try {
    const ask = async (prompt: string, tokens: number, sample = 0): Promise<number> => {
      const answer = await models.api("model").generate({ prompt, sharedPrefix: shared, maxTokens: tokens, sample });
      return answer.tokens.generated;
    };
    // Loads it in every process.
    await Promise.all(prompts.slice(0, inferenceThreads()).map(async (prompt) => await ask(prompt, 1)));
    const started = performance.now();
    const tokens = await Promise.all(prompts.map(async (prompt) => await ask(prompt, maxTokens)));
    return { seconds: (performance.now() - started) / 1000, tokens: tokens.reduce((sum, each) => sum + each, 0) };
  } finally {
    await models.close();
  }
}

/** In tokens: what all prompts begin with, what each has of its own, on average, and how many there are. */
interface Lengths {
  readonly shared: number;
  readonly own: number;
  readonly prompts: number;
}

async function lengthsOf(
  model: Awaited<ReturnType<typeof resolveModel>>,
  { shared, prompts }: BenchPrompts,
  context: ServiceContext,
): Promise<Lengths> {
  const models = createModels(context, { models: new Map([["model", model]]), determinism: "strict" });
  try {
    const [first = 0, ...all] = await models.api("model", ["tokens"]).countTokens([shared, ...prompts]);
    const own = all.reduce((sum, tokens) => sum + tokens - first, 0) / all.length;
    return { shared: first, own: Math.round(own), prompts: prompts.length };
  } finally {
    await models.close();
  }
}

/**
 * How long it would take at the speeds that llama-batched-bench measures, which writes the same number of tokens for
 * each of a batch of like prompts, samples nothing, and waits for nobody.
 */
async function ideal(
  { programs, path, threads }: { readonly programs: string; readonly path: string; readonly threads: number },
  { shared, own, prompts }: Lengths,
): Promise<Written> {
  const context = String((shared + own + maxTokens) * slots + 512);
  const held = ["-m", path, "-t", String(threads), "-tb", String(threads), "-b", "512", "-ub", "512", "-fa", "on"];
  const written = ["-npp", String(shared + own), "-ntg", String(maxTokens), "-npl", String(slots), "-pps"];
  const { stdout } = await execa(
    join(programs, "llama-batched-bench"),
    held.concat(written, ["-c", context, "--output-format", "jsonl"]),
  );
  const line = stdout.split("\n").find((each) => each.startsWith("{")) ?? "{}";
  const { speed_pp: reading, speed_tg: writing } = JSON.parse(line) as { speed_pp: number; speed_tg: number };
  const tokens = prompts * maxTokens;
  return { seconds: (shared + prompts * own) / reading + tokens / writing, tokens };
}
