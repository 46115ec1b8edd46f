import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openLockfile } from "../../pipeline/engine/state/lockfile.js";
import { readYaml } from "../../pipeline/engine/config/located.js";
import { createScriptedModel } from "../../pipeline/models/scripted.js";
import { loadPrompt } from "../../pipeline/contract/prompt-file.js";
import { readSourceList } from "../../pipeline/sources/list.js";
import { parseYaml } from "../../pipeline/system/yaml-file.js";
import { temporaryFolder } from "../support/pipelines.js";

describe("a mistake of YAML is shown where it stands, with what to do:", () => {
  it.each<[what: string, text: string, line: number, column: number, message: RegExp, hint: RegExp]>([
    ["a glob in a list", "include: [**/*.py]\n", 1, 11, /"\*" begins an alias/u, /quote it.*: "\*\*\/\*\.py"/u],
    ["a glob in lines", "include:\n  - **/*.py\n", 2, 5, /"\*" begins an alias/u, /"\*\*\/\*\.py"/u],
    ["an asterisk alone", "name: *\n", 1, 7, /"\*" begins an alias/u, /quote it.*: "\*"/u],
    ["an alias before its anchor", "a: *b\nb: &b 1\n", 1, 4, /no &b stands before it/u, /quote it/u],
    ["an alias inside its anchor", "a: &a [*a]\n", 1, 8, /\*a stands inside what it names/u, /write the value out/u],
    [
      "a pattern that begins with !",
      "exclude:\n  - !no.py\n",
      2,
      5,
      /"!" begins a tag, and !no\.py is none/u,
      /quote it.*: "!no\.py"/u,
    ],
    ["! alone", "a: !\n", 1, 4, /"!" begins a tag/u, /quote it/u],
    ["a type that does not fit", "a: !!int abc\n", 1, 4, /!!int is not of that type/u, /remove the tag/u],
    ["a text that begins with &", "name: &cool stuff\n", 1, 7, /"&" begins an anchor/u, /quote it.*: "&cool stuff"/u],
    ["& in a list", "a: [&x, b]\n", 1, 5, /"&" begins an anchor/u, /quote it.*: "&x"/u],
    ["@ at the beginning", "name: @foo\n", 1, 7, /cannot begin with @/u, /quote it.*: "@foo"/u],
    ["% at the beginning", "name: %x\n", 1, 7, /cannot begin with %/u, /quote it/u],
    ["a backquote", "name: `x`\n", 1, 7, /cannot begin with `/u, /quote it/u],
    [
      "a placeholder without quotes",
      "a: {{code}}\n",
      1,
      5,
      /a mapping stands where the name of a key belongs/u,
      /quote it.*: "\{\{code\}\}"/u,
    ],
    ["a tab", "a:\n\tb: 1\n", 2, 1, /indented with a tab/u, /indent with spaces/u],
    [
      "a key that stands twice",
      "a: 1\nb: 2\na: 3\n",
      3,
      1,
      /Map keys must be unique/u,
      /^a stands in line 1 too; keep one/u,
    ],
    ["a key that stands twice in braces", "x: 1\na: {x: 1, x: 2}\n", 2, 11, /Map keys must be unique/u, /line 2 too/u],
    ["a colon in a text", "name: a: b\n", 1, 7, /a colon and a space/u, /quote it.*: "a: b"/u],
    ["an item that is indented otherwise", "a:\n  - b\n - c\n", 3, 1, /indentation is wrong/u, /indent the items/u],
    [
      "a quotation mark that is not closed",
      'a: 1\nb: "x\n',
      2,
      4,
      /the closing " is missing/u,
      /close the quotation mark/u,
    ],
    ["an apostrophe in single quotes", "a: 'it's'\n", 1, 8, /at node end/u, /write one as ''/u],
    [
      "a path of Windows in double quotes",
      'a: "C:\\Users\\x"\n',
      1,
      7,
      /a backslash begins an escape, and \\U is none/u,
      /single quotes/u,
    ],
    ["a second document", "a: 1\n---\nb: 2\n", 2, 1, /a second document begins/u, /remove the line ---/u],
    ["a list that is not closed", "a: [1, 2\nb: 3\n", 2, 1, /end with a \]/u, /close the bracket/u],
  ])("%s", (_, text, line, column, message, hint) => {
    const error = ((): unknown => {
      try {
        return parseYaml(text, "/x.yaml").value;
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(error).toMatchObject({
      name: "PipelineError",
      code: "config",
      message: expect.stringMatching(/^this is no valid YAML: /u),
      locations: [{ file: "/x.yaml", line, column }],
    });
    expect((error as Error).message).toMatch(message);
    expect((error as { hint?: string }).hint ?? "").toMatch(hint);
  });

  it("all of them at once", () => {
    expect(() => parseYaml("a: [**/*.py]\nb: !no\nc: &d\n", "/x.yaml")).toThrow(
      expect.objectContaining({
        others: [
          expect.objectContaining({ locations: [expect.objectContaining({ line: 2 })] }),
          expect.objectContaining({ locations: [expect.objectContaining({ line: 3 })] }),
        ],
      }),
    );
  });

  it("not what is meant so: anchors that are named, texts in quotes, a type that fits", () => {
    expect(parseYaml('a: &a {x: 1}\nb: *a\nc: ["**/*.py", "!no", \'&x\']\nd: !!str 1\n', "/x.yaml").value).toEqual({
      a: { x: 1 },
      b: { x: 1 },
      c: ["**/*.py", "!no", "&x"],
      d: "1",
    });
  });
});

describe("in every file that is read", () => {
  const glob = "x: [**/*.py]\n";
  const readers: readonly (readonly [string, (file: string, folder: string) => Promise<unknown>])[] = [
    ["a pipeline file", readYaml],
    ["a prompt", loadPrompt],
    [
      "a model's script",
      async (path) => await createScriptedModel("m", { path, sha256: "" }).model.generate({ prompt: "x" }),
    ],
    ["the lock file", async (file, folder) => await openLockfile(file, { update: false, cacheDir: folder })],
  ];

  it.each(readers)("%s", async (_, read) => {
    const folder = await temporaryFolder();
    const file = join(folder, "x.yaml");
    await writeFile(file, glob);
    await expect(read(file, folder)).rejects.toMatchObject({
      code: "config",
      locations: [{ file, line: 1, column: 5 }],
      hint: expect.stringContaining('quote it, where it is a text: "**/*.py"'),
    });
    await writeFile(file, Buffer.from([0x61, 0x3a, 0x0a, 0x62, 0x3a, 0x20, 0xe9, 0x0a]));
    await expect(read(file, folder)).rejects.toMatchObject({
      message: expect.stringContaining("this file is not UTF-8"),
      locations: [{ file, line: 2, column: 4 }],
      hint: expect.stringContaining("save it as UTF-8"),
    });
    await writeFile(file, Buffer.from("a: b\n", "utf16le"));
    await expect(read(file, folder)).rejects.toMatchObject({
      message: expect.stringContaining("UTF-16 without a byte order mark"),
      hint: expect.stringContaining("save it as UTF-8"),
    });
    await writeFile(file, `version https://git-lfs.github.com/spec/v1\noid sha256:${"0".repeat(64)}\nsize 1\n`);
    await expect(read(file, folder)).rejects.toMatchObject({
      message: expect.stringContaining("a pointer of Git LFS"),
      hint: expect.stringContaining("git lfs pull"),
    });
  });

  it.each<[string, (text: string) => Buffer]>([
    ["UTF-8 with a byte order mark", (text) => Buffer.from(`\uFEFF${text}`)],
    ["UTF-16 as Windows writes it", (text) => Buffer.from(`\uFEFF${text}`, "utf16le")],
    ["UTF-16 with its bytes the other way round", (text) => Buffer.from(`\uFEFF${text}`, "utf16le").swap16()],
  ])("%s is read", async (_, encode) => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, "lists"));
    await writeFile(join(folder, "p.yaml"), encode("name: größe\r\nsteps: []\r\n"));
    expect((await readYaml(join(folder, "p.yaml"))).value).toEqual({ name: "größe", steps: [] });
    await writeFile(join(folder, "list.txt"), encode("pypi:toolz\r\n# größe\r\n"));
    expect(await readSourceList("list.txt", folder)).toEqual(["pypi:toolz"]);
  });
});
