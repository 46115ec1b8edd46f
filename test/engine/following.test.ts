import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { loadPipeline } from "../../pipeline/engine/config/config.js";
import type { PipelineError } from "../../pipeline/system/errors.js";
import { stageLibrary } from "../../pipeline/toolkit.js";
import { temporaryFolder } from "../support/pipelines.js";

const filters = (second: string, third = '"${first.minResponse}"') => `name: small
steps:
  - { stage: ingest, with: { sources: ["folder:."] } }
  - { stage: extract }
  - { stage: mine, from: { targets: extract, files: ingest } }
  - { id: first, stage: filter, with: { minResponse: 3, teachers: [human] } }
  - { id: second, stage: filter, with: { minResponse: ${second}, teachers: "\${first.teachers}" } }
  - { id: third, stage: filter, with: { minResponse: ${third}, teachers: ["\${second.teachers.0}", model] } }
`;

async function load(text: string, settings: readonly string[] = []) {
  const cwd = await temporaryFolder();
  await writeFile(join(cwd, "mine.yaml"), text);
  return await loadPipeline("mine.yaml", { cwd, settings, environment: undefined, library: stageLibrary });
}

async function mistakes(text: string, settings: readonly string[] = []): Promise<(string | number | undefined)[][]> {
  const error = await load(text, settings).then(
    () => undefined,
    (failure: unknown) => failure as PipelineError,
  );
  return error === undefined
    ? []
    : [error, ...error.others].map(({ message, hint, locations }) => [message, hint, locations[0]?.line]);
}

it("an option follows another step's option, however that was set, and through a third", async () => {
  const values = async (settings: string[]) =>
    (await load(filters('"${first.minResponse}"', '"${second.minResponse}"'), settings)).steps
      .slice(-3)
      .map(({ options: { minResponse, teachers } }) => ({ minResponse, teachers }));
  expect(await values([])).toEqual([
    { minResponse: 3, teachers: ["human"] },
    { minResponse: 3, teachers: ["human"] },
    { minResponse: 3, teachers: ["human", "model"] },
  ]);
  expect((await values(["first.minResponse=7"])).map(({ minResponse }) => minResponse)).toEqual([7, 7, 7]);
  expect((await values(["second.minResponse=7"])).map(({ minResponse }) => minResponse)).toEqual([3, 7, 7]);
});

it("what follows no step, nothing that is said, or itself, is shown where it stands", async () => {
  expect(await mistakes(filters('"${frist.minResponse}"'))).toContainEqual([
    "${frist.minResponse} names no step of this pipeline",
    expect.stringContaining('Did you mean "first"?'),
    7,
  ]);
  expect(await mistakes(filters('"${first.minRespons}"'))).toContainEqual([
    '${first.minRespons} names what the step "first" does not say',
    'Did you mean "minResponse"? Write it there; its options are: minResponse, teachers.',
    7,
  ]);
  expect(await mistakes(filters('"${third.minResponse}"', '"${second.minResponse}"'))).toContainEqual([
    "${third.minResponse} follows itself",
    "write a value for one of: ${third.minResponse}, ${second.minResponse}",
    7,
  ]);
});

it("a value that does not fit is told as any other", async () => {
  expect(await mistakes(filters("1"), ["first.minResponse=many"])).toContainEqual([
    expect.stringContaining('"minResponse" of stage "filter"'),
    undefined,
    undefined,
  ]);
});

it("a text that only holds such a thing is a text", async () => {
  const { steps } = await load(filters("1").replace("[human]", '["model:a${first.minResponse}"]'));
  expect(steps.at(-1)?.options).toMatchObject({ teachers: ["model:a${first.minResponse}", "model"] });
});
