import type { MutationRun } from "../contract/mutation.js";
import type { RunnerPool } from "./pool.js";
import type { PreparedSource, Surroundings } from "./prepared.js";
import { ChildEnd, Warmed, type ChildLimits } from "./protocol.js";
import { childLimits, withAnother } from "./patience.js";
import type { Runner } from "./runner.js";

/** What loading a source's modules may use. */
const WARMING: ChildLimits = { cpu: 30, idle: 10, wall: 120, memory: 2 * 2 ** 30 };

interface Place {
  readonly surroundings: Surroundings;
  /** Modules to load before forking. */
  readonly modules: readonly string[];
  /**
   * Nothing of the source is loaded before forking: an application opens its database when it is imported, in a folder
   * that is the child's own.
   */
  readonly startsAnew?: boolean;
  /** Modules of the test environment to load before forking. */
  readonly extras?: readonly string[];
  /** A target whose mutants are made before forking. */
  readonly mutants?: MutationRun["target"] | null;
  readonly source: PreparedSource;
  readonly pool: RunnerPool;
}

/**
 * Runs a job in a child of its own. CPU time decides, and the time in which the child only waited; one that runs into
 * the wall clock all the same is tried once more, alone.
 * A runner that is lost is replaced; a RunnerLost is thrown where that keeps happening.
 */
export async function runJob(
  job: object,
  { timeout, memory }: { timeout: number; memory: number },
  place: Place,
): Promise<ChildEnd> {
  const limits = childLimits(timeout, memory);
  const { startsAnew = false, source } = place;
  // An application looks for its templates where it runs, and may keep its database beside its code.
  const files = startsAnew ? await source.files() : null;
  const run = (runner: Runner) => runner.ask({ ...job, limits, variables: source.variables, files }, ChildEnd);
  const end = await withRunner(place, false, run);
  return end.limit === "wall" ? withRunner(place, true, run) : end;
}

async function withRunner(place: Place, alone: boolean, use: (runner: Runner) => Promise<ChildEnd>): Promise<ChildEnd> {
  const { surroundings, source, pool, startsAnew = false } = place;
  return await withAnother(() =>
    pool.use(
      source.config(surroundings),
      async (runner) => {
        await warm(runner, place);
        return use(runner);
      },
      {
        alone,
        isUsable: (runner) => !startsAnew || source.warmable([...runner.warm]).length === 0,
        // One that has loaded nothing is kept for what has to start anew.
        prefer: (runner) =>
          (place.mutants === undefined || runner.mutants === JSON.stringify(place.mutants)) &&
          (startsAnew || runner.warm.size > 0),
      },
    ),
  );
}

async function warm(
  runner: Runner,
  { modules: wanted, extras = [], mutants = null, startsAnew = false, source }: Place,
): Promise<void> {
  const modules = startsAnew ? [] : source.warmable(wanted);
  const cold = [...extras, ...modules].filter((name) => !runner.warm.has(name));
  const isReady = mutants === null || !modules.includes(mutants.module) || runner.mutants === JSON.stringify(mutants);
  if (cold.length === 0 && isReady) return;
  try {
    await runner.ask(
      { job: "warm", modules: cold, mutants: isReady ? null : mutants, variables: source.variables, limits: WARMING },
      Warmed,
    );
  } catch (error) {
    source.neverWarm(modules);
    throw error;
  }
  for (const name of cold) runner.warm.add(name);
  if (!isReady) runner.mutants = JSON.stringify(mutants);
}
