import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Model } from "../../contract/model.js";
import { memoryLimit } from "../../system/memory.js";
import { packageRoot } from "../../system/paths.js";
import type { GgufModel } from "../weights/gguf-model.js";
import { layOut, memoryOf, modelBudget, processBytes, type Teams } from "./layout.js";

/** How fast a model wrote with so much done at once. */
export interface MeasuredTeams {
  readonly teams: Teams;
  /** Tokens written in a second, all together, with the time that their prompts took. */
  readonly tokensPerSecond: number;
}

/** What is measured: prompts that share their beginning, as those of a pipeline do. In characters, and tokens. */
const shape = { shared: 600, own: 240, written: 24 } as const;

/** More at once are tried while they gain so much. */
const worthMore = 1.05;

/**
 * Measures how much should be done at once: processes of one thread against one with all of them, and more and more
 * answers at once in each, while that gains anything and memory holds it. Takes about two minutes for
 * half a billion weights on two cores.
 *
 * @param open loads the model in this layout
 */
export async function* calibrate(
  model: GgufModel,
  { threads, signal }: { readonly threads: number; readonly signal: AbortSignal },
  open: (teams: Teams) => { readonly model: Model; readonly close: () => Promise<void> },
): AsyncGenerator<MeasuredTeams> {
  const text = await readFile(join(packageRoot, "README.md"), "utf8");
  const ways =
    threads === 1
      ? [{ processes: 1, threads: 1 }]
      : [
          { processes: threads, threads: 1 },
          { processes: 1, threads },
        ];
  for (const way of ways) {
    let best = 0;
    for (const sequences of [1, 4, 8, 16, 32]) {
      const teams = { ...way, sequences };
      if (!fits(model, teams)) break;
      signal.throwIfAborted();
      const tokensPerSecond = await measure(text, teams, open);
      yield { teams, tokensPerSecond };
      if (tokensPerSecond < best * worthMore) break;
      best = tokensPerSecond;
    }
  }
}

function fits(model: GgufModel, teams: Teams): boolean {
  const budget = modelBudget(memoryLimit());
  const { shape: held } = layOut(model, { threads: teams.threads, determinism: "fast", budget, calibrated: teams });
  return processBytes(memoryOf(model, held), teams.processes) <= budget;
}

async function measure(text: string, teams: Teams, open: Parameters<typeof calibrate>[2]): Promise<number> {
  const { model, close } = open(teams);
  try {
    const lanes = teams.processes * teams.sequences;
    const prompts = Array.from({ length: lanes + teams.processes }, (_, index) => promptOf(text, index));
    const write = async (prompt: ReturnType<typeof promptOf>, maxTokens: number): Promise<number> => {
      const { tokens } = await model.generate({ ...prompt, maxTokens, sampling: { temperature: 0.8, topK: 40 } });
      return tokens.generated;
    };
    // Loads the model in all processes, and leaves the shared beginning in them.
    await Promise.all(prompts.slice(lanes).map(async (prompt) => await write(prompt, 1)));
    const started = performance.now();
    const written = await Promise.all(
      prompts.slice(0, lanes).map(async (prompt) => await write(prompt, shape.written)),
    );
    return (written.reduce((sum, tokens) => sum + tokens, 0) * 1000) / (performance.now() - started);
  } finally {
    await close();
  }
}

function promptOf(text: string, index: number): { readonly prompt: string; readonly sharedPrefix: string } {
  const sharedPrefix = text.slice(0, shape.shared);
  const start = shape.shared + ((index * shape.own) % (text.length - shape.shared - shape.own));
  return { sharedPrefix, prompt: sharedPrefix + text.slice(start, start + shape.own) };
}
