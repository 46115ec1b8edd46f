import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { SourceFile } from "../../../pipeline/contract/records.js";
import { createSources } from "../../../pipeline/sources/service.js";
import ingest from "../../../stages/read/ingest.js";
import { type TestContext, serviceContext } from "../../sources/support/context.js";
import { wheelOf } from "../../sources/support/zip.js";
import { runStage } from "../../support/run-stage.js";
import { stageTest } from "../../support/stage-test.js";

const licenceText = (id: string) =>
  readFile(join(import.meta.dirname, `../../sources/licence-texts/${id}.txt`), "utf8");
const mit = await licenceText("MIT");

interface Project {
  readonly context: TestContext;
  /** A folder of the user's; answers its reference. */
  readonly folder: (name: string, files: Readonly<Record<string, string | Buffer>>) => Promise<string>;
  /** A package under a licence; answers its reference. */
  readonly wheel: (
    name: string,
    files: Readonly<Record<string, string>>,
    metadata?: readonly string[],
  ) => Promise<string>;
  readonly run: (options: object, seed?: number) => ReturnType<typeof runStage>;
}

async function project(root?: string): Promise<Project> {
  const context = await serviceContext(new Map(), root);
  return {
    context,
    async folder(name, files) {
      for (const [path, data] of Object.entries(files)) {
        await mkdir(dirname(join(context.baseDir, name, path)), { recursive: true });
        await writeFile(join(context.baseDir, name, path), data);
      }
      return `folder:${name}`;
    },
    async wheel(name, files, metadata = []) {
      const { file, bytes } = wheelOf({ name, version: "1.0", files, metadata });
      await writeFile(join(context.baseDir, file), bytes);
      return `archive:${file}`;
    },
    run: (options, seed = 1) =>
      runStage(ingest, [], options, { seed, services: { sources: createSources(context).api } }),
  };
}

const files = (records: readonly unknown[]) =>
  (records as SourceFile[]).map(({ source, role, module, text }) => ({
    path: source?.path,
    licence: source?.licence,
    role,
    module,
    text,
  }));
const paths = (records: readonly unknown[]) => files(records).map(({ path }) => path);

