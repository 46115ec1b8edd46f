import { randomUUID } from "node:crypto";
import type { RecordedCall, RecordRequest } from "../sandbox.js";
import { runJob } from "./job.js";
import type { RunnerPool } from "./pool.js";
import type { PreparedSource } from "./prepared.js";
import { CallLine, type ChildEnd } from "./protocol.js";

/** A result that depends on one of these is not a fact about the function. */
const HASH_SEEDS = [0, 1] as const;

/** Each call in a child of its own, under two hash seeds. Results in the order of the calls. */
export async function recordCalls(request: RecordRequest, source: PreparedSource, pool: RunnerPool): Promise<RecordedCall[]> {
  const runs = await Promise.all(HASH_SEEDS.map(async (seed) => {
    const results: RecordedCall[] = [];
    for (const call of request.calls) results.push(await recordCall(request, call, seed, source, pool));
    return results;
  }));
  return request.calls.map((_, index) => agreed(runs.map((results) => results[index] as RecordedCall)));
}

function agreed(results: readonly RecordedCall[]): RecordedCall {
  const [first, ...others] = results as [RecordedCall, ...RecordedCall[]];
  const isSame = others.every((other) => JSON.stringify(other) === JSON.stringify(first));
  return isSame ? first : { type: "unusable", reason: "not deterministic" };
}

async function recordCall(
  request: RecordRequest, call: string, seed: number, source: PreparedSource, pool: RunnerPool,
): Promise<RecordedCall> {
  const { module, qualifiedName } = request.target;
  const nonce = randomUUID();
  const job = { job: "call", module, qualifiedName, arguments: call, nonce };
  return read(await runJob(job, request, { seed, modules: source.warmable([module]), source, pool }), nonce);
}

const reasons: Record<NonNullable<ChildEnd["limit"]>, string> = {
  cpu: "timeout", idle: "timeout", wall: "timeout", memory: "too much memory", processes: "too many processes", disk: "writes too much", report: "too long",
};

function read({ report, limit, status }: ChildEnd, nonce: string): RecordedCall {
  if (limit !== null) return { type: "unusable", reason: reasons[limit] };
  const result = parse(report);
  if (status !== 0 || result?.nonce !== nonce) return { type: "unusable", reason: "ended the process" };
  const { nonce: _, ...recorded } = result;
  return recorded;
}

function parse(report: string) {
  try {
    return CallLine.safeParse(JSON.parse(report)).data;
  } catch {
    return undefined;
  }
}
