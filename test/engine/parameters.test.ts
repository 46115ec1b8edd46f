import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadPipeline } from "../../pipeline/engine/config/config.js";
import type { Pipeline } from "../../pipeline/engine/config/pipeline.js";
import type { PipelineError } from "../../pipeline/system/errors.js";
import { stageLibrary } from "../../pipeline/toolkit.js";
import { temporaryFolder } from "../support/pipelines.js";

const steps = `models:
  one: { source: "scripted:one.yaml" }
steps:
  - { stage: ingest, with: { sources: ["folder:."] } }
  - { id: functions, stage: extract }
  - { stage: ingest, id: project, with: { sources: ["folder:."] } }
  - stage: routes
  - { id: ask, stage: generate, from: [functions, routes], with: { model: [one] } }
  - { id: ask-too, stage: generate, from: functions, with: { model: [two, three] } }
  - { id: check, stage: verify, from: [ask, ask-too] }
  - { stage: dedupe }
`;

/** Loads a pipeline that declares these parameters, with values of them. */
async function load(parameters: string, given: Readonly<Record<string, unknown>> = {}, lender?: string) {
  const cwd = await temporaryFolder();
  await writeFile(join(cwd, "mine.yaml"), `name: mine\n${parameters}\n${steps}`);
  return await loadPipeline("mine.yaml", {
    cwd,
    settings: [],
    environment: undefined,
    library: stageLibrary,
    given: Object.entries(given).map(([name, value]) => ({ name, value, text: `--${name}` })),
    ...(lender !== undefined && { lender }),
  });
}

async function mistakes(parameters: string, given?: Readonly<Record<string, unknown>>): Promise<string[]> {
  const error = await load(parameters, given).then(
    () => undefined,
    (failure: unknown) => failure as PipelineError,
  );
  return error === undefined
    ? []
    : [error, ...error.others].map(({ message, hint, locations: [at] }) =>
        [message, hint ?? "", at === undefined ? "" : `${at.line}:${at.column}:${at.length}`].join(" | "),
      );
}

const option = (pipeline: Pipeline, id: string) => pipeline.steps.find((step) => step.id === id)?.options ?? {};
const wiring = (pipeline: Pipeline) =>
  Object.fromEntries(pipeline.steps.map(({ id, from }) => [id, [...from.values()].flat()]));

