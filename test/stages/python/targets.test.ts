import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { beforeAll, describe, expect, it } from "vitest";
import { SourceFile } from "../../../pipeline/contract/records.js";
import type { Target } from "../../../stages/python/lib/records.js";
import { targetsOf } from "../../../stages/python/lib/targets.js";

const here = dirname(fileURLToPath(import.meta.url));
const everything = {
  kinds: ["function", "method", "class"],
  private: true,
  maxLines: 10_000,
  minComplexity: 1,
} as const;

/** Modules of the standard library that hold much of what Python's grammar has. */
const modules = [
  "argparse",
  "bisect",
  "calendar",
  "cmd",
  "colorsys",
  "contextlib",
  "copy",
  "dataclasses",
  "difflib",
  "enum",
  "fnmatch",
  "fractions",
  "functools",
  "graphlib",
  "heapq",
  "inspect",
  "numbers",
  "operator",
  "shlex",
  "statistics",
  "string",
  "tempfile",
  "textwrap",
  "typing",
];

describe("targets of the standard library", () => {
  const targets = new Map<string, readonly Target[]>();
  let byAst: Record<string, Record<string, object>>;

  beforeAll(async () => {
    const { stdout: folder } = await execa("python3", ["-c", "import sysconfig; print(sysconfig.get_path('stdlib'))"]);
    const paths = modules.map((module) => join(folder, `${module}.py`));
    byAst = JSON.parse((await execa("python3", [join(here, "by_ast.py"), ...paths])).stdout) as typeof byAst;
    for (const [index, path] of paths.entries()) {
      const source = {
        ref: "folder:stdlib",
        name: "stdlib",
        version: "1",
        licence: "Python-2.0",
        path: `${modules[index] ?? ""}.py`,
      };
      const file = SourceFile.make(
        {
          language: "python",
          role: "code",
          module: modules[index] ?? "",
          encoding: "utf-8",
          text: await readFile(path, "utf8"),
        },
        { source, from: [] },
      );
      targets.set(path, targetsOf(file, everything).targets);
    }
  });

  it("are described as CPython describes them", () => {
    let compared = 0;
    for (const [path, found] of targets) {
      for (const { qualifiedName, docstring, source, isAsync, decorators, returns, parameters } of found) {
        const expected = byAst[path]?.[qualifiedName];
        // What stands inside an `if` or `try` is not in the peer's list.
        if (expected === undefined) continue;
        expect({
          path,
          qualifiedName,
          docstring,
          lines: source?.lines,
          isAsync,
          decorators,
          returns,
          parameters,
        }).toEqual({ path, qualifiedName, ...expected });
        compared += 1;
      }
    }
    expect(compared).toBeGreaterThan(900);
  });

  it("run as modules of their own, from their imports, helpers and code", async () => {
    const functions = [...targets.values()].flat().filter(({ targetKind }) => targetKind !== "method");
    const rebuilt = functions.map(({ name, imports, helpers, code }) => ({
      name,
      code: [...imports, ...helpers, code].join("\n\n"),
    }));
    const { stdout } = await execa("python3", [join(here, "rebuild.py")], { input: JSON.stringify(rebuilt) });
    expect(JSON.parse(stdout)).toEqual({});
    expect(rebuilt.length).toBeGreaterThan(300);
  });

  it("hold a class that works wherever they are methods", async () => {
    const methods = [...targets.values()]
      .flat()
      .filter(
        ({ targetKind, qualifiedName }) =>
          targetKind === "method" &&
          /^(?:Fraction|TextWrapper|TopologicalSorter|SequenceMatcher|shlex)\./u.test(qualifiedName),
      );
    const rebuilt = methods.map(({ qualifiedName, imports, helpers }) => ({
      name: qualifiedName.split(".", 1)[0] ?? "",
      code: [...imports, ...helpers].join("\n\n"),
    }));
    const { stdout } = await execa("python3", [join(here, "rebuild.py")], { input: JSON.stringify(rebuilt) });
    expect(JSON.parse(stdout)).toEqual({});
    expect(rebuilt.length).toBeGreaterThan(40);
  });
});
