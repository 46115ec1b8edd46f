import type { Mutant } from "../contract/mutation.js";
import { readLines, ReportLine, type ChildEnd } from "./protocol.js";
import { ending } from "./verdicts.js";

/** What the tests made of one mutant. */
export type MutantRun = Required<Pick<Mutant, "outcome" | "killedBy" | "killers">>;

/**
 * What a run of the tests on a mutant says. A kill is a test that fails, or has an error of any kind, also where that
 * keeps the file from loading (the first of `tests` then) or crashes the process. What ran into a limit of time or
 * memory is no kill; a skipped test, and a process that ends as if all were well, have noticed nothing.
 * Where the run went on after the first kill, it is the first that decides; the others are among the killers.
 */
export function readMutantRun(end: ChildEnd, nonce: string, tests: readonly string[]): MutantRun {
  const lines = readLines(end.report, ReportLine);
  const [done, ...guesses] = lines.filter((line) => "done" in line);
  const isDone =
    done?.done === nonce && guesses.length === 0 && done === lines.at(-1) && end.limit === null && end.status === 0;
  const failed = lines.flatMap((line) =>
    "test" in line && line.error !== null && line.error.reason !== "skipped"
      ? [{ test: line.test, reason: line.error.reason }]
      : [],
  );
  const [first] = failed;
  const starved = new Set(failed.filter(({ reason }) => reason === "resource").map(({ test }) => test));
  if (first !== undefined && starved.has(first.test)) return timeout;
  const noticed = [...new Set(failed.map(({ test }) => test))].filter((test) => !starved.has(test));
  if (!isDone) return readBroken(end, lines, noticed, tests);
  if (first !== undefined) return killed(noticed);
  // Every test notices a file that cannot be loaded.
  const notLoaded = lines.some((line) => "collect" in line && line.collect.reason !== "skipped");
  return notLoaded ? killed(tests) : survived;
}

const timeout: MutantRun = { outcome: "timeout", killedBy: null, killers: [] };
const survived: MutantRun = { outcome: "survived", killedBy: null, killers: [] };

function killed(killers: readonly string[]): MutantRun {
  return { outcome: "killed", killedBy: killers[0] ?? null, killers };
}

/** The child ended before its report did. */
function readBroken(
  end: ChildEnd,
  lines: readonly ReportLine[],
  noticed: readonly string[],
  tests: readonly string[],
): MutantRun {
  const { reason } = ending(end);
  if (reason === "cheat") return survived;
  if (reason === "timeout" || reason === "resource") {
    const finished = new Set(lines.flatMap((line) => ("end" in line ? [line.end] : [])));
    const before = noticed.filter((test) => finished.has(test));
    return before.length === 0 ? timeout : killed(before);
  }
  const started = lines.findLast((line) => "start" in line)?.start;
  return killed([...new Set([...noticed, ...[started ?? tests[0] ?? []].flat()])]);
}
