import type { Command } from "commander";
import { RunLock } from "../engine/run/run-lock.js";
import type { RunRow, StepRow } from "../engine/state/store.js";
import { PipelineError } from "../system/errors.js";
import { count, duration } from "../reporters/format.js";
import { shortPath } from "../reporters/error.js";
import { withStore } from "./results.js";
import { atLeastOne } from "./options.js";
import { table } from "./table.js";
import { print, printJson } from "./terminal.js";

interface Options {
  readonly limit: number;
  readonly json?: boolean;
}

/** `pipeline status`: the runs of this folder, newest first, with the steps of the newest. */
export default function define(command: Command): Command {
  return command
    .argument("[run]", "show the steps of this run; of the newest unless told")
    .option("-n, --limit <number>", "runs to list", atLeastOne, 10)
    .option("--json", "print JSON")
    .action(async (wanted: string | undefined, { limit, json }: Options) => {
      await withStore((store, folder) => {
        const runs = store
          .runs(1000)
          .map((run) =>
            run.status === "running" && !RunLock.isHeld(folder) ? { ...run, status: "killed" as const } : run,
          );
        const chosen = wanted === undefined ? runs[0] : runs.find(({ run }) => run.startsWith(wanted));
        if (wanted !== undefined && chosen === undefined)
          throw new PipelineError(`no run "${wanted}" in this folder`, {
            code: "usage",
            hint: "list the runs: pipeline status",
          });
        const steps = chosen === undefined ? [] : store.steps(chosen.run);
        if (json === true) return printJson({ runs: runs.slice(0, limit), run: chosen?.run ?? null, steps });
        if (chosen === undefined) return print("No runs yet.");
        if (wanted === undefined) print(`${table(runs.slice(0, limit).map(runRow), { indent: "  " })}\n`);
        print(`${chosen.run}  ${chosen.pipeline}  ${shortPath(chosen.file, process.cwd())}`);
        if (chosen.error !== null) print(`  ${chosen.error}`);
        print(stepTable(steps));
        if (wanted === undefined)
          print(`\n${count(store.memoSize())} remembered results (answers of models, verdicts) in .pipeline/state.db`);
      });
    });
}

function runRow({
  run,
  pipeline,
  status,
  started,
  finished,
}: Omit<RunRow, "status"> & { status: RunRow["status"] | "killed" }): string[] {
  const took = finished === null ? "" : duration((Date.parse(finished) - Date.parse(started)) / 1000);
  return [run, pipeline, status, new Date(started).toLocaleString("sv-SE"), took];
}

function stepTable(steps: readonly StepRow[]): string {
  const header = ["step", "in", "used", "dropped", "failed", "skipped", "out", "parts rejected", "refused", "time"];
  const rows = steps.map(
    ({ step, in: taken, used, dropped, failed, skipped, out, rejectedParts, refused, cached, seconds }) => [
      step,
      ...[taken, used, dropped, failed, skipped, out, rejectedParts, refused].map(count),
      cached === 1 ? "finished before" : duration(seconds),
    ],
  );
  return table([header, ...rows], { indent: "  ", right: [1, 2, 3, 4, 5, 6, 7, 8] });
}
