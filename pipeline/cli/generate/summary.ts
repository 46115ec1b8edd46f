import { relative } from "node:path";
import type { Pipeline } from "../../engine/config/pipeline.js";
import { countByCode } from "../../contract/reasons.js";
import { type Disagreement, readExpectations } from "./disagreements.js";
import { type FailedTest, failedTests, isSuspectedBug } from "./failures.js";
import type { PlacedFile } from "./place.js";
import { leftRoutes, type LeftRoutes } from "./routes.js";
import { reportTargets, type TargetReport } from "./report.js";
import { newestResults } from "../results.js";
import type { Ran } from "../running.js";
import { askingSteps, isVerifying } from "../steps.js";

/** What a run of `generate` came to. */
export interface GenerateSummary {
  /** Where the tests lie, relative to the working folder. */
  readonly folder: string;
  readonly files: readonly (PlacedFile & { readonly tests: number; readonly functions: number })[];
  /** Functions, methods and classes: those that a model was asked about, and those that have a test now that passes. */
  readonly functions: { readonly asked: number; readonly tested: number };
  /** `marked` are the failing tests that were written all the same; `failed` counts them, too. */
  readonly tests: {
    readonly written: number;
    readonly marked: number;
    readonly failed: number;
    readonly suspectedBugs: number;
  };
  /** Whether the tests were run. */
  readonly isVerified: boolean;
  /**
   * What the model expected of calls: how much of it held, and how much was written down as the code answers it; zero
   * where nothing was held against the code.
   */
  readonly values: { readonly own: number; readonly recorded: number };
  /** Where the model expected something else than the code answers, which is what was written down. */
  readonly disagreements: readonly Disagreement[];
  /** Part of the lines of what is tested that its tests run; null where it was not measured. */
  readonly coverage: number | null;
  readonly mutants: { readonly killed: number; readonly run: number } | null;
  readonly failures: readonly FailedTest[];
  /** Every function, method, class and route that a model was asked about, and what became of it. */
  readonly targets: readonly TargetReport[];
  /** Why functions, and answers about them, were left out as a whole, most frequent first. */
  readonly leftOut: readonly { readonly code: string; readonly count: number }[];
  /** Routes that no test could be asked for, with the reason. */
  readonly leftRoutes: readonly LeftRoutes[];
  /** Whether this run left a test that can be used. */
  readonly isUsable: boolean;
}

/**
 * Adds up what a run has made and what became of it in the output folder: what the last lines of `generate` say, and
 * what `--json` prints.
 */
export async function summaryOf(
  { steps, artifacts }: Ran,
  placed: readonly PlacedFile[],
  { pipeline, folder }: { readonly pipeline: Pipeline; readonly folder: string },
): Promise<GenerateSummary> {
  const facts = new Map(
    artifacts.filter(({ type }) => type === "tests").map((artifact) => [artifact.path, artifact.facts]),
  );
  const fact = (file: string, name: string) => Number(facts.get(file)?.[name] ?? 0);
  const sum = (name: string) => [...facts.keys()].reduce((total, file) => total + fact(file, name), 0);
  const measured = [...facts.keys()].filter((file) => facts.get(file)?.["line_coverage"] !== undefined);
  const covered = measured.reduce((total, file) => total + fact(file, "line_coverage") * fact(file, "functions"), 0);
  const failures = await failedTests(pipeline.name);
  const { disagreements, ...values } = await readExpectations(pipeline);
  const targets = await reportTargets(pipeline);
  const [asking] = askingSteps(pipeline);
  return {
    folder: relative(process.cwd(), folder) || ".",
    files: placed.map((file) => ({
      ...file,
      tests: fact(file.from ?? "", "tests"),
      functions: fact(file.from ?? "", "functions"),
    })),
    functions: { asked: targets.length, tested: sum("functions") },
    tests: {
      written: sum("tests"),
      marked: sum("failing"),
      failed: failures.length,
      suspectedBugs: failures.filter(isSuspectedBug).length,
    },
    values,
    disagreements,
    isVerified: pipeline.steps.some(isVerifying),
    coverage:
      measured.length === 0 ? null : covered / measured.reduce((total, file) => total + fact(file, "functions"), 0),
    mutants: sum("mutants_run") === 0 ? null : { killed: sum("mutants_killed"), run: sum("mutants_run") },
    failures,
    targets,
    leftOut: leftOutOf(steps, asking?.id),
    leftRoutes: await leftRoutes(
      (await newestResults()).find(({ run }) => run.pipeline === pipeline.name)?.manifests ?? [],
    ),
    isUsable: placed.some(
      ({ from, status }) => from !== null && status !== "kept" && fact(from, "tests") > fact(from, "failing"),
    ),
  };
}

/** From the step on that asks; where no function was found at all, what became of the files tells why. */
function leftOutOf(steps: Ran["steps"], asking: string | undefined): GenerateSummary["leftOut"] {
  const first = steps.findIndex(({ step, in: taken }) => step === asking && taken > 0);
  return countByCode(
    steps
      .slice(Math.max(0, first))
      .flatMap(({ reasons }) => reasons)
      .filter(({ type }) => type !== "rejected"),
  );
}
