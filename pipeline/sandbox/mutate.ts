import { randomUUID } from "node:crypto";
import { z } from "zod";
import type { Mutant, MutationResult, MutationRun } from "../contract/mutation.js";
import { clientModules } from "./client-modules.js";
import { runJob } from "./job.js";
import { readMutantRun, type MutantRun } from "./mutant-report.js";
import type { RunnerPool } from "./pool.js";
import type { PreparedSource } from "./prepared.js";
import { BatchRun, type ChildEnd, MutantLine, MutantTotal, readLines } from "./protocol.js";
import { RunnerLost } from "./runner.js";
import { readReport } from "./verdicts.js";

/** CPU seconds that finding all mutants of a target may take. */
const LISTING = 60;
/**
 * A mutant gets this much CPU time however short the tests are, and this many times what they take on the target
 * itself.
 */
const LEAST_SECONDS = 0.5;
const TIMES_AS_LONG = 5;

/**
 * Runs the tests on mutants of the target, in a fixed order, until `enough` are killed: each in a fork of one child
 * that has collected the tests, and in a child of its own where that does not tell.
 */
export async function mutate(request: MutationRun, source: PreparedSource, pool: RunnerPool): Promise<MutationResult> {
  const bench = new Bench(request, source, pool);
  const { mutants, total, forks } = await bench.list();
  if (mutants.length === 0) return { mutants: [], total, ...(request.everyTest === true && { passed: request.tests }) };
  const baseline = forks?.baseline ?? (await bench.baseline());
  const run = async (number: number) => forks?.runs.get(number) ?? (await bench.run(number, baseline));
  const runs =
    request.enough === null
      ? await Promise.all(mutants.map((_, number) => run(number)))
      : await untilKilled(request.enough, mutants.length, run);
  return {
    mutants: runs.map((result, number): Mutant => ({ ...(mutants[number] as MutantLine), ...told(result, request) })),
    total,
    ...(request.everyTest === true && { passed: baseline.tests }),
  };
}

/** Who else has noticed is said where it was asked for. */
function told(
  { killers, ...run }: MutantRun,
  { everyTest = false }: Pick<MutationRun, "everyTest">,
): Pick<Mutant, "outcome" | "killedBy" | "killers"> {
  return everyTest ? { ...run, killers } : run;
}

async function untilKilled(
  enough: number,
  most: number,
  run: (number: number) => Promise<MutantRun>,
): Promise<MutantRun[]> {
  const runs: MutantRun[] = [];
  let killed = 0;
  while (killed < enough && runs.length < most) {
    const result = await run(runs.length);
    runs.push(result);
    if (result.outcome === "killed") killed += 1;
  }
  return runs;
}

/** The tests that pass on the target itself: only they can tell a mutant from it. */
interface Baseline {
  readonly tests: readonly string[];
  /** CPU seconds for a mutant. */
  readonly timeout: number;
}

/** What is known of some mutants before any has had a child of its own. */
interface Forks {
  readonly baseline: Baseline;
  readonly runs: ReadonlyMap<number, MutantRun>;
}

class Bench {
  readonly #request: MutationRun;
  readonly #source: PreparedSource;
  readonly #pool: RunnerPool;

  constructor(request: MutationRun, source: PreparedSource, pool: RunnerPool) {
    this.#request = request;
    this.#source = source;
    this.#pool = pool;
  }

  /** The mutants, and what forks of the child that made them tell; null where that is nothing. */
  async list(): Promise<{ mutants: MutantLine[]; total: number; forks: Forks | null }> {
    const { target, limit, enough, timeout, memory, code, tests, everyTest: every = false } = this.#request;
    const nonce = randomUUID();
    // An application is loaded by each child anew.
    const job =
      target.route === undefined
        ? {
            job: "batch",
            limit,
            enough,
            every,
            code,
            tests,
            cpu: timeout,
            least: LEAST_SECONDS,
            times: TIMES_AS_LONG,
            nonce,
          }
        : { job: "mutants", limit, nonce };
    const { report } = await this.#run(job, { timeout: LISTING + (Math.min(limit, MOST_FORKS) + 2) * timeout, memory });
    const lines = readLines(report, BatchLine);
    const end = lines.find((line) => "total" in line);
    if (end?.nonce !== nonce) throw new RunnerLost(`the mutants of ${target.qualifiedName} could not be listed`);
    return {
      mutants: lines.filter((line) => "diff" in line),
      total: end.total,
      forks: this.#forks(
        lines.filter((line) => "run" in line),
        nonce,
      ),
    };
  }

  async baseline(): Promise<Baseline> {
    const { tests, timeout, memory } = this.#request;
    const nonce = randomUUID();
    return this.#baselineOf(await this.#run(this.#mutantJob(null, tests, nonce), { timeout, memory }), nonce);
  }

  async run(number: number, { tests, timeout }: Baseline): Promise<MutantRun> {
    if (tests.length === 0) return { outcome: "survived", killedBy: null, killers: [] };
    const nonce = randomUUID();
    const { memory } = this.#request;
    return readMutantRun(await this.#run(this.#mutantJob(number, tests, nonce), { timeout, memory }), nonce, tests);
  }

  /**
   * Nothing counts unless each run was told once and in order, and the target itself passes after the last mutant too.
   */
  #forks([first, ...others]: readonly BatchRun[], nonce: string): Forks | null {
    if (first?.run !== BASELINE) return null;
    const baseline = this.#baselineOf(first, nonce);
    const control = others.find(({ run }) => run === CONTROL);
    const mutants = others.filter(({ run }) => run >= 0);
    if (baseline.tests.length === 0 || others.length !== mutants.length + (control === undefined ? 0 : 1)) return null;
    if (mutants.some(({ run }, index) => run <= (mutants[index - 1]?.run ?? -1))) return null;
    const runs = new Map(mutants.map((end) => [end.run, readMutantRun(end, nonce, baseline.tests)]));
    const isClean = control !== undefined && this.#baselineOf(control, nonce).tests.length === baseline.tests.length;
    return isClean || [...runs.values()].every(({ outcome }) => outcome !== "killed") ? { baseline, runs } : null;
  }

  #baselineOf(end: ChildEnd, nonce: string): Baseline {
    const { timeout } = this.#request;
    const report = readReport(end, nonce);
    const passed = report.type === "complete" ? report.verdicts.filter(({ outcome }) => outcome === "passed") : [];
    return {
      tests: passed.map(({ test }) => test),
      timeout: Math.min(timeout, LEAST_SECONDS + TIMES_AS_LONG * (end.cpu ?? timeout)),
    };
  }

  #mutantJob(number: number | null, tests: readonly string[], nonce: string) {
    return { job: "mutant", number, every: this.#request.everyTest ?? false, code: this.#request.code, tests, nonce };
  }

  #run(job: object, limits: { timeout: number; memory: number }) {
    const { target, hashSeed } = this.#request;
    return runJob({ ...job, target }, limits, {
      surroundings: { hashSeed },
      modules: [target.module],
      startsAnew: target.route !== undefined,
      extras: clientModules(target.route),
      mutants: target,
      source: this.#source,
      pool: this.#pool,
    });
  }
}

/** Numbers of the runs that are none on a mutant: see BatchRun. */
const BASELINE = -1;
const CONTROL = -2;
/** However many are asked for, a batch is not given more time than for these. */
const MOST_FORKS = 50;

const BatchLine = z.union([MutantLine, MutantTotal, BatchRun]);
