import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { parseArgs } from "node:util";
import { execa } from "execa";
import { hashValue } from "../../pipeline/hash.js";
import { packageRoot } from "../../pipeline/paths.js";
import { createProcessGroup, type ProcessGroup } from "./process-group.js";

/**
 * Kills a real run with SIGKILL at random moments, starts it again each time, and compares what it leaves
 * with an undisturbed run: every file must be the same, and no process may outlive a kill.
 *
 *   node dist/scripts/prove/kill.js [--pipeline build-dataset] [--times 20] [--seed 1] [--reference FOLDER]
 *
 * --reference takes the `data/<pipeline>` folder of an undisturbed run, which is made first otherwise.
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
    const reference = join(work, "reference");
    if (values.reference === undefined) {
      const seconds = await runToTheEnd(values.pipeline, join(work, "undisturbed"), group);
      console.log(`undisturbed: ${seconds.toFixed(1)} s`);
      cpSync(join(work, "undisturbed", "data"), reference, { recursive: true });
    } else {
      cpSync(resolve(values.reference), reference, { recursive: true });
    }
    const folder = join(work, "killed");
    const moments = Array.from({ length: Number(values.times) }, (_, index) => randomSeconds(Number(values.seed), index));
    const left: number[] = [];
    for (const [index, seconds] of moments.entries()) {
      const survivors = await killAfter(seconds, values.pipeline, folder, group);
      left.push(...survivors);
      console.log(`kill ${index + 1} after ${seconds.toFixed(1)} s: ${survivors.length} processes left`);
    }
    await runToTheEnd(values.pipeline, folder, group);
    const differing = compare(reference, values.reference === undefined ? join(folder, "data") : join(folder, "data", values.pipeline));
    console.log(differing.length === 0 ? "outputs: identical, byte for byte" : `outputs differ: ${differing.join(", ")}`);
    process.exitCode = differing.length === 0 && left.length === 0 ? 0 : 1;
  } finally {
    group.remove();
    rmSync(work, { recursive: true, force: true });
  }
}

/** Between 0.3 and 20 seconds, more often short: early steps are quick, and a kill must hit them too. */
function randomSeconds(seed: number, index: number): number {
  const fraction = Number.parseInt(hashValue([seed, index]).slice(0, 8), 16) / 0xffffffff;
  return 0.3 * (20 / 0.3) ** fraction;
}

async function runToTheEnd(pipeline: string, folder: string, group: ProcessGroup): Promise<number> {
  const started = performance.now();
  const { exitCode, stderr } = await start(pipeline, folder, group);
  if (exitCode !== 0) throw new Error(`the run failed: ${stderr}`);
  return (performance.now() - started) / 1000;
}

/** Answers the processes that are still there five seconds after the kill. */
async function killAfter(seconds: number, pipeline: string, folder: string, group: ProcessGroup): Promise<number[]> {
  const running = start(pipeline, folder, group);
  await Promise.race([wait(seconds * 1000), running]);
  running.kill("SIGKILL");
  await running;
  for (let attempt = 0; attempt < 50 && group.members().length > 0; attempt += 1) await wait(100);
  return group.members();
}

function start(pipeline: string, folder: string, group: ProcessGroup) {
  if (!existsSync(folder)) cpSync(join(packageRoot, "config"), join(folder, "config"), { recursive: true });
  const [command, args] = group.enter([process.execPath, join(packageRoot, "dist/pipeline/cli/main.js"), "run", pipeline, "--json"]);
  return execa(command, args, { cwd: folder, reject: false, stdin: "ignore", cleanup: true });
}

function compare(reference: string, other: string): string[] {
  const [before, after] = [hashes(reference), hashes(other)];
  const paths = new Set([...before.keys(), ...after.keys()]);
  return [...paths].filter((path) => before.get(path) !== after.get(path));
}

function hashes(folder: string): Map<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => statSync(join(folder, name)).isFile());
  return new Map(names.map((name) => [name, createHash("sha256").update(readFileSync(join(folder, name))).digest("hex")]));
}

await main();
