import type { Mutant } from "../sandbox.js";
import { readLines, ReportLine, type ChildEnd } from "./protocol.js";
import { ending } from "./verdicts.js";

export type MutantRun = Pick<Mutant, "outcome" | "killedBy">;

/**
 * What a run of the tests on a mutant says. A kill is a test that fails, or has an error of any kind, also where that
 * keeps the file from loading (the first of `tests` then) or crashes the process. What ran into a limit of time or
 * memory is no kill; a skipped test, and a process that ends as if all were well, have noticed nothing.
 */
export function readMutantRun(end: ChildEnd, nonce: string, tests: readonly string[]): MutantRun {
  const lines = readLines(end.report, ReportLine);
  const [done, ...guesses] = lines.filter((line) => "done" in line);
  const isDone = done?.done === nonce && guesses.length === 0 && done === lines.at(-1) && end.limit === null && end.status === 0;
  if (!isDone) return readBroken(end, lines, tests);
  const failed = lines.flatMap((line) => ("test" in line && line.error !== null ? [{ test: line.test, reason: line.error.reason }] : []));
  if (failed.some(({ reason }) => reason === "resource")) return { outcome: "timeout", killedBy: null };
  const noticed = failed.find(({ reason }) => reason !== "skipped");
  if (noticed) return { outcome: "killed", killedBy: noticed.test };
  const notLoaded = lines.some((line) => "collect" in line && line.collect.reason !== "skipped");
  return notLoaded ? { outcome: "killed", killedBy: tests[0] ?? null } : { outcome: "survived", killedBy: null };
}

/** The child ended before its report did. */
function readBroken(end: ChildEnd, lines: readonly ReportLine[], tests: readonly string[]): MutantRun {
  const { reason } = ending(end);
  if (reason === "timeout" || reason === "resource") return { outcome: "timeout", killedBy: null };
  if (reason === "cheat") return { outcome: "survived", killedBy: null };
  const started = lines.findLast((line) => "start" in line)?.start;
  return { outcome: "killed", killedBy: started ?? tests[0] ?? null };
}
