import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import pMap from "p-map";
import { PipelineError } from "../../pipeline/system/errors.js";
import { installPackages } from "../../pipeline/system/python/packages.js";
import { packageRoot } from "../../pipeline/system/paths.js";
import { prepareEnvironment } from "../../pipeline/sandbox/environment.js";
import type { SourceTree } from "../../pipeline/contract/sources.js";
import { type Benchmark, type BenchResult, measured } from "./benchmark.js";
import { type DoctestFile, doctestFiles } from "./doctest-files.js";
import { type BenchServices, withServices } from "./services.js";

const source = "pypi:pydash@8.1.0";
const most = 100;
const runs = 3;
/** Files at a time, for everyone. */
const workers = 2;

/** Running test files. */
export const benchmark: Benchmark = {
  name: "verify",
  summary:
    `running ${most} test files, doctests of ${source.slice("pypi:".length)}, ${workers} at a time, each ` +
    `confined, against unconfined pytest: a process a file, and pytest-xdist`,
  run: async () => await withServices(workers, compare),
};

async function compare(services: BenchServices): Promise<BenchResult> {
  const tree = await services.sources.fetch(source);
  const mined = await passingFiles(await doctestFiles(tree, "pydash/**/*.py"), tree, services);
  const peers = await startPeers(mined, tree, services);
  const expected = mined.flatMap(({ name, tests }) => tests.map((test) => `${name}::${test}`));
  const times = { ours: [] as number[], perFile: [] as number[], xdist: [] as number[] };
  // The first round warms caches, and shows whether the same tests pass.
  for (let run = -1; run < runs; run += 1) {
    const [own, perFile, xdist] = [await runOurs(mined, tree, services), await peers.perFile(), await peers.xdist()];
    checkSame(expected, { ours: own.passed, "a process a file": perFile.passed, "pytest-xdist": xdist.passed });
    if (run < 0) continue;
    times.ours.push(own.seconds);
    times.perFile.push(perFile.seconds);
    times.xdist.push(xdist.seconds);
  }
  const [ours, perFile, xdist] = [measured(times.ours), measured(times.perFile), measured(times.xdist)];
  return {
    name: "verify",
    ours,
    peers: { "pytest-per-file": perFile, "pytest-xdist": xdist },
    ratio: { "pytest-per-file": perFile.seconds / ours.seconds, "pytest-xdist": xdist.seconds / ours.seconds },
  };
}

interface Round {
  readonly seconds: number;
  /** file::test of each test that passed, in order. */
  readonly passed: readonly string[];
}

async function runOurs(mined: readonly DoctestFile[], tree: SourceTree, { sandbox }: BenchServices): Promise<Round> {
  const start = performance.now();
  const results = await pMap(
    mined,
    async ({ target: { module, qualifiedName }, code }) =>
      await sandbox.runTests({
        source: tree,
        code,
        target: { module, qualifiedName },
        hashSeeds: [0],
        timeout: 10,
        memory: 512,
      }),
    { concurrency: workers },
  );
  const seconds = (performance.now() - start) / 1000;
  const passed = results.flatMap(({ verdicts }, index) =>
    verdicts.filter(({ outcome }) => outcome === "passed").map(({ test }) => `${mined[index]?.name ?? ""}::${test}`),
  );
  return { seconds, passed: passed.toSorted() };
}

/** Those that a dataset would keep: every test passes. */
async function passingFiles(
  mined: readonly DoctestFile[],
  tree: SourceTree,
  services: BenchServices,
): Promise<DoctestFile[]> {
  const { passed } = await runOurs(mined, tree, services);
  const passes = ({ name, tests }: DoctestFile) => tests.every((test) => passed.includes(`${name}::${test}`));
  const chosen = mined.filter(passes).slice(0, most);
  if (chosen.length < most)
    throw new PipelineError(`${tree.ref} has ${chosen.length} files whose tests all pass, not ${most}`, {
      code: "internal",
    });
  return chosen;
}

async function startPeers(mined: readonly DoctestFile[], tree: SourceTree, { context, folder }: BenchServices) {
  const { python, paths } = await prepareEnvironment(tree, context);
  const xdist = await installPackages(
    await readFile(join(packageRoot, "scripts/bench/verify_peer.lock"), "utf8"),
    "pytest-xdist",
    context,
  );
  const tests = join(folder, "tests");
  await mkdir(tests);
  for (const { name, code } of mined) await writeFile(join(tests, name), code);
  const roots = tree.importRoots.map((root) => join(tree.folder, root));
  const pytest = async (files: readonly string[], packages: readonly string[], options: readonly string[]) =>
    await execa(python, ["-m", "pytest", "-q", "-rA", "-p", "no:cacheprovider", ...options, ...files], {
      cwd: tests,
      env: { PYTHONPATH: [...packages, ...roots].join(":") },
      reject: false,
    });
  return {
    perFile: async () =>
      await timed(
        async () =>
          await pMap(mined, async ({ name }) => (await pytest([name], paths, [])).stdout, { concurrency: workers }),
      ),
    xdist: async () =>
      await timed(async () => [
        (
          await pytest(
            mined.map(({ name }) => name),
            [xdist, ...paths],
            ["-n", String(workers)],
          )
        ).stdout,
      ]),
  };
}

async function timed(work: () => Promise<readonly string[]>): Promise<Round> {
  const start = performance.now();
  const outputs = await work();
  const seconds = (performance.now() - start) / 1000;
  return {
    seconds,
    passed: outputs
      .flatMap((output) => [...output.matchAll(/^PASSED (\S+)/gmu)].map(([, test = ""]) => test))
      .toSorted(),
  };
}

function checkSame(expected: readonly string[], rounds: Readonly<Record<string, readonly string[]>>): void {
  for (const [name, passed] of Object.entries(rounds)) {
    const different = [
      ...expected.filter((test) => !passed.includes(test)),
      ...passed.filter((test) => !expected.includes(test)),
    ];
    if (different.length > 0)
      throw new PipelineError(
        `${name} does not pass the same tests: ${different.length} differ, such as ${different[0] ?? ""}`,
        { code: "internal" },
      );
  }
}
