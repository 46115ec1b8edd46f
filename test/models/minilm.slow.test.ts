import { expect, it, onTestFinished } from "vitest";
import { ggufMakers } from "../../pipeline/gguf-makers.js";
import { readCatalogue } from "../../pipeline/engine/config/catalogue.js";
import { resolveModel } from "../../pipeline/models/backends.js";
import { createModels } from "../../pipeline/models/service.js";
import { packageRoot } from "../../pipeline/system/paths.js";
import { serviceContext } from "./context.js";

const zero = new Float32Array();
const functions = {
  "parse a date from a string": "def parse_date(text):\n    return datetime.strptime(text, '%Y-%m-%d').date()",
  "sum of a list of numbers":
    "def total(values):\n    result = 0\n    for value in values:\n        result += value\n    return result",
  "download a web page":
    "def fetch(url):\n    with urllib.request.urlopen(url) as response:\n        return response.read().decode()",
  "sort words by their length": "def by_length(words):\n    return sorted(words, key=len)",
};

it(
  "embeds with all-MiniLM-L6-v2, made into a GGUF file here: each question is nearest to its function",
  { timeout: 900_000 },
  async () => {
    const { minilm } = await readCatalogue(packageRoot, packageRoot);
    const context = serviceContext();
    const resolved = await resolveModel(minilm ?? { source: "none" }, context);
    const models = createModels(context, {
      models: new Map([["minilm", resolved]]),
      threads: 1,
      determinism: "strict",
      makers: ggufMakers,
    });
    onTestFinished(async () => await models.close());
    const model = models.api("minilm", ["embeddings"]);
    const questions = await model.embed(Object.keys(functions));
    const codes = await model.embed(Object.values(functions));
    expect(questions).toMatchObject({ dimensions: 384, pooling: "mean", normalised: true });
    const dot = (one: Float32Array, other: Float32Array) =>
      one.reduce((sum, value, index) => sum + value * (other[index] ?? 0), 0);
    const nearest = questions.vectors.map((question) => {
      const scores = codes.vectors.map((code) => dot(question, code));
      return scores.indexOf(Math.max(...scores));
    });
    expect(nearest).toEqual([0, 1, 2, 3]);
    const alike = (await model.embed(["That is a happy person", "That is a very happy person"])).vectors;
    expect(dot(alike[0] ?? zero, alike[1] ?? zero)).toBeGreaterThan(0.9);
  },
);
