import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { configValues } from "../../pipeline/cli/config-text.js";
import { loadPipeline } from "../../pipeline/engine/config/config.js";
import type { Pipeline } from "../../pipeline/engine/config/pipeline.js";
import type { PipelineError } from "../../pipeline/system/errors.js";
import { packageRoot } from "../../pipeline/system/paths.js";
import { stageLibrary } from "../../pipeline/toolkit.js";
import { temporaryFolder } from "../support/pipelines.js";

const everything = `model:
  repo: owner/tester-GGUF
  file: tester-q8_0.gguf
generation:
  n_ctx: 2048
  batch_size: 256
  max_tokens: 900
  temperature: 0.2
  top_p: 0.9
  repeat_penalty: 1.1
hardware:
  n_threads: 3
output:
  default_dir: ./my_tests
prompt:
  template: prompts/mine.yaml
`;

interface Given {
  readonly set?: readonly string[];
  readonly environment?: string;
}

/** Loads a text as config/generate.yaml of a folder that goes when the test ends. */
async function load(text: string, { set = [], environment }: Given = {}): Promise<Pipeline> {
  const cwd = await temporaryFolder();
  await mkdir(join(cwd, "config"));
  await writeFile(join(cwd, "config/generate.yaml"), text);
  return await loadPipeline("generate", { cwd, settings: set, environment, library: stageLibrary });
}

async function mistakes(text: string, given?: Given): Promise<string[]> {
  const error = await load(text, given).then(
    () => undefined,
    (failure: unknown) => failure as PipelineError,
  );
  return error === undefined
    ? []
    : [error, ...error.others].map(({ message, hint, locations: [at] }) =>
        [message, hint ?? "", at === undefined ? "" : `${at.line}:${at.column}:${at.length}`].join(" | "),
      );
}

/** Where the values came from, by path; steps by their ids. */
function origins(pipeline: Pipeline): Record<string, string> {
  const name = (path: readonly (string | number)[]) =>
    (path[0] === "steps" ? [pipeline.steps[Number(path[1])]?.id, ...path.slice(3)] : path).join(".");
  return Object.fromEntries(
    configValues(pipeline).map(({ path, value, origin }) => [name(path), `${JSON.stringify(value)} ${origin}`]),
  );
}

function asking({ steps }: Pipeline): Readonly<Record<string, unknown>> {
  return steps.find(({ id }) => id === "generate")?.options ?? {};
}

