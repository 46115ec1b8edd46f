import { describe, expect, it } from "vitest";
import { type JsonSchema, schemaGrammar } from "../../../pipeline/contract/grammar/json-schema.js";
import { PipelineError } from "../../../pipeline/system/errors.js";
import { accepts } from "./acceptor.js";

/** Texts that a schema's grammar takes, and texts that it does not. */
const cases: readonly (readonly [string, JsonSchema, readonly string[], readonly string[]])[] = [
  ["anything", true, ['{"a": [1, null]}', '"x"', "-1.5e3", "true"], ["", "nul", "[1,]", "01", '"\n"', '"\\ud800"']],
  [
    "fields in their order, others left out",
    { type: "object", properties: { a: { type: "integer" }, b: { type: "string" }, c: {} }, required: ["b"] },
    ['{"a":1,"b":""}', '{"b": "x","c": null}', '{"b":"x"}', '{\n  "a": 1,\n  "b": "x"\n}'],
    ['{"a":1}', '{"b":"x","a":1}', "{}", '{"b":"x","d":1}', '{"b":1}', '{,"b":"x"}'],
  ],
  [
    "optional fields alone",
    { properties: { a: { type: "null" }, b: { type: "null" } } },
    ["{}", '{"a":null}', '{"b":null}', '{"a":null,"b":null}'],
    ['{"a":null,}', '{"a":null "b":null}', "null"],
  ],
  ["any object", { type: "object" }, ["{}", '{"a":{"b":[]}}'], ["[]"]],
  ["a map", { additionalProperties: { type: "integer" } }, ["{}", '{"a":1,"b":2}'], ['{"a":"b"}']],
  [
    "other fields of another type than those named",
    {
      type: "object",
      properties: { id: { type: "integer" }, it: { type: "integer" } },
      required: ["id"],
      additionalProperties: { type: "string" },
    },
    ['{"id":1}', '{"id":1,"it":2,"item":"x"}', '{"id":1,"":"x","i":"y","ids":"z"}', '{"id":1,"other":"x"}'],
    ['{"id":1,"it":"x"}', '{"id":1,"id":"x"}', '{"other":"x"}', '{"id":1,"\\u0069t":"x"}'],
  ],
  [
    "arrays of so many items",
    { type: "array", items: { type: "boolean" }, minItems: 1, maxItems: 3 },
    ["[true]", "[true, false,true]"],
    ["[]", "[true,true,true,true]", "[1]"],
  ],
  ["arrays of any length", { items: { type: "null" } }, ["[]", "[null]", "[null,null,null]"], ["[1]", "{}"]],
  ["arrays from a length on", { minItems: 2 }, ["[1,2]", '[1,"a",null]'], ["[1]", "[]"]],
  ["no items", { type: "array", maxItems: 0 }, ["[]", "[ ]"], ["[1]"]],
  [
    "tuples",
    { type: "array", prefixItems: [{ type: "integer" }, { type: "string" }], items: false, minItems: 2 },
    ['[1,"a"]'],
    ["[1]", '["a",1]', '[1,"a",2]'],
  ],
  [
    "tuples with more behind them",
    { prefixItems: [{ type: "integer" }], items: { type: "null" } },
    ["[]", "[1]", "[1,null]", "[1,null,null]"],
    ["[null]", "[1,2]"],
  ],
  ["values", { enum: ["a", 1, null, { b: [2] }] }, ['"a"', "1", "null", '{"b":[2]}'], ['"b"', "2"]],
  ["one value", { const: 'say "x"\n' }, ['"say \\"x\\"\\n"'], ['"say"']],
  ["values of a type", { type: "string", enum: ["a", null] }, ['"a"'], ["null"]],
  ["types", { type: ["string", "null"], maxLength: 1 }, ['"a"', "null"], ['"ab"', "1"]],
  ["alternatives", { anyOf: [{ type: "integer" }, { type: "array" }] }, ["1", "[]"], ["1.5", "{}"]],
  [
    "alternatives that exclude each other",
    {
      oneOf: ["cat", "dog"].map((kind) => ({
        type: "object",
        properties: { kind: { const: kind }, [kind]: { type: "integer" } },
        required: ["kind", kind],
      })),
    },
    ['{"kind":"cat","cat":1}', '{"kind":"dog","dog":1}'],
    ['{"kind":"cat","dog":1}'],
  ],
  [
    "itself",
    {
      $ref: "#/$defs/tree",
      $defs: {
        tree: {
          type: "object",
          properties: { value: { type: "integer" }, children: { type: "array", items: { $ref: "#/$defs/tree" } } },
          required: ["value", "children"],
        },
      },
    },
    ['{"value":1,"children":[]}', '{"value":1,"children":[{"value":2,"children":[]}]}'],
    ['{"value":1,"children":[1]}'],
  ],
  ["a single allOf", { allOf: [{ type: "null" }], description: "as pydantic writes it" }, ["null"], ["1"]],
  ["lengths", { type: "string", minLength: 2, maxLength: 3 }, ['"ab"', '"a\\n\\u00e9"', '"𝄞bc"'], ['"a"', '"abcd"']],
  ["integers", { type: "integer" }, ["0", "-7", "123456789012345"], ["1.0", "01", "1e3"]],
  [
    "integers from 5 to 120",
    { type: "integer", minimum: 5, maximum: 120 },
    ["5", "42", "99", "100", "120"],
    ["4", "121", "200", "-5"],
  ],
  ["integers below 3", { type: "integer", exclusiveMaximum: 3 }, ["2", "0", "-100"], ["3", "12"]],
  [
    "integers around zero",
    { type: "integer", minimum: -12, maximum: 7 },
    ["-12", "-9", "-1", "0", "7"],
    ["-13", "8", "-20"],
  ],
  [
    "integers, as zod writes them",
    { type: "integer", minimum: -9007199254740991, maximum: 9007199254740991 },
    ["-1", "5"],
    ["x"],
  ],
  [
    "numbers from 0 to 1",
    { type: "number", minimum: 0, maximum: 1 },
    ["0", "0.25", "1", "1.0"],
    ["1.01", "-0.5", "2", "10"],
  ],
  [
    "numbers above -2, below 2",
    { type: "number", exclusiveMinimum: -2, exclusiveMaximum: 2 },
    ["-1.9", "0", "1.99"],
    ["-2", "2", "2.0", "3"],
  ],
  [
    "numbers above 10",
    { type: "number", exclusiveMinimum: 10 },
    ["10.001", "11", "99.5", "1000"],
    ["10", "10.0", "9.9"],
  ],
  [
    "a pattern",
    { type: "string", pattern: "^[a-c]{2}\\d+(?:-x|\\.y)?$" },
    ['"ab1"', '"cc12-x"', '"aa0.y"'],
    ['"a1"', '"ab"', '"ab1-"'],
  ],
  ["a pattern anywhere", { pattern: "b+" }, ['"abc"', '"b"'], ['"ac"']],
  ["a pattern of what JSON escapes", { pattern: String.raw`^["\\\n]+$` }, ['"\\"\\\\\\n"'], ['"n"', '"""']],
  ["all but some", { pattern: String.raw`^[^\s"]+$` }, ['"aé𝄞"', '"\\\\"'], ['"a b"', '"\\""', '""']],
  ["alternatives of a pattern", { pattern: "^(?:a|b)$|^c" }, ['"a"', '"cd"'], ['"ad"']],
  ["dates", { type: "string", format: "date" }, ['"2024-02-28"', '"2024-12-31"'], ['"2024-02-30"', '"2024-13-01"']],
  ["times", { type: "string", format: "date-time" }, ['"2024-02-28T23:59:59Z"'], ['"2024-02-28"']],
];

