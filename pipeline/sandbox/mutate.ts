import { randomUUID } from "node:crypto";
import type { Mutant, MutationResult, MutationRun } from "../sandbox.js";
import { clientModules } from "./client-modules.js";
import { runJob } from "./job.js";
import { readMutantRun, type MutantRun } from "./mutant-report.js";
import type { RunnerPool } from "./pool.js";
import type { PreparedSource } from "./prepared.js";
import { MutantLine, MutantTotal, readLines } from "./protocol.js";
import { RunnerLost } from "./runner.js";
import { readReport } from "./verdicts.js";

/** CPU seconds that finding all mutants of a target may take. */
const LISTING = 60;
/** A mutant gets this much CPU time however short the tests are, and this many times what they take on the target itself. */
const LEAST_SECONDS = 0.5;
const TIMES_AS_LONG = 5;

/** Runs the tests on mutants of the target, one child a mutant, in a fixed order, until `enough` are killed. */
export async function mutate(request: MutationRun, source: PreparedSource, pool: RunnerPool): Promise<MutationResult> {
  const bench = new Bench(request, source, pool);
  const { mutants, total } = await bench.list();
  if (mutants.length === 0) return { mutants: [], total, ...(request.everyTest === true && { passed: request.tests }) };
  const baseline = await bench.baseline();
  const run = (number: number) => bench.run(number, baseline);
  const runs = request.enough === null
    ? await Promise.all(mutants.map((_, number) => run(number)))
    : await untilKilled(request.enough, mutants.length, run);
  return {
    mutants: runs.map((result, number): Mutant => ({ ...mutants[number] as MutantLine, ...result })), total,
    ...(request.everyTest === true && { passed: baseline.tests }),
  };
}

async function untilKilled(enough: number, most: number, run: (number: number) => Promise<MutantRun>): Promise<MutantRun[]> {
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

class Bench {
  readonly #request: MutationRun;
  readonly #source: PreparedSource;
  readonly #pool: RunnerPool;

  constructor(request: MutationRun, source: PreparedSource, pool: RunnerPool) {
    this.#request = request;
    this.#source = source;
    this.#pool = pool;
  }

  async list(): Promise<{ mutants: MutantLine[]; total: number }> {
    const { limit, memory } = this.#request;
    const nonce = randomUUID();
    const { report } = await this.#run({ job: "mutants", limit, nonce }, { timeout: LISTING, memory });
    const mutants = readLines(report, MutantLine);
    const end = readLines(report.slice(report.lastIndexOf("\n", report.length - 2) + 1), MutantTotal)[0];
    if (end?.nonce !== nonce) throw new RunnerLost(`the mutants of ${this.#request.target.qualifiedName} could not be listed`);
    return { mutants, total: end.total };
  }

  async baseline(): Promise<Baseline> {
    const { tests, timeout, memory } = this.#request;
    const nonce = randomUUID();
    const end = await this.#run(this.#mutantJob(null, tests, nonce), { timeout, memory });
    const report = readReport(end, nonce);
    const passed = report.type === "complete" ? report.verdicts.filter(({ outcome }) => outcome === "passed") : [];
    return { tests: passed.map(({ test }) => test), timeout: Math.min(timeout, LEAST_SECONDS + TIMES_AS_LONG * (end.cpu ?? timeout)) };
  }

  async run(number: number, { tests, timeout }: Baseline): Promise<MutantRun> {
    const { memory, everyTest = false } = this.#request;
    if (tests.length === 0) return { outcome: "survived", killedBy: null, ...(everyTest && { killers: [] }) };
    const nonce = randomUUID();
    const { killers, ...run } = readMutantRun(await this.#run(this.#mutantJob(number, tests, nonce), { timeout, memory }), nonce, tests);
    return everyTest ? { ...run, killers } : run;
  }

  #mutantJob(number: number | null, tests: readonly string[], nonce: string) {
    return { job: "mutant", number, every: this.#request.everyTest ?? false, code: this.#request.code, tests, nonce };
  }

  #run(job: object, limits: { timeout: number; memory: number }) {
    const { target, hashSeed } = this.#request;
    return runJob({ ...job, target }, limits, { surroundings: { hashSeed }, modules: [target.module], startsAnew: target.route !== undefined, extras: clientModules(target.route), mutants: target, source: this.#source, pool: this.#pool });
  }
}
