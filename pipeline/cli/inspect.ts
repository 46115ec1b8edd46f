import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { Command } from "commander";
import type { StepManifest } from "../engine/state/manifest.js";
import { leftFiles, outputFiles, summarise } from "../engine/state/manifest.js";
import { PipelineError } from "../system/errors.js";
import type { LeftRecord } from "../partition/protocol.js";
import { readRecordFiles } from "../partition/record-file.js";
import { shortPath } from "../reporters/error.js";
import { count, counted } from "../reporters/format.js";
import type { AnyRecord } from "../contract/kind.js";
import type { Query, Rows, TableFiles } from "./query.js";
import { recordText } from "./record-text.js";
import { newestResult, newestResults } from "./results.js";
import { atLeastOne } from "./options.js";
import { table } from "./table.js";
import { print } from "./terminal.js";

interface Options {
  readonly sql?: string;
  readonly limit: number;
  readonly step?: string;
  readonly json?: boolean;
}

/** `pipeline inspect STEP|FILE|rejects`: shows records, or what SQL says of them. */
export default function define(command: Command): Command {
  return command
    .argument("<what>", "a finished STEP, a FILE (.jsonl, .csv, .parquet), or rejects")
    .option("--sql <query>", "ask DuckDB; the table is called records, or rejects; a step has both")
    .option("-n, --limit <number>", "most records to show", atLeastOne, 10)
    .option("--step <step>", "with rejects: of this step alone")
    .option("--json", "print JSON lines")
    .addHelpText(
      "after",
      `
Examples:
  pipeline inspect verify --sql "select source.name, count(*) from records group by all"
  pipeline inspect verify --sql "select path, part->>'code' as test, reason from rejects where code = 'wrong-value'"`,
    )
    .action(async (what: string, options: Options) => {
      if (what === "rejects") await inspectRejects(options);
      else if (/\.\w+$/u.test(what) || existsSync(resolve(what))) await inspectFile(resolve(what), options);
      else await inspectStep((await newestResult(what)).manifest, options);
    });
}

async function inspectStep(manifest: StepManifest, options: Options): Promise<void> {
  const files = outputFiles(manifest);
  if (options.sql !== undefined) {
    const kept: TableFiles = {
      name: "records",
      format: "jsonl",
      paths: files.filter(({ records }) => records > 0).map(({ path }) => path),
      kind: manifest.writes,
    };
    return await answer([kept, rejectsOf([manifest])], options.sql, options);
  }
  const records = readRecordFiles<AnyRecord>(files, options.limit);
  if (options.json !== true)
    print(
      `step ${manifest.step}: ${counted(manifest.counts.out, "record")}` +
        `${records.count < manifest.counts.out ? `, of which the first ${records.count}` : ""}\n`,
    );
  for await (const record of records) print(options.json === true ? JSON.stringify(record) : recordText(record));
}

async function inspectFile(path: string, options: Options): Promise<void> {
  const [, extension = ""] = /\.(\w+)$/u.exec(path) ?? [];
  const format = formats[extension];
  if (!existsSync(path))
    throw new PipelineError(`no file ${path}`, {
      code: "usage",
      hint: "give the path of a file, the name of a finished step (see: pipeline status), or rejects",
    });
  if (format === undefined)
    throw new PipelineError(`cannot look into a .${extension} file: expected .jsonl, .csv or .parquet`, {
      code: "usage",
      hint: "the export writes each of its formats from the same rows",
    });
  const files: TableFiles = { name: "records", format, paths: [path] };
  if (options.sql !== undefined) return await answer([files], options.sql, options);
  const query = await openTables([files]);
  try {
    const total = Number((await query.rows("select count(*) as n from records", 1)).values[0]?.["n"]);
    if (options.json !== true)
      print(
        `${shortPath(path, process.cwd())}: ${counted(total, "row")}` +
          `${total > options.limit ? `, of which the first ${options.limit}` : ""}\n`,
      );
    for (const row of (await query.rows(`select * from records limit ${options.limit}`, options.limit)).values)
      print(options.json === true ? JSON.stringify(row) : recordText(row));
  } finally {
    await query.close();
  }
}

const formats: Readonly<Record<string, TableFiles["format"]>> = { jsonl: "jsonl", csv: "csv", parquet: "parquet" };

async function inspectRejects(options: Options): Promise<void> {
  const [newest] = await newestResults();
  if (newest === undefined)
    throw new PipelineError("no step has finished in this folder yet", {
      code: "usage",
      hint: "see what has run: pipeline status",
    });
  const all = newest.manifests;
  const manifests = options.step === undefined ? all : [(await newestResult(options.step)).manifest];
  if (options.sql !== undefined) return await answer([rejectsOf(manifests)], options.sql, options);
  if (options.json !== true) print(reasonsText(manifests));
  let shown = 0;
  for (const manifest of manifests) {
    for await (const entry of readRecordFiles<LeftRecord>(leftFiles(manifest))) {
      if (shown >= options.limit) return;
      shown += 1;
      print(
        options.json === true
          ? JSON.stringify({ step: manifest.step, ...entry })
          : recordText({ step: manifest.step, ...entry }),
      );
    }
  }
}

function rejectsOf(manifests: readonly StepManifest[]): TableFiles {
  return {
    name: "rejects",
    format: "left",
    paths: manifests.flatMap((manifest) =>
      leftFiles(manifest)
        .filter(({ records }) => records > 0)
        .map(({ path }) => path),
    ),
  };
}

/** Reasons by step, most frequent first. */
function reasonsText(manifests: readonly StepManifest[]): string {
  const rows = manifests.flatMap((manifest) =>
    summarise(manifest).reasons.map(({ type, code, count: times, example }) => [
      manifest.step,
      count(times),
      `${type}: ${code}`,
      cellText(example),
    ]),
  );
  return rows.length === 0 ? "Nothing was left out." : `${table(rows, { right: [1] })}\n`;
}

async function answer(tables: readonly TableFiles[], sql: string, { limit, json }: Options): Promise<void> {
  const query = await openTables(tables);
  try {
    const rows = await query.rows(sql, limit);
    print(json === true ? rows.values.map((row) => JSON.stringify(row)).join("\n") : tableOf(rows));
  } finally {
    await query.close();
  }
}

/** DuckDB is loaded where it is asked: records of a step are shown without it. */
async function openTables(tables: readonly TableFiles[]): Promise<Query> {
  const query = await import("./query.js");
  return await query.openTables(tables);
}

const widestCell = 60;

function tableOf({ columns, values, isCut }: Rows): string {
  const cells = values.map((row) => columns.map(({ name }) => cellText(row[name])));
  const right = columns.flatMap(({ isNumber }, index) => (isNumber ? [index] : []));
  return (
    table([columns.map(({ name }) => name), ...cells], { right }) +
    (isCut ? `\n… and more: --limit shows more than ${values.length}` : "")
  );
}

function cellText(value: unknown): string {
  const text = (typeof value === "string" ? value : (JSON.stringify(value) ?? "")).replaceAll(/\s+/gu, " ");
  return text.length > widestCell ? `${text.slice(0, widestCell - 1)}…` : text;
}
