import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadPipeline } from "../../pipeline/engine/config/config.js";
import type { Pipeline } from "../../pipeline/engine/config/pipeline.js";
import type { PipelineError } from "../../pipeline/system/errors.js";
import { moduleUrl } from "../../pipeline/engine/plan/module-hash.js";
import { packageRoot } from "../../pipeline/system/paths.js";
import { stageLibrary } from "../../pipeline/toolkit.js";
import { temporaryFolder } from "../support/pipelines.js";

interface Given {
  readonly files?: Readonly<Record<string, string>>;
  readonly set?: readonly string[];
  readonly environment?: string;
}

/** Loads a text as the pipeline file of a folder that goes when the test ends. */
async function load(text: string, { files = {}, set = [], environment }: Given = {}): Promise<Pipeline> {
  const cwd = await temporaryFolder();
  for (const [path, content] of Object.entries({ ...files, "mine.yaml": text })) {
    await mkdir(dirname(join(cwd, path)), { recursive: true });
    await writeFile(join(cwd, path), content);
  }
  return await loadPipeline("mine.yaml", { cwd, settings: set, environment, library: stageLibrary });
}

/** The mistakes in a text: message, hint, and "line:column:length" of each. */
async function mistakes(
  text: string,
  given?: Given,
): Promise<{ message: string; hint: string | undefined; at: string[]; exitCode: number }[]> {
  const error = await load(text, given).then(
    () => undefined,
    (failure: unknown) => failure as PipelineError,
  );
  if (error === undefined) return [];
  return [error, ...error.others].map(({ message, hint, locations, exitCode }) => ({
    message,
    hint,
    exitCode,
    at: locations.map(({ line, column, length }) => `${line}:${column}:${length}`),
  }));
}

const small = `name: small
steps:
  - stage: ingest
    with: { sources: ["folder:."] }
  - stage: extract
`;

const scored = `${small}  - { stage: mine, from: { targets: extract, files: ingest } }
  - { stage: score, from: { targets: extract, tests: mine } }
`;

describe("a pipeline file", () => {
  it("is found by its name in config/ of the working folder, and among those that ship", async () => {
    const cwd = await temporaryFolder();
    const options = { cwd, settings: [], environment: undefined, library: stageLibrary };
    expect((await loadPipeline("build-dataset", options)).file).toBe(join(packageRoot, "config/build-dataset.yaml"));
    await mkdir(join(cwd, "config"));
    await writeFile(join(cwd, "config/build-dataset.yaml"), small);
    expect((await loadPipeline("build-dataset", options)).name).toBe("small");
    await expect(loadPipeline("nonsuch", options)).rejects.toMatchObject({
      code: "usage",
      message: 'no pipeline "nonsuch"',
    });
  });

  it("may leave out an input that a stage can do without, and then names no input at all", async () => {
    const wired = async (step: string) => [...((await load(`${scored}  - ${step}\n`)).steps.at(-1)?.from ?? [])];
    expect(await wired("stage: report")).toEqual([["scores", ["score"]]]);
    expect(await wired("{ stage: report, from: [score] }")).toEqual([["scores", ["score"]]]);
    expect(await wired("{ stage: report, from: { scores: score } }")).toEqual([["scores", ["score"]]]);
    const trained =
      "stage: chat\n    from: mine\n  - { stage: train, with: { config: sft.yaml } }\n  - { stage: report, from: { " +
      "scores: score, training: train } }";
    expect(await wired(trained)).toEqual([
      ["scores", ["score"]],
      ["training", ["train"]],
    ]);
  });

  it("names a step by its stage, reads from the step before, and fills in every default", async () => {
    const { seed, determinism, steps } = await load(small);
    expect([seed, determinism]).toEqual([0, "strict"]);
    expect(steps.map(({ id, from, limit }) => [id, [...from], limit])).toEqual([
      ["ingest", [], null],
      ["extract", [["", ["ingest"]]], null],
    ]);
    expect(steps[0]?.options).toMatchObject({ sources: ["folder:."], maxFileSize: expect.any(Number) as number });
  });

  it("wires named inputs, and joins lists in the order written", async () => {
    const { steps } = await load(`${small}  - { stage: mine, from: { files: ingest, targets: extract } }
  - { stage: mine, id: again, from: { files: [ingest], targets: extract } }
  - { stage: dedupe, from: [again, mine] }
`);
    expect(steps.slice(2).map(({ id, from }) => [id, Object.fromEntries(from)])).toEqual([
      ["mine", { targets: ["extract"], files: ["ingest"] }],
      ["again", { targets: ["extract"], files: ["ingest"] }],
      ["dedupe", { "": ["again", "mine"] }],
    ]);
  });

  it("keeps limit from the stage: every step takes it", async () => {
    const { steps } = await load(`${small}    with: { limit: 7 }\n`);
    expect(steps[1]).toMatchObject({ limit: 7 });
    expect(steps[1]?.options).not.toHaveProperty("limit");
  });

  it("knows where each value stands, through lists and aliases", async () => {
    const { steps, origin } = await load(`name: a
steps:
  - stage: ingest
    with:
      sources: &list
        - folder:one
        - folder:two
  - stage: ingest
    id: other
    with: { sources: *list }
`);
    expect(steps[0]?.origin(["sources", 1])).toEqual({
      from: "file",
      location: { file: expect.stringMatching(/mine\.yaml$/u) as string, line: 7, column: 11, length: 10 },
    });
    expect(steps[1]?.origin(["sources", 0])).toMatchObject({ from: "file", location: { line: 6 } });
    expect(steps[1]?.origin(["maxFileSize"])).toEqual({ from: "default" });
    expect(origin(["name"])).toMatchObject({ from: "file", location: { line: 1, column: 7 } });
  });
});

