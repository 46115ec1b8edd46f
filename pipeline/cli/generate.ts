import { join, resolve } from "node:path";
import { type Command, Option } from "commander";
import { outputsDir, stateDir } from "../engine/config/options.js";
import type { GivenParameter } from "../engine/config/parameters/given.js";
import type { Pipeline } from "../engine/config/pipeline.js";
import { codeOf } from "./generate/code.js";
import { withGenerateParameters } from "./generate/parameters.js";
import { generatePipeline, isByShard, type PipelineOptions, type Way } from "./generate/pipeline.js";
import { expectFolder, placeFiles } from "./generate/place.js";
import { placeShardFiles } from "./generate/place-shards.js";
import { showTargets } from "./generate/targets.js";
import { summaryOf } from "./generate/summary.js";
import { pytestCommand, summaryText } from "./generate/text.js";
import { interruptible } from "./interrupt.js";
import { atLeastOne, type PlaceOptions, withPlace, withSettings } from "./options.js";
import { probe } from "./parameters.js";
import { placeOf } from "./planning.js";
import { type Ran, runAndShow, type ViewOptions, wordsOf } from "./running.js";
import { hasColour, print } from "./terminal.js";

interface Options extends Omit<PipelineOptions, "given">, PlaceOptions, ViewOptions {
  readonly output?: string;
  readonly stableNames?: boolean;
  readonly force?: boolean;
  readonly dryRun?: boolean;
  /** true: --stream, false: --no-stream */
  readonly stream?: boolean;
}

const defaultFolder = "generated_tests";

/**
 * `pipeline generate PATH...`: runs the pipeline that writes tests for code, and puts them into a folder of the user's.
 * @param args what stands behind the name: `--config` and `--by` say which file is run, which may declare more options
 */
export default async function define(command: Command, args: readonly string[]): Promise<Command> {
  withPlace(withSettings(command.argument("<paths...>", "Python files, or folders that hold some")))
    .option(
      "-o, --output <folder>",
      `where the test files go (default: output.default_dir of the file, or else "${defaultFolder}")`,
    )
    .option(
      "--config <file>",
      "a pipeline file, or one with model, generation, prompt, hardware and output alone; config/generate.yaml " +
        "unless told",
    )
    .addOption(
      new Option(
        "--by <unit>",
        "file: one question a function, one test file a source file; shard: one question and one test file for many " +
          "functions at once",
      )
        .choices(["file", "shard"])
        .default("file"),
    )
    .option(
      "--repair <attempts>",
      "answers that the model may try where none of its tests passes; sets the parameter repair of the file. Worth " +
        "it with a model that follows instructions",
      atLeastOne,
    )
    .option("--stable-names", "with --by shard: test_unit_01.py instead of test_unit_20261121_153612_01.py")
    .option("-f, --force", "overwrite files that were changed, or that this command did not write")
    .option("-n, --dry-run", "list what would get tests, and how much a model would read; asks no model")
    .option("--stream", "show what the model writes while it writes it, as on a terminal")
    .option("--no-stream", "show no more than how far it is")
    .option("--plain", "one line a change, as without a terminal")
    .option("--json", 'events as JSON lines, then { type: "generated", files, functions, tests, ... }')
    .addHelpText(
      "after",
      `
It runs config/generate.yaml, or config/generate-shards.yaml with --by shard; see what that says, and where each value
comes from: pipeline config show generate
The code is the project that holds the paths: the nearest folder with pyproject.toml, setup.cfg, setup.py or .git.

Exit code: 0 where a test that passes was written, 1 where none was; with --no-verify, any test.`,
    );
  const { by, config } = probe(command, args).options as Partial<Way>;
  const parameters = await withGenerateParameters(command, {
    by: by ?? "file",
    ...(config !== undefined && { config }),
  });
  return command.action(async (paths: readonly string[], options: Options) => {
    await generate(paths, { options, given: await parameters.given(), words: parameters.words() });
  });
}

interface Asked {
  readonly options: Options;
  readonly given: readonly GivenParameter[];
  /** The same as words of a command line. */
  readonly words: readonly string[];
}

async function generate(paths: readonly string[], { options, given, words }: Asked): Promise<void> {
  const code = await codeOf(paths);
  const pipeline = await generatePipeline(code, { ...options, given });
  const folder = resolve(options.output ?? pipeline.testsFolder ?? defaultFolder);
  await expectFolder(folder);
  const place = placeOf(options);
  await interruptible(async (signal) => {
    if (options.dryRun === true) return await showTargets(pipeline, { ...place, signal }, options);
    // Where nothing is run, nothing has to be confined.
    const sandbox = isUnverified(given) ? "none" : place.sandbox;
    const outputs = join(stateDir(place), "outputs", pipeline.name);
    const stream = options.stream ?? (process.stdout.isTTY && options.json !== true);
    const runOptions = { ...place, sandbox, outputs, stream, signal };
    const view = { ...options, quietWhenDone: true };
    const ran = await runAndShow(pipeline, runOptions, view, resumeWords(paths, options, words));
    await placeAndTell(ran, { pipeline, from: outputsDir(runOptions, pipeline), folder, root: code.root, options });
  });
}

/** --no-verify */
function isUnverified(given: readonly GivenParameter[]): boolean {
  return given.some(({ name, value }) => name === "verify" && value === false);
}

interface Made {
  readonly pipeline: Pipeline;
  /** Folder that the run left the tests in. */
  readonly from: string;
  /** Folder that they go to. */
  readonly folder: string;
  /** Folder of the project. */
  readonly root: string;
  readonly options: Options;
}

async function placeAndTell(ran: Ran, { pipeline, from, folder, root, options }: Made): Promise<void> {
  const names = ran.artifacts.filter(({ type }) => type === "tests").map(({ path }) => path);
  const byShard = isByShard(pipeline);
  const place = { from, folder, force: options.force === true };
  const placed =
    names.length === 0
      ? []
      : byShard
        ? await placeShardFiles(names, { ...place, timestamp: options.stableNames === true ? null : timestampNow() })
        : await placeFiles(names, place);
  const summary = await summaryOf(ran, placed, { pipeline, folder });
  if (options.json === true) print(JSON.stringify({ type: "generated", ...summary }));
  else
    print(
      summaryText(summary, {
        colour: hasColour(process.stdout),
        command: await pytestCommand(root, summary.folder),
        byShard,
      }),
    );
  if (!summary.isUsable) process.exitCode = 1;
}

/** Local time as 20261121_153612: a name sorts by it, and is one that Python can import. */
function timestampNow(): string {
  const now = new Date();
  const two = (value: number) => String(value).padStart(2, "0");
  return (
    `${now.getFullYear()}${two(now.getMonth() + 1)}${two(now.getDate())}_${two(now.getHours())}` +
    `${two(now.getMinutes())}${two(now.getSeconds())}`
  );
}

function resumeWords(paths: readonly string[], options: Options, parameters: readonly string[]): string[] {
  const { output, by, config, repair, stableNames, force, stream } = options;
  const valued = Object.entries({
    "-o": output,
    "--config": config,
    "--repair": repair,
    "--by": by === "file" ? undefined : by,
  }).flatMap(([flag, value]) => (value === undefined ? [] : [flag, String(value)]));
  const flags = Object.entries({
    "--force": force,
    "--stable-names": stableNames,
    "--stream": stream,
    "--no-stream": stream === false,
  }).flatMap(([flag, isSet]) => (isSet === true ? [flag] : []));
  return ["pipeline", "generate", ...paths, ...valued, ...parameters, ...flags, ...wordsOf(options)];
}
