import { mkdir, rename, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Code, CodeReader } from "../../pipeline/system/code/code.js";
import { temporaryFolder } from "../support/pipelines.js";

interface Project {
  readonly folder: string;
  readonly write: (changed: Readonly<Record<string, string>>) => Promise<void>;
  readonly read: (entry?: string) => Code;
}

/** A folder with files, and the code of one of them as it stands. */
async function project(files: Readonly<Record<string, string>>): Promise<Project> {
  const folder = await temporaryFolder();
  async function write(changed: Readonly<Record<string, string>>): Promise<void> {
    for (const [name, text] of Object.entries(changed)) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), text);
    }
  }
  await write(files);
  return { folder, write, read: (entry = "stage.mjs") => new CodeReader().read([join(folder, entry)], folder) };
}

/** Whether a second text of a module is other code than the first. */
async function differs(first: string, second: string): Promise<boolean> {
  const { read, write } = await project({ "stage.mjs": first });
  const before = read();
  await write({ "stage.mjs": second });
  return JSON.stringify(read()) !== JSON.stringify(before);
}

describe("the hash of a module", () => {
  const code = "export function twice(x) {\n  return x * 2;\n}\n";

  it.each([
    ["a comment", `// What it says.\n${code}/* and more */\n`],
    ["a comment inside", code.replace("x * 2", "x /* times */ * 2 // two\n")],
    ["white space", code.replaceAll(" * ", "*").replaceAll("\n", "\n\n")],
    ["where lines break", "export function twice(\n  x\n)\n{ return x\n*\n2; }"],
    ["a line for the shell", `#!/usr/bin/env node\n${code}`],
    ["line ends of Windows", code.replaceAll("\n", "\r\n")],
  ])("does not depend on %s", async (_, other) => {
    expect(await differs(code, other)).toBe(false);
  });

  it.each([
    ["a value", code, code.replace("2", "3")],
    ["white space in a text", 'export default "a b";', 'export default "a  b";'],
    ["a line break in a template", "export default `a b`;", "export default `a\nb`;"],
    ["what looks like a comment in a text", 'export default "// a";', 'export default "// b";'],
    ["what looks like a comment in a regular expression", "export default /[/*]a/;", "export default /[/*]b/;"],
    ["a break that ends the statement", code, code.replace("return x", "return\nx")],
    ["a word that is split", "export default inner;", "export default in ner;"],
  ])("depends on %s", async (_, one, other) => {
    expect(await differs(one, other)).toBe(true);
  });
});