describe("settings", () => {
  it("go before the file, those of the command line before those of the environment", async () => {
    const { seed, steps, origin } = await load(small, {
      set: ["extract.limit=5", "seed=9"],
      environment: "extract.limit=3; seed=1\ningest.maxPerSource=2",
    });
    expect([seed, steps[1]?.limit, steps[0]?.options["maxPerSource"]]).toEqual([9, 5, 2]);
    expect(origin(["seed"])).toEqual({ from: "command line", text: "--set seed=9" });
    expect(steps[0]?.origin(["maxPerSource"])).toEqual({
      from: "environment",
      text: "PIPELINE_SET: ingest.maxPerSource=2",
    });
  });

  it("take YAML values, reach into lists and mappings, and set models", async () => {
    const text = `${small}models: { teacher: { source: "file:a.gguf" } }\n`;
    const { steps, models } = await load(text, {
      set: [
        "ingest.sources.0=pypi:toolz",
        "ingest.licences=[MIT, Apache-2.0]",
        "ingest.sources.1=folder:.",
        "models.teacher.source=file:b.gguf",
      ],
    });
    expect(steps[0]?.options).toMatchObject({ sources: ["pypi:toolz", "folder:."], licences: ["MIT", "Apache-2.0"] });
    expect(models["teacher"]?.source).toBe("file:b.gguf");
  });

  it.each([
    ["extrakt.limit=5", 'no step "extrakt" in this pipeline: --set extrakt.limit=5', /Did you mean "extract"\?/u],
    [
      "ingest.sorces=[a]",
      'unknown option "sorces" of stage "ingest" (set by --set ingest.sorces=[a])',
      /Did you mean "sources"\?/u,
    ],
    [
      "extract.limit=many",
      '"limit" of stage "extract": expected a whole number, got the text "many" (set by --set extract.limit=many)',
      /^$/u,
    ],
    ["sed=1", "a setting without a step names no value of the pipeline: --set sed=1", /Did you mean "seed"\?/u],
    ["models.teacher.source=x", 'no model "teacher" in this pipeline: --set models.teacher.source=x', /none/u],
    ["ingest.sources.7=x", 'a list has no item "7": --set ingest.sources.7=x', /0 to 0/u],
    ["limit", "cannot read the setting --set limit", /STEP\.option=value/u],
    ["seed=[1", "the value of the setting is no YAML: --set seed=[1", /quote/u],
  ])("that name nothing are a mistake in usage: %s", async (set, message, hint) => {
    const [found, ...others] = await mistakes(small, { set: [set] });
    expect(found).toMatchObject({ message, at: [], exitCode: 2 });
    expect(found?.hint ?? "").toMatch(hint);
    expect(others).toEqual([]);
  });
});

