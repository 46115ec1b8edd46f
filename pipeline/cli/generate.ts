import { join, resolve } from "node:path";
import { type Command, InvalidArgumentError, Option } from "commander";
import { outputsDir, stateDir } from "../engine/config/options.js";
import type { Pipeline } from "../engine/config/pipeline.js";
import { codeOf } from "./generate/code.js";
import { generatePipeline, isByShard } from "./generate/pipeline.js";
import { expectFolder, placeFiles } from "./generate/place.js";
import { placeShardFiles } from "./generate/place-shards.js";
import type { PipelineOptions } from "./generate/settings.js";
import { suites } from "./generate/steps.js";
import { showTargets } from "./generate/targets.js";
import { summaryOf } from "./generate/summary.js";
import { pytestCommand, summaryText } from "./generate/text.js";
import { interruptible } from "./interrupt.js";
import { atLeastOne, type PlaceOptions, withPlace, withSettings } from "./options.js";
import { placeOf } from "./planning.js";
import { type Ran, runAndShow, type ViewOptions, wordsOf } from "./running.js";
import { hasColour, print } from "./terminal.js";

interface Options extends PipelineOptions, PlaceOptions, ViewOptions {
  readonly output?: string;
  readonly stableNames?: boolean;
  readonly force?: boolean;
  readonly dryRun?: boolean;
  /** true: --stream, false: --no-stream */
  readonly stream?: boolean;
}

const defaultFolder = "generated_tests";

export default function define(command: Command): Command {
  return withPlace(withSettings(command.argument("<paths...>", "Python files, or folders that hold some")))
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
      "--kinds <kinds>",
      "unit (functions and classes), e2e (routes of a web application), or unit,e2e; what the pipeline file finds " +
        "unless told",
      kindsIn,
    )
    .option(
      "--targets-per-shard <number>",
      "with --by shard: most functions, classes or routes of one question; sets shard.targetsPerShard",
      atLeastOne,
    )
    .option(
      "--attempts <number>",
      "with --by shard: most questions about a shard; each after the first is about what has no test yet; sets " +
        "generate.attempts",
      atLeastOne,
    )
    .option(
      "--model <model>",
      "who writes: a GGUF file, or pypi:NAME@VERSION, hf:OWNER/REPO/FILE.gguf; sets generate.model",
    )
    .option("--prompt <file>", "how it is asked (YAML); sets generate.prompt")
    .option("--samples <number>", "answers a function; sets generate.samples", atLeastOne)
    .option("--limit <number>", "most functions, chosen by the seed; sets generate.limit", atLeastOne)
    .option("--signature-only", "show the model signature and docstring, not the source; sets generate.show")
    .addOption(new Option("--no-verify", "write what the model wrote, and run nothing of it"))
    .option(
      "--repair <attempts>",
      "answers that the model may try where none of its tests passes; sets verify.repair. Worth it with a model that " +
        "follows instructions",
      atLeastOne,
    )
    .addOption(
      new Option(
        "--values <values>",
        "recorded: where the model expects what the code does not answer, what it answers is written down; own: such " +
          "tests are left out; sets record-values.values",
      ).choices(["recorded", "own"]),
    )
    .option(
      "--explain-values",
      "say behind an assertion what the model had expected, where that was written down otherwise; sets " +
        "write.explainValues",
    )
    .option("--keep-failing", "write tests that fail, too, marked xfail with the reason; sets write.keepFailing")
    .option("--stable-names", "with --by shard: test_unit_01.py instead of test_unit_20261121_153612_01.py")
    .option("--force", "overwrite files that were changed, or that this command did not write")
    .option("--dry-run", "list what would get tests, and how much a model would read; asks no model")
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
    )
    .action(generate);
}

function kindsIn(text: string): (typeof suites)[number][] {
  const kinds = text.split(",").map((kind) => kind.trim());
  const known = suites.filter((suite) => kinds.includes(suite));
  if (known.length === 0 || known.length < new Set(kinds).size)
    throw new InvalidArgumentError("expected unit, e2e, or unit,e2e");
  return known;
}

async function generate(paths: readonly string[], options: Options): Promise<void> {
  const code = await codeOf(paths);
  const pipeline = await generatePipeline(code, options);
  const folder = resolve(options.output ?? pipeline.testsFolder ?? defaultFolder);
  await expectFolder(folder);
  const place = placeOf(options);
  await interruptible(async (signal) => {
    if (options.dryRun === true) return await showTargets(pipeline, { ...place, signal }, options);
    // Nothing is run, so nothing has to be confined.
    const sandbox = options.verify ? place.sandbox : "none";
    const outputs = join(stateDir(place), "outputs", pipeline.name);
    const stream = options.stream ?? (process.stdout.isTTY && options.json !== true);
    const runOptions = { ...place, sandbox, outputs, stream, signal };
    const ran = await runAndShow(
      pipeline,
      runOptions,
      { ...options, quietWhenDone: true },
      resumeWords(paths, options),
    );
    await placeAndTell(ran, { pipeline, from: outputsDir(runOptions, pipeline), folder, root: code.root, options });
  });
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

function resumeWords(paths: readonly string[], options: Options): string[] {
  const {
    output,
    by,
    kinds,
    targetsPerShard,
    attempts,
    stableNames,
    config,
    repair,
    model,
    prompt,
    samples,
    limit,
    signatureOnly,
    verify,
    values,
    explainValues,
    keepFailing,
    force,
    stream,
  } = options;
  const valued = Object.entries({
    "--model": model,
    "--prompt": prompt,
    "--samples": samples,
    "--limit": limit,
    "--config": config,
    "--repair": repair,
    "--values": values,
    "--by": by === "file" ? undefined : by,
    "--kinds": kinds?.join(","),
    "--targets-per-shard": targetsPerShard,
    "--attempts": attempts,
  }).flatMap(([flag, value]) => (value === undefined ? [] : [flag, String(value)]));
  const flags = Object.entries({
    "--signature-only": signatureOnly,
    "--no-verify": !verify,
    "--explain-values": explainValues,
    "--keep-failing": keepFailing,
    "--force": force,
    "--stable-names": stableNames,
    "--stream": stream,
    "--no-stream": stream === false,
  }).flatMap(([flag, isSet]) => (isSet === true ? [flag] : []));
  return [
    "pipeline",
    "generate",
    ...paths,
    ...(output === undefined ? [] : ["-o", output]),
    ...valued,
    ...flags,
    ...wordsOf(options),
  ];
}
