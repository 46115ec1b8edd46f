import { randomUUID } from "node:crypto";
import type { RecordedCall, RecordRequest } from "../contract/sandbox.js";
import { runJob } from "./job.js";
import type { RunnerPool } from "./pool.js";
import type { PreparedSource } from "./prepared.js";
import { CallLine, type ChildEnd, readLines } from "./protocol.js";

/** A result that depends on the hash seed, or on where on earth it is called, is not a fact about the function. */
const SURROUNDINGS = [
  { seed: 0, zone: "UTC" },
  { seed: 1, zone: "ELSEWHERE-14:30" },
] as const;
type Surroundings = (typeof SURROUNDINGS)[number];

/** All calls in two surroundings, one after another as the tests of a file would. Results in the order of the calls. */
export async function recordCalls(
  request: RecordRequest,
  source: PreparedSource,
  pool: RunnerPool,
): Promise<RecordedCall[]> {
  const runs = await Promise.all(SURROUNDINGS.map((surroundings) => recordIn(surroundings, request, source, pool)));
  return request.calls.map((_, index) => agreed(runs.map((results) => results[index] as RecordedCall)));
}

function agreed(results: readonly RecordedCall[]): RecordedCall {
  const [first, ...others] = results as [RecordedCall, ...RecordedCall[]];
  const isSame = others.every((other) => JSON.stringify(other) === JSON.stringify(first));
  return isSame ? first : { type: "unusable", reason: "not deterministic" };
}

/** A call that takes its child down loses no other: the rest goes on in the next child. */
async function recordIn(
  { seed, zone }: Surroundings,
  { target: { module, qualifiedName }, calls, ...limits }: RecordRequest,
  source: PreparedSource,
  pool: RunnerPool,
): Promise<RecordedCall[]> {
  const results: RecordedCall[] = [];
  while (results.length < calls.length) {
    const nonce = randomUUID();
    const job = { job: "call", module, qualifiedName, calls: calls.slice(results.length), zone, nonce };
    const end = await runJob(job, limits, {
      surroundings: { hashSeed: seed },
      modules: source.warmable([module]),
      source,
      pool,
    });
    const finished = readLines(end.report, CallLine)
      .filter((line) => line.nonce === nonce)
      .slice(0, job.calls.length);
    results.push(...finished.map(({ nonce: _nonce, ...recorded }) => recorded));
    // It may be those before it that used up the limits: a call is to blame where it was the first of its child.
    if (finished.length === 0)
      results.push({ type: "unusable", reason: end.limit === null ? "ended the process" : reasons[end.limit] });
  }
  return results;
}

const reasons: Record<NonNullable<ChildEnd["limit"]>, string> = {
  cpu: "timeout",
  idle: "timeout",
  wall: "timeout",
  memory: "too much memory",
  processes: "too many processes",
  disk: "writes too much",
  report: "too long",
};
