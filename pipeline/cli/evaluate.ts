import { copyFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { Command } from "commander";
import { outputsDir } from "../engine/config/options.js";
import type { GivenParameter } from "../engine/config/parameters/given.js";
import { secondsText } from "./evaluate/seconds.js";
import { evaluationTable, readReport, tokensOf } from "./evaluate/table.js";
import { findTestSplit, sourcesOf } from "./evaluate/held-out.js";
import { interruptible } from "./interrupt.js";
import { makePath } from "../system/files/make-path.js";
import { type PlaceOptions, type SettingOptions, withPlace, withSettings } from "./options.js";
import { withFileParameters } from "./parameters.js";
import { placeOf, readPipeline } from "./planning.js";
import { runAndShow, type ViewOptions, wordsOf } from "./running.js";
import { print } from "./terminal.js";

interface Options extends SettingOptions, PlaceOptions, ViewOptions {
  readonly dataset?: string;
  readonly out?: string;
}

const files = ["report.json", "report.html"];
/** The pipeline that is run where none is named, and whose parameters a file has that declares none. */
const shipped = "evaluate";

/**
 * `pipeline evaluate [FILE]`: runs a pipeline that scores models, and prints their figures as a table.
 * @param args what stands behind the name: the file that they name may declare more options
 */
export default async function define(command: Command, args: readonly string[]): Promise<Command> {
  withPlace(withSettings(command.argument("[pipeline]", "a pipeline file, or the NAME of config/NAME.yaml", shipped)))
    .option(
      "--dataset <folder>",
      "an exported dataset, such as data/build-dataset: what its test split is about is what is tested; sets the " +
        "parameter dataset of the file, and source unless --source does",
    )
    .option("-o, --out <folder>", "where to put report.json and report.html, beside the pipeline's outputs")
    .option("--plain", "one line a change, as without a terminal")
    .option("--json", "events as JSON lines");
  const parameters = await withFileParameters(command, args, { lender: shipped, otherwise: shipped, own: ["dataset"] });
  return command.action(async (nameOrFile: string, options: Options) => {
    await evaluate(nameOrFile, { options, given: await parameters.given(), words: parameters.words() });
  });
}

interface Asked {
  readonly options: Options;
  readonly given: readonly GivenParameter[];
  /** The same as words of a command line. */
  readonly words: readonly string[];
}

async function evaluate(nameOrFile: string, { options, given, words }: Asked): Promise<void> {
  const pipeline = await readPipeline(nameOrFile, {
    set: options.set,
    given: [...(await givenByDataset(options, given)), ...given],
    lender: shipped,
  });
  const place = placeOf(options);
  const run = async (signal: AbortSignal) =>
    await runAndShow(pipeline, { ...place, signal }, options, resumeWords(nameOrFile, options, words));
  const { artifacts, steps, generated } = await interruptible(run);
  const report = artifacts.find(({ type, path }) => type === "report" && path.endsWith("report.json"))?.path;
  const file = join(outputsDir(place, pipeline), report ?? "report.json");
  if (options.out !== undefined) await copyReport(dirname(file), resolve(options.out));
  if (options.json === true) return;
  const shown = await readReport(file);
  const seconds = secondsText({ pipeline, steps, generated, tokens: tokensOf(shown) });
  print(`\n${evaluationTable(shown)}${seconds === "" ? "" : `\n\n${seconds}`}`);
}

/**
 * What `--dataset` sets: the rows of the test split, and, unless the command line says it, where their code comes from.
 */
async function givenByDataset({ dataset }: Options, given: readonly GivenParameter[]): Promise<GivenParameter[]> {
  if (dataset === undefined) return [];
  const heldOut = await findTestSplit(dataset);
  const text = `--dataset ${dataset}`;
  const isSaid = given.some(({ name }) => name === "source");
  return [
    { name: "dataset", value: heldOut, text },
    ...(isSaid ? [] : [{ name: "source", value: await sourcesOf(heldOut), text }]),
  ];
}

function resumeWords(nameOrFile: string, options: Options, parameters: readonly string[]): string[] {
  const { dataset, out } = options;
  return [
    "pipeline",
    "evaluate",
    ...(nameOrFile === shipped ? [] : [nameOrFile]),
    ...parameters,
    ...(dataset === undefined ? [] : ["--dataset", dataset]),
    ...(out === undefined ? [] : ["--out", out]),
    ...wordsOf(options),
  ];
}

async function copyReport(outputs: string, folder: string): Promise<void> {
  makePath(folder, "the folder of the report,", "name another folder with --out");
  for (const file of files) await copyFile(join(outputs, file), join(folder, file));
}
