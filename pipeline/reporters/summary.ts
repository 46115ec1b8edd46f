import { createColors } from "picocolors";
import type { RunFinished } from "../contract/events.js";
import { countByCode, inWords } from "../contract/reasons.js";
import { count, counted, duration, nounOf } from "./format.js";
import type { RunProgress } from "./progress.js";

/** How the end of a run is shown. */
export interface SummaryView {
  readonly colour: boolean;
  /** The command that goes on with this run. */
  readonly resume: string;
  /** A command that says by itself what a finished run made. */
  readonly quietWhenDone?: boolean;
}

/** What a run says at its end: what it made, what it left out, and what to do next. Empty while it has not ended. */
export function summarise(progress: RunProgress, { colour, resume, quietWhenDone = false }: SummaryView): string[] {
  const { finished } = progress;
  if (finished === null) return [];
  const paint = createColors(colour);
  if (finished.status === "done") {
    return quietWhenDone
      ? []
      : [
          paint.bold(
            finished.nothingToDo
              ? `Nothing to do: ${stepsBefore(progress)} before.`
              : `Done in ${duration(finished.seconds)}.`,
          ) + result(progress, finished),
          ...outputs(finished),
          ...leftOut(progress),
          ...failed(progress),
          ...next(finished),
        ];
  }
  const stopped = progress.steps.filter(({ status }) => status === "stopped").map(({ step }) => step);
  const verb = finished.status === "failed" ? paint.red(paint.bold("Failed")) : paint.bold("Stopped");
  return [
    `${verb} after ${duration(finished.seconds)}${stopped.length === 0 ? "" : `, in ${stopped.join(" and ")}`}.`,
    ...(progress.run === null ? [] : [`  What is finished is kept. To go on:  ${resume}`]),
  ];
}

function stepsBefore({ steps }: RunProgress): string {
  return steps.length === 1 ? "the step was finished" : `all ${steps.length} steps were finished`;
}

function result({ steps }: RunProgress, { artifacts }: RunFinished): string {
  const dataset = artifacts.filter(({ type, facts }) => type === "dataset" && typeof facts["rows"] === "number");
  const [first] = dataset;
  if (first !== undefined) {
    // Every format holds the same rows: one of them is counted.
    const files = dataset.filter(({ facts }) => facts["format"] === first.facts["format"]);
    const rows = files.map(({ facts }) => ({ split: String(facts["split"]), rows: Number(facts["rows"]) }));
    const total = rows.reduce((sum, each) => sum + each.rows, 0);
    const bySplit = rows.length > 1 ? `: ${rows.map((each) => `${count(each.rows)} ${each.split}`).join(", ")}` : "";
    return `  ${counted(total, "row")}${bySplit}.`;
  }
  const last = steps.at(-1);
  return last === undefined || last.finished === null
    ? ""
    : `  ${last.step}: ${counted(last.finished.out, nounOf(last.writes))}.`;
}

function outputs({ outputs: folder, artifacts }: RunFinished): string[] {
  if (folder === null) return [];
  const names = [
    ...new Set(artifacts.map(({ path }) => (path.includes("/") ? `${path.slice(0, path.indexOf("/"))}/` : path))),
  ];
  return [`  ${folder}/`.padEnd(30) + names.toSorted().join("  ")];
}

const shownReasons = 4;

function leftOut({ steps }: RunProgress): string[] {
  const reasons = countByCode(
    steps.flatMap(({ finished }) => finished?.reasons ?? []).filter(({ type }) => type !== "failed"),
  );
  const total = reasons.reduce((sum, { count: times }) => sum + times, 0);
  if (total === 0) return [];
  const shown = reasons.slice(0, shownReasons).map(({ code, count: times }) => `${count(times)} ${inWords(code)}`);
  const others = reasons.length - shown.length;
  return [
    `  ${count(total)} left out: ${shown.join(", ")}${others > 0 ? `, and ${counted(others, "other reason")}` : ""}  ` +
      `→  pipeline inspect rejects`,
  ];
}

/** What failed is no loss yet: the next run takes it again. */
function failed({ steps }: RunProgress): string[] {
  const reasons = countByCode(
    steps.flatMap(({ finished }) => finished?.reasons ?? []).filter(({ type }) => type === "failed"),
  );
  if (reasons.length === 0) return [];
  const total = steps.reduce((sum, { finished }) => sum + (finished?.failed ?? 0), 0);
  const causes = reasons.map(({ code, count: times }) => `${count(times)} ${inWords(code)}`).join(", ");
  return [
    `  ${count(total)} failed because something around ${total === 1 ? "it" : "them"} broke (${causes}), and ` +
      `${total === 1 ? "is" : "are"} taken ` +
      `again by the next run  →  pipeline failures`,
  ];
}

function next({ outputs: folder, artifacts }: RunFinished): string[] {
  const file = artifacts.find(({ type, path }) => type === "dataset" && /\.(?:jsonl|parquet|csv)$/u.test(path));
  return folder === null || file === undefined ? [] : [`  Next: pipeline inspect ${folder}/${file.path}`];
}
