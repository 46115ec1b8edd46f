import { readFile } from "node:fs/promises";
import { z } from "zod";
import { PipelineError } from "../errors.js";
import { table } from "./table.js";

const Figure = z.object({ value: z.number().nullable(), low: z.number().nullable(), high: z.number().nullable(), n: z.number() });

/** What the table shows of report.json. */
const Report = z.object({
  models: z.record(z.string(), z.object({ aliases: z.array(z.string()) }).catchall(z.unknown())),
  targets: z.array(z.unknown()),
});
type Report = z.infer<typeof Report>;

const columns = [
  ["suitePassAt1", "suite pass@1"], ["testPassRate", "tests pass"], ["salvaged", "salvaged"],
  ["mutationScore", "mutation score"], ["bugDetection", "bug detection"], ["lineCoverage", "line coverage"],
] as const;

/** Throws a PipelineError (config) where the pipeline left no such file. */
export async function readReport(file: string): Promise<Report> {
  const text = await readFile(file, "utf8").catch(() => undefined);
  if (text === undefined) throw new PipelineError("the pipeline wrote no report.json", { code: "config", hint: "a pipeline for evaluate ends with the stage report; others run with: pipeline run" });
  return Report.parse(JSON.parse(text));
}

/** Everyone's main figures, with their intervals, in percent. */
export function evaluationTable({ models, targets }: Report): string {
  const shown = columns.filter(([name]) => Object.values(models).some((model) => (Figure.safeParse(model[name]).data?.n ?? 0) > 0));
  const rows = Object.entries(models).map(([model, figures]) => [[model, ...figures.aliases].join(" = "), ...shown.map(([name]) => cell(figures[name]))]);
  return [
    table([["", ...shown.map(([, title]) => title)], ...rows], { right: shown.map((_, index) => index + 1) }),
    `\nPercent of ${targets.length} target${targets.length === 1 ? "" : "s"}, with 95 % intervals.`,
  ].join("\n");
}

function cell(figure: unknown): string {
  const { value, low, high } = Figure.parse(figure);
  return value === null || low === null || high === null ? "–" : `${percent(value)} [${percent(low)}, ${percent(high)}]`;
}

function percent(value: number): string {
  return (value * 100).toFixed(1);
}
