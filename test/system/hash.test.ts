import canonicalize from "canonicalize";
import { expect, it } from "vitest";
import { canonicalJson } from "../../pipeline/system/hash.js";

class Point {
  readonly x = 1;
}

it.each([
  [null],
  ["é\n\u2028 \uD800"],
  [[1, -0, 1e21, 1.5e-7, true, [], {}]],
  [{ b: 1, a: { d: undefined, c: [undefined, "x"] }, é: 2, "\u{1F600}": 3, "\uFFFD": 4, B: 5 }],
  [{ "10": 1, "9": 2, a: 3 }],
  [{ a: { 1: "one", 0: "nought" } }],
  [new Map([["a", 1]])],
  [{ when: new Date(0), point: new Point() }],
  [{ toJSON: () => ({ b: 1, a: 2 }) }],
  [JSON.parse('{"__proto__": {"b": 1}, "a": 2}')],
  [Object.assign(Object.create(null) as object, { b: 1, a: 2 })],
])("writes canonical JSON as RFC 8785 has it: %j", (value) => {
  expect(canonicalJson(value)).toBe(canonicalize(value));
});

it("refuses what has no JSON form", () => {
  for (const value of [undefined, () => 1, Number.NaN, [Number.POSITIVE_INFINITY], { a: Number.NaN }])
    expect(() => canonicalJson(value)).toThrow(/JSON form|not allowed/u);
});
