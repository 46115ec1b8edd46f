import { describe, expect, it } from "vitest";
import { languageOf } from "../../../../stages/read/lib/languages.js";
import { moduleOf, roleOf } from "../../../../stages/read/lib/place.js";

it.each([
  ["pkg/core.py", "code"],
  ["pkg/tests/test_core.py", "test"],
  ["tests/helpers.py", "test"],
  ["test/data/x.py", "test"],
  ["pkg/testing/fixtures.py", "test"],
  ["test_core.py", "test"],
  ["pkg/core_test.py", "test"],
  ["pkg/conftest.py", "test"],
  ["pkg/tests.py", "test"],
  ["pkg/contest.py", "code"],
  ["pkg/latest/core.py", "code"],
  ["pkg/testify.py", "code"],
  ["docs/conf.py", "documentation"],
  ["README.md", "documentation"],
  ["pkg/docs.py", "code"],
])("%s is %s", (path, role) => {
  expect(roleOf(path)).toBe(role);
});

it.each([
  ["a.py", "python"],
  ["a.PYI", "python"],
  ["README.md", "markdown"],
  ["Makefile", "text"],
  ["a.xyz", "text"],
])("%s is written in %s", (path, language) => {
  expect(languageOf(path)).toBe(language);
});

describe("the module of", () => {
  const packages = new Set(["pkg", "src/pkg", "tests"]);
  const moduleIn = (path: string, roots: readonly string[] = [""]) =>
    moduleOf(path, languageOf(path), "utf-8", roots, (folder) => packages.has(folder));

  it.each([
    ["pkg/core.py", [""], "pkg.core"],
    ["pkg/__init__.py", [""], "pkg"],
    ["pkg/sub/__init__.py", [""], "pkg.sub"],
    ["single.py", [""], "single"],
    ["space/pkg/core.py", [""], "space.pkg.core"],
    ["src/pkg/core.py", ["src"], "pkg.core"],
    ["src/pkg/core.py", ["", "src"], "pkg.core"],
    ["tests/test_core.py", [""], "tests.test_core"],
    ["pkg/größe.py", [""], "pkg.größe"],
    ["tests/test_core.py", ["src"], null],
    ["docs/conf.py", [""], null],
    ["examples/demo.py", [""], null],
    ["setup.py", [""], null],
    ["conftest.py", [""], null],
    ["__init__.py", [""], null],
    ["pkg/__main__.py", [""], null],
    ["pkg/my-script.py", [""], null],
    ["pkg/2to3.py", [""], null],
    ["pkg/class.py", [""], null],
    ["pkg/\u03bcm.py", [""], "pkg.\u03bcm"],
    // An import that names it looks for the file above.
    ["pkg/\u00b5m.py", [""], null],
    ["pkg/gro\u0308\u00dfe.py", [""], null],
    ["pkg/core.pyi", [""], null],
    ["pkg/README.md", [""], null],
  ])("%s below %j is %s", (path, roots, module) => {
    expect(moduleIn(path, roots)).toBe(module);
  });

  it("a file in UTF-16 is none: Python does not read it", () => {
    expect(moduleOf("pkg/core.py", "python", "utf-16le", [""], () => true)).toBeNull();
  });
});