describe("a mistake", () => {
  it.each([
    [
      "a misspelt option",
      small.replace("sources", "sorces"),
      'unknown option "sorces" of stage "ingest"',
      "4:13:6",
      /^Did you mean "sources"\? "ingest" takes: sources, /u,
    ],
    [
      "a misspelt key",
      small.replace("name", "nmae"),
      'unknown key "nmae" of the pipeline file',
      "1:1:4",
      /Did you mean "name"\?/u,
    ],
    [
      "a misspelt key of a step",
      small.replace("with", "wiht"),
      'unknown option "wiht" of step 1',
      "4:5:4",
      /Did you mean "with"\?/u,
    ],
    [
      "limit beside with",
      `${small}    limit: 40\n`,
      'unknown option "limit" of step 2',
      "6:5:5",
      /^"limit" belongs under "with": {2}with: \{ limit: 40 \}$/u,
    ],
    [
      "limit at the top",
      `${small}limit: 40\n`,
      'unknown key "limit" of the pipeline file',
      "6:1:5",
      /^"limit" is an option of a step: write it there, under "with": {2}with: \{ limit: 40 \}$/u,
    ],
    [
      "an option beside with",
      small.replace("with: { sources:", "sources: [] #"),
      'unknown option "sources" of step 1',
      "4:5:7",
      /^"sources" is an option of the stage "ingest": it belongs under "with": {2}with: \{ sources: \.\.\. \}$/u,
    ],
    [
      "an option at the top",
      `${small}sources: ["folder:."]\n`,
      'unknown key "sources" of the pipeline file',
      "6:1:7",
      /^"sources" is an option of the stage "ingest": write it in its step, under "with"/u,
    ],
    [
      "a key of a step under with",
      `${small}    with: { from: ingest }\n`,
      'unknown option "from" of stage "extract"',
      "6:13:4",
      /^"from" is a key of the step: it belongs beside "with", not under it$/u,
    ],
    [
      "the step's output under with",
      `${small}    with: { output: x }\n`,
      'unknown option "output" of stage "extract"',
      "6:13:6",
      /belongs beside "with"/u,
    ],
    [
      "a key of a step at the top",
      `${small}from: ingest\n`,
      'unknown key "from" of the pipeline file',
      "6:1:4",
      /^"from" is a key of a step/u,
    ],
    [
      "a key of the pipeline in a step",
      `${small}    seed: 3\n`,
      'unknown option "seed" of step 2',
      "6:5:4",
      /at the top of the file$/u,
    ],
    [
      "a key of the pipeline under with",
      `${small}    with: { determinism: fast }\n`,
      'unknown option "determinism" of stage "extract"',
      "6:13:11",
      /at the top of the file$/u,
    ],
    [
      "an option that belongs deeper",
      `${scored}  - { stage: verify, from: mine, with: { attempts: 2 } }\n`,
      'unknown option "attempts" of stage "verify"',
      "8:42:8",
      /^"attempts" belongs under "repair"$/u,
    ],
    [
      "a key that is gone",
      `${small}allowRemote: true\n`,
      'unknown key "allowRemote" of the pipeline file',
      "6:1:11",
      /^The pipeline file takes: name, seed, determinism, /u,
    ],
    [
      "an unknown stage",
      small.replace("extract", "extrct"),
      'unknown stage "extrct"',
      "5:12:6",
      /Did you mean "extract"\? The stages are: ingest, /u,
    ],
    [
      "a wrong type",
      `${small}    with: { limit: [1] }\n`,
      '"limit" of stage "extract": expected a whole number, got a list',
      "6:20:3",
      /^$/u,
    ],
    [
      "a value that is too small",
      `${small}    with: { limit: 0 }\n`,
      '"limit" of stage "extract": expected number to be >=1, got 0',
      "6:20:1",
      /^$/u,
    ],
    [
      "a value that cannot be chosen",
      `${small}determinism: strikt\n`,
      '"determinism" of the pipeline file cannot be the text "strikt"',
      "6:14:6",
      /Did you mean "strict"\? It can be: strict, fast\./u,
    ],
    [
      "a wrong form",
      `${small}    from: { a: 5 }\n`,
      '"from.a" of step 2: expected text or a list, got 5',
      "6:16:1",
      /^$/u,
    ],
    [
      "an option that is missing",
      small.replace('with: { sources: ["folder:."] }', "with: {}"),
      '"sources" of stage "ingest" is missing: expected a list',
      "4:11:2",
      /^$/u,
    ],
    [
      "two steps of one name",
      `${small}  - stage: extract\n    from: ingest\n`,
      'two steps are called "extract"',
      "6:12:7",
      /id of its own/u,
    ],
    ["a step that is not there", `${small}    from: ingst\n`, 'no step "ingst"', "6:11:5", /Did you mean "ingest"\?/u],
    [
      "a step that comes later",
      `${small}    from: other\n  - { stage: ingest, id: other, with: { sources: ["folder:."] } }\n`,
      'step "other" stands after the step that reads from it',
      "6:11:5",
      /above/u,
    ],
    [
      "a circle",
      `${small}  - { stage: dedupe, from: split }\n  - { stage: split, from: dedupe }\n`,
      "these steps read from each other in a circle: dedupe reads from split reads from dedupe",
      "6:28:5",
      /above/u,
    ],
    [
      "kinds that do not fit",
      `${small}  - stage: dedupe\n`,
      'stage "dedupe" reads Example records, but step "extract" puts out Target records',
      "6:12:6",
      /no step before it puts out Example/u,
    ],
    [
      "a first step that reads",
      "name: a\nsteps:\n  - stage: extract\n",
      'stage "extract" reads SourceFile records, and no step stands before it',
      "3:12:7",
      /ingest/u,
    ],
    [
      "inputs that are not wired",
      `${small}  - stage: mine\n`,
      'stage "mine" reads 2 inputs, and its from has to say which step gives each',
      "6:12:4",
      /from: \{ targets: STEP, files: STEP \}/u,
    ],
    [
      "a required input that is left out",
      `${small}  - { stage: mine, from: { targets: extract } }\n`,
      'input "files" of stage "mine" comes from no step',
      "6:26:20",
      /targets, files/u,
    ],
    [
      "an input that may be left out, alone",
      `${small}  - { stage: report, from: { training: extract } }\n`,
      'input "scores" of stage "report" comes from no step',
      "6:28:21",
      /scores, training/u,
    ],
    [
      "kinds that do not fit an input that may be left out",
      `${scored}  - { stage: report, from: { scores: score, training: extract } }\n`,
      'stage "report" reads Artifact records, but step "extract" puts out Target records',
      "8:55:7",
      /no step before it puts out Artifact/u,
    ],
    [
      "an input that is not there",
      `${small}  - { stage: mine, from: { targets: extract, file: ingest } }\n`,
      'stage "mine" has no input "file"',
      "6:52:6",
      /Did you mean "files"\?/u,
    ],
    [
      "a key that comes twice",
      `${small}name: again\n`,
      "this is no valid YAML: Map keys must be unique",
      "6:1:1",
      /^name stands in line 1 too; keep one of them$/u,
    ],
    ["an empty file", "", "the pipeline file: expected a mapping, got nothing", "1:1:1", /^$/u],
    [
      "a name that is a path",
      small.replace("small", "../up"),
      '"name" of the pipeline file: expected letters, digits, ., - and _, got the text "../up"',
      "1:7:5",
      /^$/u,
    ],
  ])("is shown where it stands: %s", async (_what, text, message, at, hint) => {
    const [found, ...others] = await mistakes(text);
    expect({ ...found, hint: undefined }).toEqual({ message, at: [at], hint: undefined, exitCode: 2 });
    expect(found?.hint ?? "").toMatch(hint);
    expect(others).toEqual([]);
  });

  it("does not hide the others", async () => {
    const found = await mistakes(`name: a b
sed: 1
steps:
  - stage: ingest
    with: { sorces: ["folder:."], maxPerSource: many }
  - stage: extrct
`);
    expect(found.map(({ message }) => message)).toEqual([
      '"name" of the pipeline file: expected letters, digits, ., - and _, got the text "a b"',
      'unknown key "sed" of the pipeline file',
      'unknown option "sorces" of stage "ingest"',
      expect.stringContaining('"maxPerSource" of stage "ingest": expected a whole number'),
      'unknown stage "extrct"',
    ]);
  });
});

