import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { Model } from "../../pipeline/contract/model.js";
import { resolveModel } from "../../pipeline/models/backends.js";
import { createModels } from "../../pipeline/models/service.js";
import { temporaryFolder } from "../support/pipelines.js";
import { serviceContext } from "./context.js";

async function scripted(text: string): Promise<Model<"tokens">> {
  const baseDir = await temporaryFolder();
  await writeFile(join(baseDir, "model.yaml"), text);
  const context = serviceContext({ baseDir });
  const model = await resolveModel({ source: "scripted:model.yaml" }, context);
  return createModels(context, { models: new Map([["teacher", model]]), determinism: "strict" }).api("teacher", [
    "tokens",
  ]);
}

const script = `
rules:
  - match: /^user. sort the (cats|dogs)/
    answers: [one two three, { text: four five, finish: length }]
  - match: birds
    answers: ["tweet\\n\\nmore"]
default: nothing
`;

it("answers with the first rule that matches, one answer a sample", async () => {
  const model = await scripted(script);
  const ask = async (prompt: string, sample = 0) =>
    (await model.generate({ prompt: [{ role: "user", content: prompt }], sample })).text;
  expect([
    await ask("sort the dogs"),
    await ask("sort the dogs", 1),
    await ask("sort the dogs", 2),
    await ask("birds"),
    await ask("fish"),
  ]).toEqual(["one two three", "four five", "one two three", "tweet\n\nmore", "nothing"]);
});

it("counts words as tokens, cuts at maxTokens and at stop texts, and begins as it is made to", async () => {
  const model = await scripted(script);
  const pieces: string[] = [];
  expect(
    await model.generate(
      { prompt: "user: sort the cats", maxTokens: 2, prefill: "> " },
      { onToken: (piece) => pieces.push(piece) },
    ),
  ).toEqual({
    text: "> one two ",
    finish: "length",
    tokens: { prompt: 4, generated: 2 },
    seconds: 0,
    remembered: false,
  });
  expect(pieces.join("")).toBe("> one two ");
  expect(await model.generate({ prompt: "birds", stop: ["\n\n"] })).toMatchObject({ text: "tweet", finish: "stop" });
  expect(await model.generate({ prompt: "user: sort the cats", sample: 1 })).toMatchObject({ finish: "length" });
  expect(await model.countTokens(["a b", ""])).toEqual([2, 0]);
});

it.each([
  ["rules:\n  - match: /(/\n    answers: [x]\n", { line: 2, column: 12 }, /not a regular expression/u],
  ["rules: [\n", { line: 2 }, /not YAML/u],
])("points at what is wrong with a script", async (text, place, message) => {
  const model = await scripted(text);
  await expect(model.generate({ prompt: "x" })).rejects.toMatchObject({
    code: "config",
    message: expect.stringMatching(message),
    locations: [place],
  });
});

it("says what a script has to hold", async () => {
  const model = await scripted("rules: [{ matches: x, answers: [y] }]\n");
  await expect(model.generate({ prompt: "x" })).rejects.toMatchObject({
    code: "config",
    message: expect.stringContaining("rules[0].match"),
  });
});
