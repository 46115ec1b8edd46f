import { expect, it } from "vitest";
import { licencesOf, normaliseLicence, permits } from "../../pipeline/contract/spdx.js";

it.each([
  ["mit", "MIT"],
  ["apache-2.0 or mit", "Apache-2.0 OR MIT"],
  ["MIT AND (Zlib OR ISC)", "MIT AND (Zlib OR ISC)"],
  ["(MIT AND Zlib) AND ISC", "MIT AND Zlib AND ISC"],
  ["GPL-2.0-only with classpath-exception-2.0", "GPL-2.0-only WITH Classpath-exception-2.0"],
  ["LicenseRef-own", "LicenseRef-own"],
  ["GPL-3.0+", "GPL-3.0+"],
  ["BSD", null],
  ["MIT, Apache", null],
  ["", null],
])("%j is written %j", (written, normal) => {
  expect(normaliseLicence(written)).toBe(normal);
});

it("names the licences of an expression", () => {
  expect(licencesOf("MIT AND (Zlib OR mit)")).toEqual(["MIT", "Zlib"]);
  expect(licencesOf("none at all")).toEqual([]);
});

it.each([
  [["MIT"], "MIT", true],
  [["mit"], "MIT", true],
  [["MIT"], "MIT OR GPL-3.0-only", true],
  [["MIT"], "MIT AND GPL-3.0-only", false],
  [["MIT", "Zlib"], "MIT AND (Zlib OR GPL-3.0-only)", true],
  [["GPL-2.0-only"], "GPL-2.0-only WITH Classpath-exception-2.0", true],
  [["GPL-2.0-only WITH Classpath-exception-2.0"], "GPL-2.0-only WITH Classpath-exception-2.0", true],
  [["GPL-2.0-only WITH Classpath-exception-2.0"], "GPL-2.0-only", false],
  [["GPL-3.0-only"], "GPL-3.0-or-later", true],
  [["GPL-3.0-or-later"], "GPL-3.0-only", false],
  [["GPL-3.0"], "GPL-3.0-only", true],
  [["GPL-3.0-only"], "GPL-2.0-or-later", false],
  [["Apache-2.0"], "Apache-2.0+", true],
  [[], "MIT", false],
  [["MIT"], "no expression", false],
] as const)("where %j is allowed, %s: %s", (allowed, expression, answer) => {
  expect(permits(allowed, expression)).toBe(answer);
});
