import { basename, dirname, join } from "node:path";
import type { Command } from "commander";
import { leftFiles, type StepManifest } from "../engine/state/manifest.js";
import { suggestion } from "../system/suggest.js";
import { PipelineError } from "../system/errors.js";
import type { LeftRecord } from "../partition/protocol.js";
import { readRecordFiles } from "../partition/record-file.js";
import { packageRoot } from "../system/paths.js";
import { shortPath } from "../reporters/error.js";
import { count, counted } from "../reporters/format.js";
import { newestResults, type RunResults } from "./results.js";
import { print, printJson } from "./terminal.js";

/** What failed in one step for one cause. */
interface Failure {
  readonly step: string;
  /** What broke, as a word that scripts can match. */
  readonly code: string;
  readonly count: number;
  /** One of the inputs that failed, the first by its text. */
  readonly example: Pick<LeftRecord, "record" | "source" | "path" | "reason">;
  readonly fix: string | null;
}

/** `pipeline failures`: the inputs that failed in the newest run of each step, by cause, with what to do. */
export default function define(command: Command): Command {
  return command
    .argument("[pipeline]", "the name of a pipeline; the one that ran last unless told")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      "\nInputs fail where something around them broke: a service, an environment, memory. What is wrong with an " +
        "input itself is in: pipeline inspect rejects",
    )
    .action(async (name: string | undefined, { json }: { readonly json?: boolean }) => {
      const results = await resultsOf(name);
      const failures = (await Promise.all(results.manifests.map(failuresOf))).flat();
      const command = (results.run.command ?? `pipeline run ${nameOf(results.run.file)}`).replace(
        " --accept-failures",
        "",
      );
      const again = `${command} --retry-failed`;
      if (json === true) return printJson({ run: results.run.run, pipeline: results.run.pipeline, failures, again });
      print(`${results.run.pipeline}  run ${results.run.run}`);
      if (failures.length === 0) return print("Nothing failed.");
      for (const { step, counts } of results.manifests.filter(({ counts: { failed } }) => failed > 0)) {
        print(`\n${step}: ${count(counts.failed)} of ${counted(counts.in, "input")} failed`);
        for (const failure of failures.filter((each) => each.step === step)) print(failureText(failure));
      }
      print(`\nTake them again, and nothing else:  ${again}\nGo on without them:  ${command} --accept-failures`);
    });
}

async function resultsOf(name: string | undefined): Promise<RunResults> {
  const all = await newestResults();
  const found = name === undefined ? all[0] : all.find(({ run }) => run.pipeline === name || nameOf(run.file) === name);
  if (found !== undefined) return found;
  const names = all.map(({ run }) => run.pipeline);
  throw new PipelineError(
    name === undefined ? "no step has finished in this folder yet" : `no pipeline "${name}" has run in this folder`,
    {
      code: "usage",
      hint: name === undefined ? "see what has run: pipeline status" : suggestion(name, names, "Those that have are:"),
    },
  );
}

/** The failed inputs of a step by cause, most frequent first. */
async function failuresOf(manifest: StepManifest): Promise<Failure[]> {
  if (manifest.counts.failed === 0) return [];
  const byCode = new Map<string, Failure>();
  for await (const { type, code, record, source, path, reason, fix } of readRecordFiles<LeftRecord>(
    leftFiles(manifest),
  )) {
    if (type !== "failed") continue;
    const before = byCode.get(code);
    const isFirst = before === undefined || reason < before.example.reason;
    const told = isFirst ? { example: { record, source, path, reason }, fix: fix ?? null } : before;
    byCode.set(code, {
      step: manifest.step,
      code,
      count: (before?.count ?? 0) + 1,
      example: told.example,
      fix: told.fix,
    });
  }
  return [...byCode.values()].toSorted((a, b) => b.count - a.count || (a.code < b.code ? -1 : 1));
}

function failureText({ code, count: times, example: { source, path, reason }, fix }: Failure): string {
  const place = [source, path].filter((part) => part !== null).join(" ");
  return [
    `  ${count(times)} × ${code}`,
    `    ${reason.replaceAll("\n", "\n    ")}`,
    ...(place === "" ? [] : [`    ${times === 1 ? "of" : "one of them"}  ${place}`]),
    ...(fix === null ? [] : [`    fix  ${fix.replaceAll("\n", "\n         ")}`]),
  ].join("\n");
}

/** How a user names the pipeline file: one that ships, by its name alone. */
function nameOf(file: string): string {
  return dirname(file) === join(packageRoot, "config") ? basename(file, ".yaml") : shortPath(file, process.cwd());
}
