import { execaSync } from "execa";
import { expect, it } from "vitest";
import { jsonText } from "../../../stages/dataset/lib/files/json-text.js";

const characters = Array.from({ length: 0x3000 }, (_, point) => String.fromCodePoint(point)).join("");
const values = {
  text: `${characters} 漢字 😀 \u2028`,
  'key "quoted"': [[], {}, [1, "a", null], { a: true, b: false }],
  whole: [0, -1, 2 ** 53 - 1, 1e15],
  fractions: [0.1, -2.5, 1e-4, 1.5e-5, 1e-7, 1.25e-300, 123456789.125, 1.5e22, 1e300],
};

it("writes JSON as Python's json.dumps does", () => {
  const program = "import json, sys; sys.stdout.write(json.dumps(json.load(sys.stdin), ensure_ascii=False))";
  const { stdout } = execaSync("python3", ["-c", program], {
    input: JSON.stringify(values),
    env: { PYTHONIOENCODING: "utf-8" },
    stripFinalNewline: false,
  });
  // Python tells 1e22 from 10000000000000000000000, JavaScript does not: what stands with a fraction is one in both.
  expect(jsonText(values, "python")).toBe(stdout);
});

it("writes it without spaces unless told", () => {
  expect(jsonText({ a: [1, "b"] }, "compact")).toBe('{"a":[1,"b"]}');
});