describe("the grammar of a schema", () => {
  it.each(cases)("takes %s, and nothing else", (_name, schema, right, wrong) => {
    const grammar = schemaGrammar(schema);
    expect(right.filter((text) => !accepts(grammar, text))).toEqual([]);
    expect(wrong.filter((text) => accepts(grammar, text))).toEqual([]);
  });
});

describe("a schema that answers cannot be held to", () => {
  it.each([
    ["uniqueItems", { type: "array", uniqueItems: true }, 'an answer cannot be held to "uniqueItems"'],
    ["a misspelt keyword", { propertys: {} }, '"propertys"'],
    ["not", { properties: { a: { not: {} } } }, 'at properties.a: an answer cannot be held to "not"'],
    ["multipleOf", { type: "number", multipleOf: 0.5 }, '"multipleOf"'],
    ["an unknown format", { type: "string", format: "phone" }, '"phone" is not known'],
    ["looking ahead", { pattern: "^(?=a)b$" }, 'held to "pattern": (?= looks ahead'],
    ["a broken pattern", { pattern: "(" }, 'held to "pattern": Invalid regular expression'],
    ["a type that is none", { type: "text" }, "at type: expected a type, or several: string"],
    ["a schema that is none", { properties: { a: 1 } }, "at properties.a"],
    ["a field without a schema", { properties: {}, required: ["a"] }, 'properties do not say what "a" is'],
    ["alternatives that overlap", { oneOf: [{ type: "integer" }, { type: "number" }] }, "1 and 2 may both hold"],
    ["a circle", { $ref: "#" }, "leads to itself"],
    [
      "a circle of alternatives",
      { $ref: "#/$defs/a", $defs: { a: { anyOf: [{ $ref: "#/$defs/b" }] }, b: { $ref: "#/$defs/a" } } },
      "leads to itself",
    ],
    ["another file", { $ref: "other.json" }, "is not in the schema itself"],
    ["nothing", false, "false allows nothing"],
    ["an empty range", { type: "integer", minimum: 3, maximum: 2 }, "no number lies between"],
    ["bounds between whole numbers", { type: "number", minimum: 0.5 }, "between whole ones alone"],
    ["too many", { type: "array", minItems: 5000 }, "at most 2000 are counted"],
    ["a type beside anyOf", { type: "object", anyOf: [{}] }, 'held to "type": not beside "anyOf"'],
    ["too deep a nesting", nested(500), "nested too deep"],
    ["far too deep a nesting", { const: nested(20_000) }, "nested too deep"],
  ])("is refused by name: %s", (_name, schema, message) => {
    expect(() => schemaGrammar(schema)).toThrow(PipelineError);
    expect(() => schemaGrammar(schema)).toThrow(message);
  });
});

function nested(times: number): JsonSchema {
  return Array.from({ length: times }).reduce<JsonSchema>((items) => ({ type: "array", items }), true);
}
