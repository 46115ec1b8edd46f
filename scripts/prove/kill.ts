import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { parseArgs } from "node:util";
import { execa } from "execa";
import { hashValue, sha256 } from "../../pipeline/system/hash.js";
import { packageRoot } from "../../pipeline/system/paths.js";
import { createProcessGroup, type ProcessGroup } from "./process-group.js";

/**
 * Kills a real run with SIGKILL at random moments of every step, starts it again each time, and compares what it leaves
 * with an undisturbed run: every file must be the same, and no process may outlive a kill.
 *
 *   node dist/scripts/prove/kill.js [--pipeline build-dataset] [--times 20] [--seed 1] [--reference FOLDER]
 *
 * --reference takes the `data/<pipeline>` folder of an undisturbed run, which is made first otherwise. Where the
 * outputs differ, both folders stay.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      pipeline: { type: "string", default: "build-dataset" },
      times: { type: "string", default: "20" },
      seed: { type: "string", default: "1" },
      reference: { type: "string" },
    },
  });
  const group = createProcessGroup("prove-kill");
  const work = mkdtempSync(join(tmpdir(), "prove-kill-"));
  try {
    const run: Run = { pipeline: values.pipeline, folder: join(work, "killed"), group };
    const undisturbed = { ...run, folder: join(work, "undisturbed") };
    if (values.reference === undefined) console.log(`undisturbed: ${(await runToTheEnd(undisturbed)).toFixed(1)} s`);
    const reference = values.reference === undefined ? outputs(undisturbed) : resolve(values.reference);

    const left = await killAgainAndAgain(run, Number(values.times), Number(values.seed));
    await runToTheEnd(run);
    const differing = compare(reference, outputs(run));
    console.log(
      differing.length === 0
        ? "outputs: identical, byte for byte"
        : `outputs differ: ${differing.join(", ")}\n  ${reference}\n  ${outputs(run)}`,
    );
    process.exitCode = differing.length === 0 && left.length === 0 ? 0 : 1;
    if (differing.length === 0) rmSync(work, { recursive: true, force: true });
  } finally {
    group.remove();
  }
}

interface Run {
  readonly pipeline: string;
  readonly folder: string;
  readonly group: ProcessGroup;
}

/** Goes through the steps in order, with kills spread evenly over them. Answers the processes that outlived a kill. */
async function killAgainAndAgain(run: Run, times: number, seed: number): Promise<number[]> {
  const steps = (await planOf(run)).map((planned) => planned.step);
  const left: number[] = [];
  for (let kill = 0; kill < times; kill += 1) {
    const step = steps[Math.floor((kill * steps.length) / times)] ?? "";
    // A moment after the step's end is drawn again, sooner; the steps from there on are made to run once more.
    for (let seconds = randomSeconds(seed, kill), killed = false; !killed; seconds /= 4) {
      const { where, survivors } = await killAfter(seconds, step, run);
      killed = where !== null;
      if (!killed) continue;
      left.push(...survivors);
      console.log(
        `kill ${kill + 1}: ${seconds.toFixed(2)} s into ${step}, then at work: ${where}; ${survivors.length} ` +
          `processes left`,
      );
    }
  }
  return left;
}

/** Between 0.02 and 60 seconds, more often short: some steps are quick, and a kill must hit them too. */
function randomSeconds(seed: number, index: number): number {
  const fraction = Number.parseInt(hashValue([seed, index]).slice(0, 8), 16) / 0xffffffff;
  return 0.02 * (60 / 0.02) ** fraction;
}

async function planOf(run: Run): Promise<readonly { readonly step: string; readonly runs: boolean }[]> {
  const { stdout } = await command(run, ["plan", run.pipeline, "--json"]);
  return (JSON.parse(stdout) as { steps: { step: string; runs: boolean }[] }).steps;
}

async function runToTheEnd(run: Run): Promise<number> {
  const started = performance.now();
  const { exitCode, stderr } = await command(run, ["run", run.pipeline, "--json"]);
  if (exitCode !== 0) throw new Error(`the run failed: ${stderr}`);
  return (performance.now() - started) / 1000;
}

/**
 * Kills a run some time after it begins a step. `where`: the step that was at work, null where the run had ended
 * before; `survivors`: the processes that are there five seconds later.
 */
async function killAfter(
  seconds: number,
  step: string,
  run: Run,
): Promise<{ where: string | null; survivors: number[] }> {
  const plan = await planOf(run);
  const steps = plan.map((planned) => planned.step);
  const isFinished = plan.every(({ runs }) => !runs);
  const running = command(run, ["run", run.pipeline, "--json", ...(isFinished ? ["--from", step] : [])]);
  let current: string | null = null;
  let timer: NodeJS.Timeout | undefined;
  for await (const line of running) {
    const event = JSON.parse(line) as { type: string; step?: string };
    if (event.type !== "step-started" || event.step === undefined) continue;
    current = event.step;
    if (steps.indexOf(current) >= steps.indexOf(step))
      timer ??= setTimeout(() => running.kill("SIGKILL"), seconds * 1000);
  }
  clearTimeout(timer);
  const { signal } = await running;
  for (let attempt = 0; attempt < 50 && run.group.members().length > 0; attempt += 1) await wait(100);
  return { where: signal === "SIGKILL" ? current : null, survivors: run.group.members() };
}

function command({ folder, group }: Run, args: readonly string[]) {
  if (!existsSync(folder)) cpSync(join(packageRoot, "config"), join(folder, "config"), { recursive: true });
  const [file, words] = group.enter([process.execPath, join(packageRoot, "dist/pipeline/cli/main.js"), ...args]);
  return execa(file, words, { cwd: folder, reject: false, stdin: "ignore", cleanup: true });
}

function outputs({ folder, pipeline }: Run): string {
  return join(folder, "data", pipeline);
}

function compare(reference: string, other: string): string[] {
  const [before, after] = [hashes(reference), hashes(other)];
  const paths = new Set([...before.keys(), ...after.keys()]);
  return [...paths].filter((path) => before.get(path) !== after.get(path));
}

function hashes(folder: string): Map<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
    statSync(join(folder, name)).isFile(),
  );
  return new Map(names.map((name) => [name, sha256(readFileSync(join(folder, name)))]));
}

await main();
