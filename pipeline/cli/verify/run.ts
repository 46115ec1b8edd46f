import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { z } from "zod";
import { loadPipeline } from "../../engine/config/config.js";
import { outputsDir } from "../../engine/config/options.js";
import type { GivenParameter } from "../../engine/config/parameters/given.js";
import type { Pipeline } from "../../engine/config/pipeline.js";
import { run } from "../../engine/run/run.js";
import { sha256 } from "../../system/hash.js";
import { openCacheDir } from "../../system/cache-dir.js";
import { packageRoot } from "../../system/paths.js";
import { createPlainReporter } from "../../reporters/plain.js";
import { engineOptions, providers, stageLibrary } from "../../toolkit.js";
import { variablesOf } from "../options.js";
import { isInteractive } from "../terminal.js";

/** The pipeline that is run: the one that ships, whatever the working folder holds. */
export const checkPipeline = join(packageRoot, "config/verify.yaml");

/** Parameters that the command gives a value of its own. */
export const ownParameters = ["source", "tests"];

/** What tests are checked against, and how. */
export interface CheckOptions {
  readonly source: string;
  /** Values of parameters of the pipeline. */
  readonly given: readonly GivenParameter[];
  readonly workers?: number;
  readonly sandbox?: string;
  readonly python?: string;
  readonly env?: readonly string[];
  readonly update?: boolean;
}

const Span = z.object({ covered: z.int(), total: z.int() });

/** What the pipeline leaves: tests.json. */
const Report = z.object({
  tests: z.array(
    z.object({
      file: z.string(),
      name: z.string().nullable(),
      outcome: z.enum(["passed", "failed", "error", "skipped"]),
      reason: z.string().nullable(),
      detail: z.string(),
      proves: z.boolean().nullable(),
      note: z.string().nullable(),
      targets: z.array(z.string()),
    }),
  ),
  targets: z.array(
    z.object({
      file: z.string(),
      name: z.string(),
      path: z.string().nullable(),
      line: z.int().nullable(),
      tests: z.array(z.string()),
      coverage: z.object({ lines: Span, branches: Span, missing: z.array(z.int()) }).nullable(),
      mutants: z.object({ killed: z.int(), survived: z.int(), timeouts: z.int(), run: z.int(), total: z.int() }),
      survivors: z.array(z.object({ operator: z.string(), line: z.int(), diff: z.string() })),
    }),
  ),
  lost: z.array(z.object({ file: z.string(), name: z.string(), detail: z.string() })),
  sandbox: z.string(),
});
/** What came of it: a verdict a test, and what mutants were not noticed. `pipeline verify --json` prints it. */
export type CheckReport = z.infer<typeof Report>;

/**
 * Runs config/verify.yaml on test files, in a state folder that goes at the end: nothing is left in the user's folder.
 * What the source's dependencies were resolved to is kept in the user's cache, so that the same question gets the same
 * answer next time.
 *
 * @param files test files, relative to the working folder; the report names them as they are given
 */
export async function checkTests(
  files: readonly string[],
  options: CheckOptions,
  signal: AbortSignal,
): Promise<CheckReport> {
  const cwd = await mkdtemp(join(tmpdir(), "pipeline-verify-"));
  try {
    const pipeline = await readPipeline(files, options);
    const place = engineOptions({
      cwd,
      ...(options.workers !== undefined && { workers: options.workers }),
      ...(options.sandbox !== undefined && { sandbox: options.sandbox }),
      ...(options.python !== undefined && { python: options.python }),
      ...(options.env !== undefined && options.env.length > 0 && { variables: variablesOf(options.env) }),
      ...(options.update !== undefined && { update: options.update }),
    });
    const progress = createProgress(checkingStep(pipeline), files.length);
    for await (const event of run(pipeline, { ...place, signal }, providers)) progress.report(event);
    const report = Report.parse(JSON.parse(await readFile(join(outputsDir(place, pipeline), "tests.json"), "utf8")));
    return named(report, new Map(files.map((file) => [resolve(file), file])));
  } finally {
    await rm(cwd, { recursive: true, force: true });
  }
}

async function readPipeline(files: readonly string[], { source, given }: CheckOptions): Promise<Pipeline> {
  const pipeline = await loadPipeline(checkPipeline, {
    cwd: process.cwd(),
    given: [
      { name: "source", value: `folder:${source}`, text: `--source ${source}` },
      { name: "tests", value: files.map((file) => resolve(file)), text: files.join(" ") },
      ...given,
    ],
    settings: [],
    environment: undefined,
    library: stageLibrary,
  });
  const baseDir = join(openCacheDir(), "locks", sha256(`verify ${source}`).slice(0, 16));
  await mkdir(baseDir, { recursive: true });
  return { ...pipeline, baseDir };
}

/** The step that the test files go to. */
function checkingStep({ parameters }: Pipeline): string | null {
  return parameters.find(({ name }) => name === "tests")?.targets[0]?.step ?? null;
}

/** Downloads and warnings as they come, and on a terminal how many files are done. The verdicts come at the end. */
function createProgress(step: string | null, total: number): Pick<ReturnType<typeof createPlainReporter>, "report"> {
  const plain = createPlainReporter(
    (text) => void process.stderr.write(text),
    () => performance.now(),
    { colour: false, resume: "" },
  );
  const counts = isInteractive(process.stderr);
  return {
    report(event) {
      if (event.type === "transfer" || event.type === "notice") plain.report(event);
      if (counts && event.type === "step-progress" && event.step === step)
        process.stderr.write(`\r${event.done} of ${total} test files\u001B[K`);
      if (counts && event.type === "run-finished") process.stderr.write("\r\u001B[K");
    },
  };
}

/** The report with the files as they were given. */
function named({ tests, targets, lost, sandbox }: CheckReport, names: ReadonlyMap<string, string>): CheckReport {
  const rename = <T extends { readonly file: string }>(each: T): T => ({
    ...each,
    file: names.get(each.file) ?? each.file,
  });
  return { tests: tests.map(rename), targets: targets.map(rename), lost: lost.map(rename), sandbox };
}
