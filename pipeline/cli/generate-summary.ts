import { relative } from "node:path";
import { createColors } from "picocolors";
import { count, counted } from "../reporters/format.js";
import type { PlacedFile } from "./generate-place.js";
import type { Ran } from "./running.js";

/** What a run of `generate` came to. */
export interface GenerateSummary {
  /** Where the tests lie, relative to the working folder where it lies below it. */
  readonly folder: string;
  readonly files: readonly (PlacedFile & { readonly tests: number; readonly functions: number })[];
  readonly functions: { readonly found: number; readonly tested: number };
  readonly tests: { readonly passed: number; readonly failed: number; readonly suspectedBugs: number };
  /** Part of the lines of the tested functions; null where it was not measured. */
  readonly coverage: number | null;
  readonly mutants: { readonly killed: number; readonly run: number } | null;
  readonly reasons: readonly { readonly reason: string; readonly count: number }[];
  /** Whether a test is there now that can be used. */
  readonly isUsable: boolean;
}

export async function summaryOf({ steps, artifacts }: Ran, placed: readonly PlacedFile[], { folder }: { readonly folder: string; readonly root: string }): Promise<GenerateSummary> {
  const written = artifacts.filter(({ type }) => type === "tests");
  const sum = (fact: string) => written.reduce((total, { facts }) => total + Number(facts[fact] ?? 0), 0);
  const factOf = (name: string, fact: string) => Number(written.find(({ path }) => path === name)?.facts[fact] ?? 0);
  const files = placed.map((file) => ({ ...file, tests: factOf(file.name, "tests"), functions: factOf(file.name, "functions") }));
  const stepNamed = (name: string) => steps.find(({ step }) => step === name);
  const reasons = steps.flatMap((step) => step.reasons);
  const countOf = (pattern: RegExp, own: readonly { readonly reason: string; readonly count: number }[]) => own.filter(({ reason }) => pattern.test(reason)).reduce((total, each) => total + each.count, 0);
  const asked = stepNamed("generate");
  const coverages = written.flatMap(({ facts }) => (typeof facts["line_coverage"] === "number" ? [facts["line_coverage"] * Number(facts["functions"])] : []));
  return {
    folder: relative(process.cwd(), folder),
    files,
    functions: { found: asked === undefined ? 0 : asked.in - asked.skipped, tested: sum("functions") },
    tests: {
      passed: sum("tests") - sum("failing"),
      failed: countOf(/^rejected: /u, stepNamed("verify")?.reasons ?? []),
      suspectedBugs: countOf(/^rejected: suspected bug/u, reasons),
    },
    coverage: coverages.length === 0 || sum("functions") === 0 ? null : coverages.reduce((total, each) => total + each, 0) / sum("functions"),
    mutants: sum("mutants_run") === 0 ? null : { killed: sum("mutants_killed"), run: sum("mutants_run") },
    reasons,
    isUsable: files.some(({ name, status }) => status !== "kept" && factOf(name, "tests") > factOf(name, "failing")),
  };
}

export function summaryText({ folder, files, functions, tests, coverage, mutants, reasons, isUsable }: GenerateSummary, { colour }: { readonly colour: boolean }): string {
  const paint = createColors(colour);
  const lines = files.map(({ name, status, why, tests: own, functions: tested }) => status === "kept"
    ? `  ${paint.yellow("–")} ${folder}/${name}  kept: ${why} (--force overwrites it)`
    : `  ${paint.green("✔")} ${folder}/${name}  ${counted(own, "test")} of ${counted(tested, "function")}${status === "unchanged" ? ", as before" : ""}`);
  return [
    ...lines,
    "",
    `${counted(functions.tested, "function")} of ${count(functions.found)} ${functions.tested === 1 ? "has" : "have"} tests: ${counted(tests.passed, "test")} passed, ${count(tests.failed)} failed${tests.suspectedBugs > 0 ? ` (${counted(tests.suspectedBugs, "suspected bug or wrong value")})` : ""}`,
    ...(coverage === null ? [] : [`coverage ${Math.floor(coverage * 100)} % of their lines`]),
    ...(mutants === null ? [] : [`${count(mutants.killed)} of ${counted(mutants.run, "mutant")} killed`]),
    ...(isUsable ? [] : ["No usable test was written.", ...reasons.slice(0, 4).map(({ reason, count: times }) => `  ${count(times)} ${reason}`)]),
  ].join("\n");
}
