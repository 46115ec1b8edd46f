import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import type { Pipeline, Step } from "../../pipeline/engine/config/pipeline.js";
import { defineService } from "../../pipeline/contract/service.js";
import type { Providers } from "../../pipeline/engine/plan/providers.js";
import { run } from "../../pipeline/engine/run/run.js";
import { PipelineError } from "../../pipeline/system/errors.js";
import { packageRoot } from "../../pipeline/system/paths.js";
import { inputKinds, loadStages, type Stage } from "../../pipeline/contract/stage.js";
import { stages } from "../../stages/index.js";
import synthetic from "./synthetic.js";

/** What a run of so many examples took. */
interface Measurement {
  readonly rows: number;
  /** Of the whole process, its worker threads included. */
  readonly peakMebibytes: number;
  readonly steps: readonly {
    readonly step: string;
    readonly seconds: number;
    readonly cpuSeconds: number;
    readonly peakMebibytes: number;
    readonly out: number;
  }[];
}

/**
 * Synthetic examples through steps on the real engine: `node dist/scripts/bench/scale.js [dataset|filters] [ROWS...]`,
 * 10,000 and 100,000 unless told. `dataset` is dedupe, split, chat and export; `filters` is three steps that keep every
 * record, whose time is the engine's own. Every number of rows has a process of its own, so that its peak memory can be
 * told.
 */
async function main(args: readonly string[]): Promise<void> {
  if (args[0] === "--measure") {
    process.stdout.write(`${JSON.stringify(await measure(stepsOf(args[1]), Number(args[2])))}\n`);
    return;
  }
  const name = args.find((arg) => Number.isNaN(Number(arg))) ?? "dataset";
  const sizes = args.map(Number).filter((size) => !Number.isNaN(size));
  stepsOf(name);
  for (const rows of sizes.length > 0 ? sizes : [10_000, 100_000]) {
    const { stdout } = await execa(
      process.execPath,
      [fileURLToPath(import.meta.url), "--measure", name, String(rows)],
      { stderr: "inherit" },
    );
    const { peakMebibytes, steps } = JSON.parse(stdout) as Measurement;
    const lines = steps.map(
      ({ step, seconds, cpuSeconds, peakMebibytes: stepPeak, out }) =>
        `  ${step}: ${seconds.toFixed(1)} s, ${cpuSeconds.toFixed(1)} s of processor time, peak ${stepPeak} MiB, ` +
        `${out} records\n`,
    );
    process.stdout.write(`${rows.toLocaleString("en-US")} rows: peak ${peakMebibytes} MiB\n${lines.join("")}`);
  }
}

interface MeasuredStep {
  readonly id: string;
  readonly stage: string;
  readonly options: object;
}

/** What records of these lengths never fail. */
const keepAll = { maxCharacters: 1_000_000 };

const pipelines: Readonly<Record<string, readonly MeasuredStep[]>> = {
  dataset: ["dedupe", "split", "chat", "export"].map((stage) => ({ id: stage, stage, options: {} })),
  filters: ["first", "second", "third"].map((id) => ({ id, stage: "filter", options: keepAll })),
};

function stepsOf(name = ""): readonly MeasuredStep[] {
  const steps = pipelines[name];
  if (steps === undefined)
    throw new Error(`no pipeline "${name}" to measure; there are: ${Object.keys(pipelines).join(", ")}`);
  return steps;
}

async function measure(measured: readonly MeasuredStep[], rows: number): Promise<Measurement> {
  const cwd = await mkdtemp(join(tmpdir(), "pipeline-scale-"));
  let stepPeak = 0;
  const sampling = setInterval(() => {
    stepPeak = Math.max(stepPeak, process.memoryUsage.rss());
  }, 50);
  try {
    const steps: Measurement["steps"][number][] = [];
    let before = process.cpuUsage();
    const options = { cwd, cacheDir: join(cwd, "cache"), workers: 2, sandbox: "none", update: false };
    for await (const event of run(await scalePipeline(cwd, measured, rows), options, withoutServices)) {
      if (event.type !== "step-finished") continue;
      const { user, system } = process.cpuUsage(before);
      before = process.cpuUsage();
      steps.push({
        step: event.step,
        seconds: event.seconds,
        cpuSeconds: (user + system) / 1e6,
        peakMebibytes: Math.round(stepPeak / 2 ** 20),
        out: event.out,
      });
      stepPeak = 0;
    }
    return { rows, peakMebibytes: Math.round(process.resourceUsage().maxRSS / 1024), steps };
  } finally {
    clearInterval(sampling);
    await rm(cwd, { recursive: true, force: true });
  }
}

async function scalePipeline(baseDir: string, measured: readonly MeasuredStep[], rows: number): Promise<Pipeline> {
  const all = await loadStages(stages);
  const shipped = (name: string) => all.find((stage) => stage.name === name) as Stage;
  const url = new URL("../../stages/index.js", import.meta.url).href;
  const steps: Step[] = [];
  const add = (id: string, stage: Stage, module: Step["module"], options: object) => {
    const [input] = inputKinds(stage).keys();
    steps.push({
      id,
      stage,
      module,
      from: new Map(input === undefined ? [] : [[input, steps.slice(-1).map((before) => before.id)]]),
      options: stage.options.parse(options) as Record<string, unknown>,
      limit: null,
      output: null,
      location: { file: "scale", line: 1, column: 1, length: 1 },
      origin: () => ({ from: "default" }),
    });
  };
  add(synthetic.name, synthetic, { url: new URL("synthetic.js", import.meta.url).href, name: null }, { rows });
  for (const { id, stage, options } of measured) add(id, shipped(stage), { url, name: stage }, options);
  return {
    name: "scale",
    seed: 1,
    file: join(baseDir, "scale.yaml"),
    baseDir,
    determinism: "strict",
    models: {},
    catalogue: {},
    parameters: [],
    steps,
    origin: () => ({ from: "default" }),
  };
}

const refuse = (): never => {
  throw new PipelineError("the measurement asks no such service", { code: "internal" });
};
const tree = async ({ ref, name, version }: { ref: string; name: string; version: string }) => ({
  ref,
  name,
  version,
  folder: packageRoot,
  importRoots: [""],
  licence: { expression: "MIT", evidence: "", files: [] },
  refused: [],
  requirements: [],
});
const withoutServices: Providers = {
  resolveSource: refuse,
  modelCan: () => [],
  modelLacks: async () => [],
  resolveModel: refuse,
  fetchModel: refuse,
  services: [
    defineService({
      name: "sources",
      place: "node",
      methods: ["fetch", "tree"],
      make: () => ({ api: { fetch: async () => refuse(), tree }, close: async () => undefined }),
    }),
  ],
  loadPrompt: refuse,
};

await main(process.argv.slice(2));
