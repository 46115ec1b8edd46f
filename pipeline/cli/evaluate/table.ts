import { readFile } from "node:fs/promises";
import { z } from "zod";
import { PipelineError } from "../../system/errors.js";
import { table } from "../table.js";

const Figure = z.object({
  value: z.number().nullable(),
  low: z.number().nullable(),
  high: z.number().nullable(),
  n: z.number(),
});

type Figure = z.infer<typeof Figure>;

const Counted = z.object({
  expectations: z.number(),
  disagreements: z.number(),
  atBug: z.number(),
  found: z.number(),
  told: z.number(),
  disagreementPrecision: Figure,
  disagreementRecall: Figure,
  disagreementRecallWhereTold: Figure,
});

/** What the table shows of report.json. */
const Report = z.object({
  models: z.record(
    z.string(),
    z
      .object({ aliases: z.array(z.string()), model: z.string().nullable(), values: z.string().nullable() })
      .catchall(z.unknown()),
  ),
  targets: z.array(z.unknown()),
  disagreements: z
    .object({
      bugs: z.record(z.string(), z.object({ programs: z.number(), models: z.record(z.string(), Counted) })),
      list: z.array(
        z.object({
          model: z.string(),
          name: z.string(),
          asked: z.string(),
          expected: z.string(),
          answered: z.string(),
          isBug: z.boolean(),
        }),
      ),
    })
    .nullable(),
});
type Report = z.infer<typeof Report>;

const columns = [
  ["suitePassAt1", "suite pass@1"],
  ["testPassRate", "tests pass"],
  ["salvaged", "salvaged"],
  ["mutationScore", "mutation score"],
  ["bugDetection", "bug detection"],
  ["lineCoverage", "line coverage"],
] as const;

/** Throws a PipelineError (config) where the pipeline left no such file. */
export async function readReport(file: string): Promise<Report> {
  const text = await readFile(file, "utf8").catch(() => undefined);
  if (text === undefined)
    throw new PipelineError("the pipeline wrote no report.json", {
      code: "config",
      hint: "a pipeline for evaluate ends with the stage report; others run with: pipeline run",
    });
  return Report.parse(JSON.parse(text));
}

/** Tokens that each model's answers hold, by its name in the pipeline file. */
export function tokensOf({ models }: Report): ReadonlyMap<string, number> {
  return new Map(
    Object.values(models).flatMap(({ model, values, tokens }) => {
      const { value = null, n = 0 } = Figure.safeParse(tokens).data ?? {};
      return model === null || values !== "own" || value === null ? [] : [[model, value * n] as const];
    }),
  );
}

/**
 * Everyone's main figures, with their intervals, in percent; what disagreement is worth, where models were shown buggy
 * programs.
 */
export function evaluationTable(report: Report): string {
  return [...(hasFigures(report) ? [mainTable(report), valuesTable(report)] : []), disagreementTables(report)]
    .filter((part) => part !== "")
    .join("\n\n");
}

function hasFigures({ models, disagreements }: Report): boolean {
  return disagreements === null || columns.some(([name]) => isCounted(models, name));
}

function isCounted(models: Report["models"], name: string): boolean {
  return Object.values(models).some((model) => (Figure.safeParse(model[name]).data?.n ?? 0) > 0);
}

function mainTable({ models, targets }: Report): string {
  const shown = columns.filter(([name]) => isCounted(models, name));
  const rows = Object.entries(models).map(([model, figures]) => [
    [model, ...figures.aliases].join(" = "),
    ...shown.map(([name]) => cell(Figure.parse(figures[name]))),
  ]);
  return [
    table([["", ...shown.map(([, title]) => title)], ...rows], { right: shown.map((_, index) => index + 1) }),
    `\nPercent of ${targets.length} target${targets.length === 1 ? "" : "s"}, with 95 % intervals.`,
  ].join("\n");
}

/** Each model's own values beside those from the machine; empty where no model has both. */
function valuesTable({ models }: Report): string {
  const shown = columns.filter(
    ([name]) => ["salvaged", "mutationScore", "bugDetection"].includes(name) && isCounted(models, name),
  );
  const rows = Object.entries(models).flatMap(([own, figures]) => {
    const recorded = Object.values(models).find(
      ({ model, values }) => figures.values === "own" && values === "recorded" && model === figures.model,
    );
    return recorded === undefined
      ? []
      : [[own, ...shown.map(([name]) => `${short(figures[name])} | ${short(recorded[name])}`)]];
  });
  return rows.length === 0
    ? ""
    : table([["own values | values from the machine", ...shown.map(([, title]) => title)], ...rows], {
        right: shown.map((_, index) => index + 1),
      });
}

function short(figure: unknown): string {
  const { value } = Figure.parse(figure);
  return value === null ? "–" : percent(value);
}

const origins: Readonly<Record<string, string>> = {
  pair: "with a bug, beside a correct one",
  mutant: "with a small change that known tests notice",
};
const titles = [
  "expectations",
  "disagreements",
  "the bug",
  "precision",
  "bugs pointed at",
  "recall",
  "shown by a call",
  "recall of these",
];

/** A table for each origin of bugs, and the first disagreements that point at one; empty where no program was one. */
function disagreementTables({ disagreements }: Report): string {
  if (disagreements === null) return "";
  const tables = Object.entries(disagreements.bugs).map(([bug, { programs, models }]) =>
    [
      `${programs} program${programs === 1 ? "" : "s"} ${origins[bug] ?? bug}`,
      table([["", ...titles], ...Object.entries(models).map(([model, own]) => [model, ...countedCells(own)])], {
        right: titles.map((_, index) => index + 1),
      }),
    ].join("\n"),
  );
  const first = disagreements.list
    .filter(({ isBug }) => isBug)
    .slice(0, mostListed)
    .map(({ name, model, asked, expected, answered }) => [
      `${name} (${model})`,
      `${asked}: expected ${expected}, the program answers ${answered}`,
    ]);
  const list =
    first.length === 0
      ? []
      : [
          `Disagreements that are the bug, the first of them; all are in report.html:\n` +
            table(first, { indent: "  " }),
        ];
  return [...tables, ...list].join("\n\n");
}

const mostListed = 5;

function countedCells({
  expectations,
  disagreements,
  atBug,
  found,
  told,
  disagreementPrecision,
  disagreementRecall,
  disagreementRecallWhereTold,
}: z.infer<typeof Counted>): string[] {
  return [
    String(expectations),
    String(disagreements),
    String(atBug),
    cell(disagreementPrecision),
    String(found),
    cell(disagreementRecall),
    String(told),
    cell(disagreementRecallWhereTold),
  ];
}

function cell({ value, low, high }: Figure): string {
  return value === null || low === null || high === null
    ? "–"
    : `${percent(value)} [${percent(low)}, ${percent(high)}]`;
}

function percent(value: number): string {
  return (value * 100).toFixed(1);
}
