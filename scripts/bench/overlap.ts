import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadPipeline, run } from "../../pipeline/index.js";
import { PipelineError } from "../../pipeline/system/errors.js";
import { type Benchmark, type BenchResult, measured } from "./benchmark.js";
import { type SlowTeacher, startSlowTeacher } from "./slow-teacher.js";

/** Functions that the teacher is asked about: five partitions. */
const functions = 320;
/** Questions that it answers at once, and how long it takes over each. Seconds. */
const teacher = { places: 4, seconds: 0.4 };
const runs = 3;

/** Verification while a served teacher generates. */
export const benchmark: Benchmark = {
  name: "overlap",
  summary:
    `a served teacher that answers ${teacher.places} questions at once, ${teacher.seconds} s each, writes tests of ` +
    `${functions} functions, and each is run three times and on mutants: both steps at once, against one after the ` +
    `other`,
  run: compare,
};

async function compare(): Promise<BenchResult> {
  const base = await mkdtemp(join(tmpdir(), "bench-overlap-"));
  const served = await startSlowTeacher({ ...teacher, answer: testsOf });
  const times = { overlapped: [] as number[], inTurn: [] as number[] };
  try {
    await makeProject(join(base, "project"), served);
    await timed(join(base, "project"), ["extract"]);
    // The first round warms caches: Python's environment, above all.
    for (let round = -1; round < runs; round += 1) {
      const [overlapped, inTurn] = [join(base, `${round}-overlapped`), join(base, `${round}-in-turn`)];
      for (const folder of [overlapped, inTurn]) await cp(join(base, "project"), folder, { recursive: true });
      const [own, other] = [await timed(overlapped, ["verify"]), await timed(inTurn, ["generate", "verify"])];
      await checkSame(overlapped, inTurn);
      if (round < 0) continue;
      times.overlapped.push(own);
      times.inTurn.push(other);
    }
  } finally {
    await served.close();
    await rm(base, { recursive: true, force: true });
  }
  const [ours, inTurn] = [measured(times.overlapped), measured(times.inTurn)];
  return {
    name: "overlap",
    ours,
    peers: { "one after the other": inTurn },
    ratio: { "one after the other": inTurn.seconds / ours.seconds },
  };
}

/** Seconds for runs up to these steps, one after the other. */
async function timed(folder: string, steps: readonly string[]): Promise<number> {
  const pipeline = await loadPipeline("bench.yaml", { cwd: folder });
  const start = performance.now();
  for (const until of steps) {
    for await (const event of run(pipeline, { cwd: folder, until, workers: 2 }))
      if (event.type === "step-finished" && event.failed > 0)
        throw new PipelineError(`${event.failed} inputs of ${event.step} failed`, { code: "internal" });
  }
  return (performance.now() - start) / 1000;
}

/** Shifts by a number, each of them its own: something that a test can be right about, and a mutant wrong. */
const codeOf = (number: number) =>
  `def shift_${number}(value):\n    if value > ${number}:\n        return value - ${number}\n` +
  `    return value + ${number}\n`;

/** What the teacher answers: right tests of the function that it is asked about. */
function testsOf(question: string): string {
  const number = Number(/def shift_(\d+)/u.exec(question)?.[1]);
  return (
    `def test_shift_${number}():\n    assert shift_${number}(0) == ${number}\n` +
    `    assert shift_${number}(${number + 2}) == 2\n`
  );
}

async function makeProject(folder: string, { url }: SlowTeacher): Promise<void> {
  await mkdir(join(folder, "src"), { recursive: true });
  for (let first = 0; first < functions; first += 40) {
    const code = Array.from({ length: 40 }, (_, index) => codeOf(first + index + 1)).join("\n\n");
    await writeFile(join(folder, `src/shift_${first}.py`), code);
  }
  await writeFile(
    join(folder, "bench.yaml"),
    `name: bench
models:
  teacher: { source: "${url}#slow", endpoint: { server: vllm } }
steps:
  - stage: ingest
    with: { sources: ["folder:src"] }
  - stage: extract
  - stage: generate
    with: { model: teacher, form: chat }
  - stage: verify
    with: { runs: 3, kills: 1 }
`,
  );
}

async function checkSame(...folders: readonly string[]): Promise<void> {
  const [one, other] = await Promise.all(folders.map(async (folder) => await recordsOf(folder, "verify")));
  if (one?.sha256 !== other?.sha256 || one?.records !== functions)
    throw new PipelineError(`the two ways left ${one?.records} and ${other?.records} rows, not the same ${functions}`, {
      code: "internal",
    });
}

async function recordsOf(folder: string, step: string): Promise<{ readonly sha256: string; readonly records: number }> {
  const root = join(folder, ".pipeline/steps", step);
  const [fingerprint = ""] = await readdir(root);
  const { records } = JSON.parse(await readFile(join(root, fingerprint, "manifest.json"), "utf8")) as {
    readonly records: { readonly sha256: string; readonly records: number };
  };
  return records;
}