stageTest(
  ingest,
  () => {
    it("reads the Python files of a source with where they come from", async () => {
      const { folder, run } = await project();
      const ref = await folder("mine", {
        "pkg/__init__.py": "x = 1\r\n",
        "pkg/core.py": "y = 1\n",
        "tests/test_core.py": "def test(): pass\n",
        "docs/conf.py": "",
        "README.md": "",
        "data.bin": "\0",
      });
      const { kept, refused } = await run({ sources: [ref] });
      expect(refused).toEqual([]);
      expect(files(kept)).toEqual([
        { path: "docs/conf.py", licence: "LicenseRef-own", role: "documentation", module: null, text: "" },
        { path: "pkg/__init__.py", licence: "LicenseRef-own", role: "code", module: "pkg", text: "x = 1\n" },
        { path: "pkg/core.py", licence: "LicenseRef-own", role: "code", module: "pkg.core", text: "y = 1\n" },
        {
          path: "tests/test_core.py",
          licence: "LicenseRef-own",
          role: "test",
          module: null,
          text: "def test(): pass\n",
        },
      ]);
      expect(kept[0]).toMatchObject({
        kind: "SourceFile",
        language: "python",
        encoding: "utf-8",
        from: [],
        source: { ref: "folder:mine", name: "mine", version: expect.stringMatching(/^[0-9a-f]{12}$/u) },
      });
    });

    it("keeps the order of the sources, then of the paths' code points, and reads a source once", async () => {
      const { folder, run } = await project();
      const b = await folder("b", { "z.py": "", "Z.py": "", "é.py": "", "a/b.py": "", "a.py": "" });
      const a = await folder("a", { "a.py": "" });
      const { kept } = await run({ sources: [b, a, b] });
      expect(paths(kept)).toEqual(["Z.py", "a.py", "a/b.py", "z.py", "é.py", "a.py"]);
    });

    it("takes what include and exclude say", async () => {
      const { folder, run } = await project();
      const ref = await folder("mine", {
        "pkg/a.py": "",
        "pkg/b.py": "",
        "pkg/_vendor/c.py": "",
        ".hidden/d.py": "",
        "notes.md": "# x",
      });
      expect(
        paths(
          (await run({ sources: [ref], include: ["**/*.py", "*.md"], exclude: ["**/_vendor/**", "pkg/b.py"] })).kept,
        ),
      ).toEqual([".hidden/d.py", "notes.md", "pkg/a.py"]);
    });

    it("refuses files with their reason: size, encoding, links", async () => {
      const { context, folder, run } = await project();
      const ref = await folder("mine", {
        "big.py": "x".repeat(2000),
        "bad.py": Buffer.from([0x27, 0xe9, 0x27]),
        "good.py": "x = 1\n",
        "ok.py": Buffer.from([...Buffer.from("# coding: latin-1\n'"), 0xe9, 0x27]),
      });
      await symlink("/etc/hostname", join(context.baseDir, "mine/link.py"));
      await symlink("good.py", join(context.baseDir, "mine/same.py"));
      const { kept, refused } = await run({ sources: [ref], maxFileSize: 1000 });
      expect(paths(kept)).toEqual(["good.py", "ok.py"]);
      expect(kept[1]).toMatchObject({ encoding: "iso-8859-1", text: "# coding: latin-1\n'é'" });
      expect(refused.map(({ source, path, reason }) => [source, path, reason])).toEqual([
        [ref, "link.py", "link: it has an absolute target"],
        [ref, "bad.py", "encoding: not valid utf-8, and nothing in the file names another encoding"],
        [ref, "big.py", "size: 2000 bytes, more than maxFileSize 1000"],
      ]);
    });

    describe("maxPerSource", () => {
      it("takes so many files of each source, by the seed, and only adds when it grows", async () => {
        const { folder, run } = await project();
        const ref = await folder(
          "mine",
          Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`f${index}.py`, `x = ${index}\n`])),
        );
        const few = await run({ sources: [ref], maxPerSource: 5 });
        const more = await run({ sources: [ref], maxPerSource: 12 });
        expect(few.kept).toHaveLength(5);
        expect(more.kept).toHaveLength(12);
        expect(paths(more.kept)).toEqual(expect.arrayContaining(paths(few.kept)));
        expect(few.refused).toHaveLength(15);
        expect(few.refused[0]?.reason).toBe("maxPerSource: not among the 5 files chosen by the seed");
        expect(paths((await run({ sources: [ref], maxPerSource: 5 }, 2)).kept)).not.toEqual(paths(few.kept));
      });
    });

    describe("licences", () => {
      const code = { "pkg/__init__.py": "x = 1\n" };

      it("let in permissive sources and keep the others out, each as a whole", async () => {
        const { wheel, folder, run } = await project();
        const sources = [
          await wheel("good", { ...code, "good-1.0.dist-info/licenses/LICENSE": mit }),
          await wheel("gpl", code, ["License-Expression: GPL-3.0-or-later"]),
          await wheel("mystery", code),
          await folder("mine", code),
        ];
        const { kept, refused } = await run({ sources });
        expect(files(kept).map(({ licence }) => licence)).toEqual(["MIT", "LicenseRef-own"]);
        expect(refused.map(({ source, path, reason }) => [source, path, reason])).toEqual([
          [sources[1], null, "licence: GPL-3.0-or-later is not among licences (metadata License-Expression)"],
          [sources[2], null, "licence: unknown (neither its metadata nor a licence text names one)"],
        ]);
      });

      it("are those that the option names", async () => {
        const { wheel, run } = await project();
        const sources = [
          await wheel("mpl", code, ["License-Expression: MPL-2.0"]),
          await wheel("choice", code, ["License-Expression: MPL-2.0 OR MIT"]),
          await wheel("mit", code, ["License-Expression: MIT"]),
        ];
        expect(files((await run({ sources, licences: ["mpl-2.0"] })).kept).map(({ licence }) => licence)).toEqual([
          "MPL-2.0",
          "MPL-2.0 OR MIT",
        ]);
      });

      it("may be unknown where the source is allowed by name", async () => {
        const { wheel, run } = await project();
        const sources = [await wheel("mystery", code), await wheel("gpl", code, ["License-Expression: GPL-3.0-only"])];
        const { kept, refused } = await run({ sources, allowUnknownLicence: ["mystery", "gpl"] });
        expect(files(kept).map(({ licence }) => licence)).toEqual(["LicenseRef-unknown"]);
        expect(refused).toMatchObject([{ source: sources[1], path: null }]);
        await expect(run({ sources, allowUnknownLicence: ["mistery"] })).rejects.toMatchObject({
          code: "config",
          hint: expect.stringContaining("mystery, gpl"),
        });
      });

      it("in a file's own header stand above its source's, both ways", async () => {
        const { wheel, folder, run } = await project();
        const sources = [
          await wheel(
            "mit",
            {
              "a.py": "#!/usr/bin/env python\n# SPDX-License-Identifier: GPL-2.0-only\n",
              "b.py": "# Copyright\n#\n# SPDX-License-Identifier: apache-2.0 OR GPL-2.0-only\n\nx = 1\n",
              "c.py": "x = '''\n# SPDX-License-Identifier: GPL-2.0-only\n'''\n",
              "d.py": "# SPDX-License-Identifier: Best-Ever\n",
            },
            ["License-Expression: MIT"],
          ),
          await wheel("gpl", { "e.py": "# SPDX-License-Identifier: ISC\n", "f.py": "" }, [
            "License-Expression: GPL-2.0-only",
          ]),
          await folder("mine", { "g.py": "# SPDX-License-Identifier: GPL-2.0-only\n", "h.py": "" }),
        ];
        const { kept, refused } = await run({ sources });
        expect(files(kept).map(({ path, licence }) => [path, licence])).toEqual([
          ["b.py", "Apache-2.0 OR GPL-2.0-only"],
          ["c.py", "MIT"],
          ["e.py", "ISC"],
          ["h.py", "LicenseRef-own"],
        ]);
        expect(refused.map(({ path, reason }) => [path, reason])).toEqual([
          ["a.py", "licence: GPL-2.0-only is not among licences (its own header)"],
          ["d.py", 'licence: unknown (its header names "Best-Ever")'],
          [null, "licence: GPL-2.0-only is not among licences (metadata License-Expression)"],
          ["g.py", "licence: GPL-2.0-only is not among licences (its own header)"],
        ]);
      });

      it("of folders with a licence text of their own bind beside the source's", async () => {
        const { wheel, folder, run } = await project();
        const bsd = await licenceText("BSD-3-Clause");
        const gpl = await licenceText("GPL-3.0-only");
        const sources = [
          await wheel(
            "app",
            {
              "app/a.py": "",
              "app/LICENSE": mit,
              "app/_vendor/fast/LICENSE": bsd,
              "app/_vendor/fast/b.py": "",
              "app/_vendor/free/COPYING": gpl,
              "app/_vendor/free/c.py": "",
              "app/_vendor/free/d.py": "# SPDX-License-Identifier: MIT\n",
            },
            ["License-Expression: MIT"],
          ),
          await folder("mine", {
            "e.py": "",
            LICENSE: gpl,
            "vendored/LICENSE": gpl,
            "vendored/f.py": "",
            "odd/LICENSE": "Be kind.",
            "odd/g.py": "",
          }),
        ];
        const { kept, refused } = await run({ sources });
        expect(files(kept).map(({ path, licence }) => [path, licence])).toEqual([
          ["app/_vendor/fast/b.py", "MIT AND BSD-3-Clause"],
          ["app/_vendor/free/d.py", "MIT"],
          ["app/a.py", "MIT"],
          ["e.py", "LicenseRef-own"],
          ["odd/g.py", "LicenseRef-own"],
        ]);
        expect(refused.map(({ path, reason }) => [path, reason])).toEqual([
          ["app/_vendor/free/c.py", "licence: GPL-3.0-only is not among licences (app/_vendor/free/COPYING)"],
          ["vendored/f.py", "licence: GPL-3.0-only is not among licences (vendored/LICENSE)"],
        ]);
      });

      it("that let nothing in end the run, with each source's reason and the way on", async () => {
        const { wheel, run } = await project();
        const sources = [await wheel("gpl", code, ["License-Expression: GPL-3.0-only"]), await wheel("mystery", code)];
        await expect(run({ sources })).rejects.toMatchObject({
          code: "licence",
          message: expect.stringMatching(
            /^no source may be used\ngpl: licence: GPL-3\.0-only is not among licences .*\nmystery: licence: unknown/u,
          ),
          hint: expect.stringContaining("allowUnknownLicence"),
        });
      });

      it("are SPDX identifiers", () => {
        const result = ingest.options.safeParse({ sources: ["folder:."], licences: ["MIT", "Apache 2"] });
        expect(result.error?.issues).toMatchObject([
          { path: ["licences", 1], message: '"Apache 2" is not an SPDX licence identifier, such as MIT or Apache-2.0' },
        ]);
      });
    });

    it("says where nothing is left, and why", async () => {
      const { folder, run } = await project();
      await expect(run({ sources: [await folder("mine", { "a.txt": "" })] })).rejects.toMatchObject({
        code: "source",
        message: expect.stringContaining("matches `include`"),
      });
      await expect(run({ sources: [await folder("bad", { "a.py": Buffer.from([0xff]) })] })).rejects.toMatchObject({
        code: "source",
        message: expect.stringContaining("none of the 1 files"),
      });
    });
  },
  await contract(),
);

/** The suite of every stage runs on a small folder. */
async function contract() {
  const root = await mkdtemp(join(tmpdir(), "ingest-"));
  afterAll(async () => rm(root, { recursive: true }));
  const { context, folder } = await project(root);
  const ref = await folder("mine", { "pkg/__init__.py": "x = 1\n", "pkg/bad.py": Buffer.from([0xff]) });
  return {
    inputs: [],
    options: { sources: [ref] },
    surroundings: { services: { sources: createSources(context).api } },
  };
}
