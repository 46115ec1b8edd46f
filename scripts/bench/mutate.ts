import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PipelineError } from "../../pipeline/system/errors.js";
import { installPackages } from "../../pipeline/system/python/packages.js";
import { packageRoot } from "../../pipeline/system/paths.js";
import { preamble, testFile } from "../../stages/python/lib/pytest-file.js";
import { SourceFile } from "../../pipeline/contract/records.js";
import type { Target } from "../../stages/python/lib/records.js";
import { prepareEnvironment } from "../../pipeline/sandbox/environment.js";
import type { SourceTree } from "../../pipeline/contract/sources.js";
import { goldTests } from "../../stages/evaluate/gold/gold-tests.js";
import { targetsOf } from "../../stages/python/lib/targets.js";
import { testFunctions } from "../../stages/tests/lib/test-functions.js";
import { type Benchmark, type BenchResult, measured } from "./benchmark.js";
import { cosmicRay, type Judged, mutmut } from "./mutate-peers.js";
import { type BenchServices, withServices } from "./services.js";

/**
 * Programs of data/pairs that are one function each, and loop over what they are given: no mutant of them runs for
 * ever.
 */
const programs = ["add_tax", "compare_versions", "merge_intervals", "wrap_text"];
const runs = 3;

/** Judging mutants. */
export const benchmark: Benchmark = {
  name: "mutate",
  summary:
    `judging all mutants of ${programs.length} functions by the same tests, one at a time, against cosmic-ray ` +
    `and mutmut; each tool makes its own mutants`,
  run: async () => await withServices(1, compare),
};

async function compare(services: BenchServices): Promise<BenchResult> {
  const project = join(services.folder, "project");
  const subjects = await writeProject(project);
  const tree = await services.sources.fetch(`folder:${project}`);
  const { python } = await prepareEnvironment(tree, services.context);
  const packages = await installPackages(
    await readFile(join(packageRoot, "scripts/bench/mutate_peer.lock"), "utf8"),
    "cosmic-ray and mutmut",
    services.context,
  );
  const peer = { python, packages, project, programs };
  const tools = {
    ours: () => runOurs(subjects, tree, services),
    "cosmic-ray": () => cosmicRay(peer),
    mutmut: () => mutmut(peer),
  };

  const rounds = { ours: [] as Judged[], "cosmic-ray": [] as Judged[], mutmut: [] as Judged[] };
  await runOurs(subjects, tree, services); // starts and warms its process, as the mutants before do in a run
  for (let run = 0; run < runs; run += 1) {
    rounds.ours.push(await tools.ours());
    rounds["cosmic-ray"].push(await tools["cosmic-ray"]());
    rounds.mutmut.push(await tools.mutmut());
  }
  const [ours, cosmic, mutants] = [
    perHundred(rounds.ours),
    perHundred(rounds["cosmic-ray"]),
    perHundred(rounds.mutmut),
  ];
  return {
    name: "mutate",
    unit: "s per 100 mutants",
    ours,
    peers: { "cosmic-ray": cosmic, mutmut: mutants },
    ratio: { "cosmic-ray": cosmic.seconds / ours.seconds, mutmut: mutants.seconds / ours.seconds },
  };
}

/** Seconds per hundred mutants, as each tool judges another number of them. */
function perHundred(rounds: readonly Judged[]) {
  return {
    ...measured(rounds.map(({ seconds, mutants }) => (100 * seconds) / mutants)),
    mutants: rounds[0]?.mutants ?? 0,
  };
}

interface Subject {
  readonly target: Target;
  /** Its gold tests as a whole file. */
  readonly code: string;
}

/** The programs and their gold tests as a project that every tool can be pointed at. */
async function writeProject(project: string): Promise<Subject[]> {
  const pairs = join(packageRoot, "data/pairs");
  await mkdir(join(project, "correct_python_programs"), { recursive: true });
  await mkdir(join(project, "tests"));
  return await Promise.all(
    programs.map(async (name): Promise<Subject> => {
      const path = `correct_python_programs/${name}.py`;
      const text = await readFile(join(pairs, path), "utf8");
      const file = SourceFile.make(
        { language: "python", role: "code", module: `correct_python_programs.${name}`, encoding: "utf-8", text },
        {
          source: { ref: "folder:pairs", name: "pairs", version: "1", licence: "LicenseRef-own", path },
          from: [],
        },
      );
      const [target] = targetsOf(file, {
        kinds: ["function"],
        private: false,
        maxLines: 200,
        minComplexity: 1,
      }).targets;
      const gold = target === undefined ? { missing: "no function" } : await goldTests(target, pairs);
      if (target === undefined || "missing" in gold)
        throw new PipelineError(`data/pairs has no tests of ${name}`, { code: "internal" });
      const code = testFile(preamble(target), gold.code);
      await writeFile(join(project, path), text);
      await writeFile(join(project, `tests/test_${name}.py`), code);
      return { target, code };
    }),
  );
}

async function runOurs(subjects: readonly Subject[], tree: SourceTree, { sandbox }: BenchServices): Promise<Judged> {
  const start = performance.now();
  let mutants = 0;
  for (const {
    target: { module, qualifiedName },
    code,
  } of subjects) {
    const tests = testFunctions(code).map(({ name }) => name);
    const result = await sandbox.mutate({
      source: tree,
      code,
      target: { module, qualifiedName },
      tests,
      hashSeed: 0,
      limit: Number.MAX_SAFE_INTEGER,
      enough: null,
      timeout: 10,
      memory: 512,
    });
    if (!result.mutants.some(({ outcome }) => outcome === "killed"))
      throw new PipelineError(`the tests of ${qualifiedName} kill no mutant`, { code: "internal" });
    mutants += result.mutants.length;
  }
  return { seconds: (performance.now() - start) / 1000, mutants };
}