describe("what a module imports", () => {
  it.each([
    ["an import", 'import { x } from "./helper.mjs";'],
    ["an import for its effects", 'import "./helper.mjs";'],
    ["an export from", 'export * from "./helper.mjs";'],
    ["import()", 'export default async () => await import("./helper.mjs");'],
    ["import() of a template", "export default async () => await import(`./helper.mjs`);"],
    ["a computed import()", "export default async (name) => await import(`./help${name}.mjs`);"],
    [
      "createRequire",
      'import { createRequire } from "node:module";\nconst load = ' +
        'createRequire(import.meta.url);\nload("./helper.mjs");',
    ],
    [
      "createRequire under another name",
      'import { createRequire as make } from "node:module";\nconst load = ' +
        'make(import.meta.url);\nload("./helper.mjs");',
    ],
    [
      "createRequire of a namespace",
      'import module from "node:module";\nconst load = module.createRequire(import.meta.url);\nload("./helper.mjs");',
    ],
    [
      "createRequire on the spot",
      'import { createRequire } from "node:module";\ncreateRequire(import.meta.url)("./helper.mjs");',
    ],
    [
      "a file beside it",
      'import { readFileSync } from "node:fs";\nreadFileSync(new URL("helper.mjs", import.meta.url));',
    ],
    ["import.meta.resolve", 'export default import.meta.resolve("./helper.mjs");'],
    ["a query", 'import "./helper.mjs?fresh";'],
  ])("counts by %s", async (_, text) => {
    const { read, write } = await project({ "stage.mjs": text, "helper.mjs": "export const x = 1;" });
    const before = read();
    expect(Object.keys(before.files)).toEqual(["helper.mjs", "stage.mjs"]);
    await write({ "helper.mjs": "export const x = 2;" });
    expect(read().files["helper.mjs"]).not.toBe(before.files["helper.mjs"]);
    expect(read().files["stage.mjs"]).toBe(before.files["stage.mjs"]);
  });

  it("counts through other files, in circles, in JSON and in CommonJS without a suffix", async () => {
    const { read } = await project({
      "stage.mjs": 'import "./a.mjs";',
      "a.mjs": 'import "./stage.mjs";\nimport "./lib/b.cjs";\nimport rules from "./rules.json" with { type: "json" };',
      "lib/b.cjs": 'require("./c"); require("../more");',
      "lib/c.js": "module.exports = 1;",
      "more/index.js": "module.exports = 2;",
      "rules.json": "[1]",
      "unread.mjs": "export default 1;",
    });
    expect(Object.keys(read().files)).toEqual([
      "a.mjs",
      "lib/b.cjs",
      "lib/c.js",
      "more/index.js",
      "rules.json",
      "stage.mjs",
    ]);
  });

  it("counts by `imports` of its package.json", async () => {
    const { read } = await project({
      "package.json": '{ "name": "mine", "imports": { "#rules": "./src/rules.mjs" } }',
      "stage.mjs": 'import "#rules";',
      "src/rules.mjs": "export default 1;",
    });
    expect(read()).toMatchObject({ files: { "src/rules.mjs": expect.any(String) as string }, packages: {} });
  });

  it("does not count by a call of a method that is called alike, or by a text in a comment", async () => {
    const { read } = await project({
      "stage.mjs":
        '// import "./helper.mjs"\nplugin.require("./helper.mjs"); path.resolve("./helper.mjs"); const text = ' +
        '"./helper.mjs";',
      "helper.mjs": "",
    });
    expect(Object.keys(read().files)).toEqual(["stage.mjs"]);
  });

  it("is a package in a version, wherever it is installed, and one that is missing", async () => {
    const stage =
      'import { z } from "zed"; import deep from "@scope/deep/inner.js"; import fs from "node:fs"; import path from ' +
      '"path";\nconst optional = await import("optional").catch(() => null);';
    const installed = (name: string, version: string) => ({
      [`node_modules/${name}/package.json`]: JSON.stringify({
        name,
        version,
        exports: { ".": { import: "./index.js" }, "./*": "./*" },
      }),
      [`node_modules/${name}/index.js`]: "",
      [`node_modules/${name}/inner.js`]: "",
    });
    const { read, write } = await project({
      "src/stage.mjs": stage,
      ...installed("zed", "1.0.0"),
      ...installed("@scope/deep", "2.0.0"),
    });
    expect(read("src/stage.mjs").packages).toEqual({ "@scope/deep": "2.0.0", optional: "not there", zed: "1.0.0" });
    await write({ ...installed("zed", "1.0.1"), ...installed("optional", "0.1.0") });
    expect(read("src/stage.mjs").packages).toEqual({ "@scope/deep": "2.0.0", optional: "0.1.0", zed: "1.0.1" });
  });

  it("is followed into a package that is linked, whose version stays while somebody works on it", async () => {
    const { folder, read, write } = await project({
      "app/stage.mjs": 'import "tools";',
      "tools/package.json": '{ "name": "tools", "version": "1.0.0", "exports": "./main.js" }',
      "tools/main.js": 'import "./rules.js";',
      "tools/rules.js": "1",
    });
    await mkdir(join(folder, "app/node_modules"));
    await symlink(join(folder, "tools"), join(folder, "app/node_modules/tools"));
    const before = read("app/stage.mjs");
    expect(Object.keys(before.files)).toEqual(["app/stage.mjs", "tools/main.js", "tools/rules.js"]);
    await write({ "tools/rules.js": "2" });
    expect(read("app/stage.mjs").files).not.toEqual(before.files);
  });

  it("may be gone: a file that cannot be found is told from one that can", async () => {
    const { folder, read } = await project({
      "stage.mjs": 'try { await import("./extra.mjs"); } catch {}',
      "extra.mjs": "1",
    });
    const before = read();
    await rename(join(folder, "extra.mjs"), join(folder, "gone.mjs"));
    expect(read()).not.toEqual(before);
  });
});