describe("a parameter", () => {
  it("sets options of several steps, of all steps of a stage, and of a model", async () => {
    const declared = `parameters:
  model: { sets: models.one.source }
  temperature: { sets: "stage:generate.temperature" }
  limit: { sets: [ask.limit, ask-too.limit] }
  source: { sets: [ingest.sources, project.sources] }
  brief: { sets: { ask.show: { true: signature, false: source } } }`;
    const pipeline = await load(declared, {
      model: "file:x.gguf",
      temperature: 0.7,
      limit: 3,
      source: ["folder:/a"],
      brief: true,
    });
    expect(pipeline.models["one"]).toEqual({ source: "file:x.gguf" });
    expect([option(pipeline, "ask"), option(pipeline, "ask-too")]).toMatchObject([
      { temperature: 0.7, show: "signature" },
      { temperature: 0.7, show: "source" },
    ]);
    expect(pipeline.steps.map(({ limit }) => limit)).toEqual([null, null, null, null, 3, 3, null, null]);
    expect(option(pipeline, "project")["sources"]).toEqual(["folder:/a"]);
    expect(
      pipeline.parameters.map(({ name, type: { kind, isList, reference } }) => [name, kind, isList, reference]),
    ).toEqual([
      ["model", "text", false, "model"],
      ["temperature", "number", false, null],
      ["limit", "integer", false, null],
      ["source", "text", true, "source"],
      ["brief", "boolean", false, null],
    ]);
  });

  it("leaves steps out: what they passed on is read past them, and a source that nothing reads goes too", async () => {
    const declared = `parameters:
  verify: { steps: [check] }
  kinds: { steps: { unit: [functions], e2e: [routes, project] } }`;
    expect(wiring(await load(declared, { verify: false }))["dedupe"]).toEqual(["ask", "ask-too"]);
    expect(wiring(await load(declared, { kinds: ["unit"] }))).toEqual({
      ingest: [],
      functions: ["ingest"],
      ask: ["functions"],
      "ask-too": ["functions"],
      check: ["ask", "ask-too"],
      dedupe: ["check"],
    });
    expect(Object.keys(wiring(await load(declared, { kinds: ["unit", "e2e"], verify: true })))).toHaveLength(8);
  });

  it("divides a list among steps: each item to the step that names it, any other to the first", async () => {
    const declared = "parameters: { models: { divides: [ask.model, ask-too.model] } }";
    const asked = async (...models: string[]) => {
      const pipeline = await load(declared, { models });
      return [option(pipeline, "ask")["model"], option(pipeline, "ask-too")["model"], wiring(pipeline)["check"]];
    };
    expect(await asked("two", "new")).toEqual([["new"], ["two"], ["ask", "ask-too"]]);
    expect(await asked("three", "two")).toEqual([undefined, ["two", "three"], ["ask-too"]]);
    expect(await asked("one")).toEqual([["one"], undefined, ["ask"]]);
  });

  it.each([
    [
      "parameters: { limit: { sets: aks.limit } }",
      [
        'no step "aks" in this file | Did you mean "ask"? Its steps are: ingest, functions, project, routes, ask, ' +
          "ask-too, check, dedupe. | 2:30:9",
      ],
    ],
    [
      "parameters: { limit: { sets: [ask.limt] } }",
      [
        expect.stringMatching(
          /^stage "generate" has no option "limt" \| Did you mean "limit"\? It takes: .* \| 2:31:8$/u,
        ) as string,
      ],
    ],
    [
      "parameters: { model: { sets: models.two.source } }",
      ['no model "two" in this file | Its models are: one. | 2:30:17'],
    ],
    [
      "parameters: { verify: { steps: [chekc] } }",
      [expect.stringMatching(/^no step "chekc" in this file \| Did you mean "check"\? .* \| 2:33:5$/u) as string],
    ],
    [
      "parameters: { both: { sets: [ask.limit, ask.show] } }",
      [
        expect.stringMatching(
          /^the options that this parameter sets take different things: integer and choice .* \| 2:15:4$/u,
        ) as string,
      ],
    ],
    [
      "parameters: { empty: { help: nothing } }",
      ['"parameters.empty" of the pipeline file: expected what it sets: sets: STEP.option |  | 2:22:17'],
    ],
    [
      "parameters: { limit: { stes: ask.limit } }",
      expect.arrayContaining([
        expect.stringMatching(/^unknown option "stes" of "parameters.limit" .* \| Did you mean "\w+"\? /u),
      ]) as string[],
    ],
  ])("is checked where it stands: %s", async (parameters, complaints) => {
    expect(await mistakes(parameters)).toEqual(complaints);
  });

  it("takes no value that means nothing", async () => {
    const declared =
      "parameters: { kinds: { steps: { unit: [functions], e2e: [routes] } }, limit: { sets: ask.limit } }";
    expect(await mistakes(declared, { kinds: ["units"] })).toEqual([
      '"kinds" cannot be "units": --kinds | Did you mean "unit"? It can be: unit, e2e. | ',
    ]);
    expect(await mistakes(declared, { lmit: 3 })).toEqual([
      'this pipeline has no parameter "lmit": --lmit | Did you mean "limit"? Its parameters are: kinds, limit. | ',
    ]);
    expect(await mistakes(declared, { limit: "many" })).toEqual([
      '"limit" of stage "generate": expected a whole number, got the text "many" (set by --limit) |  | ',
    ]);
  });

  it("of a file that ships is lent to one that declares none, as far as it has the steps", async () => {
    const { parameters } = await load("", {}, "build-dataset");
    expect(parameters.map(({ name }) => name)).toEqual(["source"]);
    expect((await load("parameters: {}", {}, "build-dataset")).parameters).toEqual([]);
  });
});