describe("a stage of the user's own", () => {
  const contract = moduleUrl(join(packageRoot, "dist/pipeline/contract/index.js"));
  const shout = `import { defineStage, Example, z } from "${contract}";
export default defineStage({
  name: "shout", summary: "Shouts", version: 1, reads: Example, writes: Example, parallel: "record",
  options: z.strictObject({ times: z.int().default(1).describe("How often") }),
  async *run(examples) { yield* examples; },
});\n`;
  const pipeline = (stage: string) =>
    `name: own\nsteps:\n  - { stage: ingest, with: { sources: ["folder:."] } }\n  - stage: extract\n  - { stage: ` +
    `mine, from: { targets: extract, files: ingest } }\n  - stage: ${stage}\n  ` +
    `  with: { times: 2 }\n`;

  it("is named by its path, relative to the pipeline file, and checked like one that ships", async () => {
    const files = { "stages/shout.mjs": shout };
    const { steps } = await load(pipeline("./stages/shout.mjs"), { files, set: ["shout.times=3"] });
    expect(steps[3]).toMatchObject({
      id: "shout",
      options: { times: 3 },
      module: { url: expect.stringMatching(/shout\.mjs$/u) as string, name: null },
    });
    expect(await mistakes(pipeline("./stages/shout.mjs").replace("times", "tims"), { files })).toMatchObject([
      { message: 'unknown option "tims" of stage "shout"', at: ["7:13:4"] },
    ]);
  });

  it("is named by its package", async () => {
    const files = {
      "node_modules/@me/shout/package.json": '{ "type": "module", "exports": "./index.js" }',
      "node_modules/@me/shout/index.js": shout,
    };
    expect((await load(pipeline('"@me/shout"'), { files })).steps[3]).toMatchObject({ id: "shout" });
  });

  it.each([
    ["is not there", {}, 'no file "./shout.mjs" for this stage', /looked for .*shout\.mjs/u],
    [
      "is no stage",
      { "shout.mjs": "export default { name: 'shout' };" },
      "./shout.mjs is no stage: its version must be a whole number",
      /defineStage/u,
    ],
    [
      "has no default export",
      { "shout.mjs": "export const stage = 1;" },
      "./shout.mjs is no stage: it has no default export that is an object",
      /defineStage/u,
    ],
    [
      "does not load",
      { "shout.mjs": 'throw new Error("broken");' },
      "the stage ./shout.mjs cannot be loaded: broken",
      /by itself/u,
    ],
  ])("that %s is a mistake in the file", async (_what, files, message, hint) => {
    const [found] = await mistakes(pipeline("./shout.mjs"), { files });
    expect(found).toMatchObject({ message, at: ["6:12:11"] });
    expect(found?.hint).toMatch(hint);
  });
});