describe("the keys that tools for local models share", () => {
  it("stand in a file by themselves: the steps are those that ship", async () => {
    const pipeline = await load(everything);
    const { name, steps, models, threads, testsFolder, baseDir, file } = pipeline;
    const shipped = await loadPipeline(join(packageRoot, "config/generate.yaml"), {
      cwd: "/",
      settings: [],
      environment: undefined,
      library: stageLibrary,
    });
    expect([name, steps.map(({ id }) => id), file]).toEqual([
      shipped.name,
      shipped.steps.map(({ id }) => id),
      join(baseDir, "generate.yaml"),
    ]);
    expect(models).toEqual({
      writer: { source: "hf:owner/tester-GGUF/tester-q8_0.gguf", contextTokens: 2048, batchTokens: 256 },
    });
    expect(asking(pipeline)).toMatchObject({
      model: "writer",
      maxTokens: 900,
      temperature: 0.2,
      topP: 0.9,
      repeatPenalty: 1.1,
      prompt: "prompts/mine.yaml",
      samples: 3,
    });
    expect([threads, testsFolder]).toEqual([3, "./my_tests"]);
  });

  it("say where each value came from", async () => {
    const pipeline = await load(everything, {
      set: ["generate.topP=0.5", "generation.max_tokens=7"],
      environment: "generate.topP=0.4; generate.temperature=0.6",
    });
    expect(origins(pipeline)).toMatchObject({
      "models.writer.source": '"hf:owner/tester-GGUF/tester-q8_0.gguf" generate.yaml:3',
      "models.writer.contextTokens": "2048 generate.yaml:5",
      "generate.maxTokens": "7 --set generation.max_tokens=7",
      "generate.temperature": "0.6 PIPELINE_SET: generate.temperature=0.6",
      "generate.topP": "0.5 --set generate.topP=0.5",
      "generate.repeatPenalty": "1.1 generate.yaml:10",
      "generate.minP": "0.05 default",
      "hardware.n_threads": "3 generate.yaml:12",
      "output.default_dir": '"./my_tests" generate.yaml:14',
    });
    expect(origins(await load("generation: { temperature: 0 }\n"))).toMatchObject({
      "hardware.n_threads": "-1 default",
      "generate.samples": expect.stringMatching(/^3 generate\.yaml:\d+$/u) as string,
    });
  });

  it("hold for the model that the command line names, too", async () => {
    const pipeline = await load(everything, { set: ['generate.model="file:/x/student.gguf"'] });
    expect(asking(pipeline)["model"]).toBe("file:/x/student.gguf");
    expect(pipeline.models["file:/x/student.gguf"]).toEqual({
      source: "file:/x/student.gguf",
      contextTokens: 2048,
      batchTokens: 256,
    });
    expect((await load(everything, { set: ["models.writer.source=file:/x/student.gguf"] })).models["writer"]).toEqual({
      source: "file:/x/student.gguf",
      contextTokens: 2048,
      batchTokens: 256,
    });
  });

  it("are stronger than the steps of their file", async () => {
    const { steps, models, threads } = await load(`name: mine
model: { file: student.gguf }
generation: { temperature: 0, n_ctx: 512 }
hardware: { n_threads: -1 }
steps:
  - { stage: ingest, with: { sources: ["folder:."] } }
  - stage: extract
  - { stage: generate, with: { model: "file:other.gguf", temperature: 1 } }
`);
    expect(steps[2]?.options).toMatchObject({ model: "file:student.gguf", temperature: 0 });
    expect(models).toEqual({ "file:student.gguf": { source: "file:student.gguf", contextTokens: 512 } });
    expect(threads).toBeUndefined();
  });

  it.each([
    ["model: { repo: a/b }\n", ['"model.file" of the pipeline file is missing: expected text |  | 1:8:13']],
    [
      "generation: { temprature: 1 }\n",
      [
        'unknown option "temprature" of "generation" of the pipeline file | Did you mean "temperature"? "generation" ' +
          "takes: n_ctx, batch_size, max_tokens, temperature, top_p, top_k, min_p, repeat_penalty. | 1:15:10",
      ],
    ],
    [
      "generation: { temperature: 9 }\n",
      ['"temperature" of stage "generate": expected number to be <=2, got 9 |  | 1:28:1'],
    ],
    [
      "hardware: { n_threads: 0 }\n",
      ['"hardware.n_threads" of the pipeline file: expected -1 (chosen by the machine), or at least 1 |  | 1:24:1'],
    ],
    [
      "model: { file: x.gguf }\ngeneraton: { top_p: 1 }\n",
      [
        'unknown key "generaton" of the pipeline file | Did you mean "generation"? The pipeline file takes: name, ' +
          "seed, determinism, retries, budget, models, parameters, steps, model, generation, prompt, hardware, " +
          "project, output. | 2:1:9",
      ],
    ],
    [
      "name: a\nmodels:\ngeneration: { top_p: 1 }\nsteps: [{ stage: generate, with: }, null]\n",
      expect.arrayContaining([expect.stringContaining('"models" of the pipeline file')]) as string[],
    ],
    [
      'name: a\ngeneration: { top_p: 1 }\nsteps: [{ stage: ingest, with: { sources: ["folder:."] } }]\n',
      [
        '"generation" says how models are asked, and no step of this file asks one by it | add a step whose stage ' +
          "takes it, such as one that asks a model for tests | 2:1:10",
      ],
    ],
  ])("are checked where they stand: %s", async (text, complaints) => {
    expect(await mistakes(text)).toEqual(complaints);
  });

  it("take a whole text as a template from a file alone", async () => {
    expect(asking(await load("prompt:\n  template: |\n    Test {{name}}.\n"))["prompt"]).toMatch(
      /config\/generate\.yaml$/u,
    );
    expect(await mistakes("hardware: { n_threads: 1 }\n", { set: ["prompt.template='Test {{name}}'"] })).toEqual([
      expect.stringMatching(
        /^prompt\.template cannot be a whole text here: --set prompt\.template=.* \| write it into a file/u,
      ),
    ]);
  });
});
