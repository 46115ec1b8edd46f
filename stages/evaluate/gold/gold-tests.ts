import { readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Reason, reason } from "../../../pipeline/contract/reasons.js";
import type { Target } from "../../python/lib/records.js";
import { readIfThere } from "../lib/buggy.js";
import { correctProgram, filesOf } from "../lib/layout.js";
import { type Case, readCases } from "./cases.js";
import { caseTests } from "./case-tests.js";
import { standAlone } from "./test-file.js";

/** The tests that a benchmark brings for one of its programs, and what of them cannot be used. */
export interface GoldTests {
  /** Test functions with what they share; empty where no test is left. */
  readonly code: string;
  readonly rejected: readonly { readonly part: string; readonly reason: Reason }[];
}

/**
 * The tests of a benchmark's program, from its JSON cases and its pytest file. A pytest file that loads the cases says
 * how a result is compared with them; without one, `==` does, and `pytest.approx` for inexact numbers.
 */
export async function goldTests(target: Target, folder: string): Promise<GoldTests | { readonly missing: string }> {
  const program = correctProgram(target.source?.path ?? "");
  if (program === null) return { missing: "it is no program of a benchmark" };
  const places = filesOf(program);
  const [json, tests] = await Promise.all([
    readIfThere(join(folder, places.cases)),
    readIfThere(join(folder, places.tests)),
  ]);
  if (json === null && tests === null) return { missing: `there is neither ${places.cases} nor ${places.tests}` };

  const { cases, broken } = readCases(json ?? "");
  const rejected = broken.map(({ line, problem }) => ({
    part: `${places.cases}:${line}`,
    reason: reason("bad-json-case", `JSON case: ${problem}`),
  }));
  if (tests === null) return { code: caseTests(target, cases), rejected };
  const rewritten = standAlone(tests, { target, cases, beside: await modulesBeside(folder, places.tests) });
  if ("reason" in rewritten)
    return {
      code: caseTests(target, cases),
      rejected: [...rejected, { part: places.tests, reason: rewritten.reason }],
    };
  return { code: joined(rewritten.loadsCases ? [] : cases, target, rewritten.code), rejected };
}

function joined(cases: readonly Case[], target: Target, written: string): string {
  return [written, caseTests(target, cases)].filter((part) => part !== "").join("\n\n\n");
}

/** The modules that pytest finds in the folder of the test file, which it puts on Python's path. */
async function modulesBeside(
  folder: string,
  tests: string,
): Promise<{ readonly package: string; readonly names: ReadonlySet<string> }> {
  const entries = await readdir(join(folder, dirname(tests)));
  const names = entries.filter((name) => name.endsWith(".py")).map((name) => name.slice(0, -".py".length));
  return { package: dirname(tests).replaceAll("/", "."), names: new Set(names) };
}
