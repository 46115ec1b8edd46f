import { execFileSync } from "node:child_process";
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { sha256 } from "../../pipeline/system/hash.js";
import { resolveSource } from "../../pipeline/sources/resolve.js";
import { createSources } from "../../pipeline/sources/service.js";
import { kept } from "../support/kept.js";
import { type TestContext, serviceContext } from "./support/context.js";
import { type WheelFacts, wheelOf } from "./support/zip.js";

afterEach(() => void vi.unstubAllEnvs());

/** A folder of wheels in place of the index, by pip's own settings. */
async function index(context: TestContext, ...wheels: readonly WheelFacts[]): Promise<string> {
  const folder = join(context.baseDir, "wheels");
  await mkdir(folder, { recursive: true });
  for (const facts of wheels) {
    const { file, bytes } = wheelOf(facts);
    await writeFile(join(folder, file), bytes);
  }
  vi.stubEnv("PIP_NO_INDEX", "1");
  vi.stubEnv("PIP_FIND_LINKS", folder);
  return folder;
}

const demo: WheelFacts = {
  name: "demo_pkg",
  version: "1.0",
  metadata: [
    "License: BSD",
    "Requires-Dist: attrs (>=20)",
    "Requires-Dist: rich; extra == 'color'",
    "Requires-Dist: tomli>=1; python_version < '3.11'",
  ],
  files: { "demo/__init__.py": "x = 1\n", "demo_pkg-1.0.dist-info/licenses/LICENSE": "" },
};

const fetch = (ref: string, context: TestContext) => createSources(context).api.fetch(ref);

describe("a package", () => {
  it("is pinned with its wheel and hash, fetched, and described by its metadata", async () => {
    const context = await serviceContext();
    const text = await readFile(join(import.meta.dirname, "licence-texts/BSD-3-Clause.txt"), "utf8");
    await index(context, { ...demo, files: { ...demo.files, "demo_pkg-1.0.dist-info/licenses/LICENSE": text } });
    const { refs } = await resolveSource("pypi:Demo.Pkg", context);
    expect(refs).toEqual(["pypi:demo-pkg@1.0"]);
    expect(Object.fromEntries(context.pinned)).toEqual({
      "pypi:demo-pkg": { version: "1.0" },
      "pypi:demo-pkg@1.0": { wheel: "demo_pkg-1.0-py3-none-any.whl", sha256: expect.stringMatching(/^[0-9a-f]{64}$/u) },
    });

    const tree = await fetch("pypi:demo-pkg@1.0", context);
    expect(tree).toMatchObject({
      name: "demo-pkg",
      version: "1.0",
      importRoots: [""],
      requirements: ["attrs (>=20)", "tomli>=1; python_version < '3.11'"],
      licence: { expression: "BSD-3-Clause", files: ["demo_pkg-1.0.dist-info/licenses/LICENSE"] },
    });
    expect(await readFile(join(tree.folder, "demo/__init__.py"), "utf8")).toBe("x = 1\n");
  });

  it("stays at its release until the lock file is made anew", async () => {
    const context = await serviceContext();
    await index(context, demo);
    const before = await resolveSource("pypi:demo-pkg", context);
    await index(context, { ...demo, version: "2.0", files: { "demo/__init__.py": "x = 2\n" } });
    expect(await resolveSource("pypi:demo-pkg", context)).toEqual(before);
    const updated = await resolveSource("pypi:demo-pkg", await serviceContext(new Map(), context.baseDir));
    expect(updated.refs).toEqual(["pypi:demo-pkg@2.0"]);
    expect(updated.hash).not.toBe(before.hash);
  });

  it("asks no one where the lock file and the cache know it", async () => {
    const context = await serviceContext();
    await index(context, demo);
    const { refs } = await resolveSource("pypi:demo-pkg", context);
    vi.stubEnv("PATH", "/nonexistent");
    expect((await resolveSource("pypi:demo-pkg", context)).refs).toEqual(refs);
    expect(await fetch("pypi:demo-pkg", context)).toMatchObject({ version: "1.0" });
  });

  it("is downloaded again where the cache was emptied or damaged, by its hash", async () => {
    const context = await serviceContext();
    const wheels = await index(context, demo);
    const { folder } = await fetch("pypi:demo-pkg@1.0", context);
    const { sha256: hash } = context.pinned.get("pypi:demo-pkg@1.0") as { sha256: string };
    const cached = join(context.cacheDir, "downloads", hash, "demo_pkg-1.0-py3-none-any.whl");
    expect(sha256(await readFile(cached))).toBe(hash);
    await writeFile(cached, "damaged");
    await rm(join(context.stateDir, "sources"), { recursive: true });
    expect((await fetch("pypi:demo-pkg@1.0", context)).folder).toBe(folder);
    expect(sha256(await readFile(cached))).toBe(hash);

    await rm(context.cacheDir, { recursive: true });
    await rm(join(context.stateDir, "sources"), { recursive: true });
    const other = wheelOf({ ...demo, files: { "demo/__init__.py": "import os\n" } });
    await writeFile(join(wheels, other.file), other.bytes);
    await expect(fetch("pypi:demo-pkg@1.0", context)).rejects.toMatchObject({
      code: "hash-mismatch",
      message: expect.stringContaining("not the one that pipeline.lock pins"),
    });
    expect(await kept(join(context.stateDir, "sources"))).toEqual([]);
    expect(await kept(join(context.cacheDir, "downloads"))).toEqual([]);
  });

  it(
    "with compiled code is refused, by the wheel's name, its WHEEL file or what is in it, unless the release has a " +
      "pure wheel too",
    async () => {
      const context = await serviceContext();
      const platform = execFileSync(
        "python3",
        [
          "-c",
          "import sysconfig, sys; platform = sysconfig.get_platform().replace('-', '_').replace('.', '_'); " +
            "print('cp%d%d-none-' % sys.version_info[:2] + platform)",
        ],
        { encoding: "utf8" },
      ).trim();
      const files = { "demo/__init__.py": "x = 1\n" };
      await index(
        context,
        { name: "by_name", version: "1.0", tag: platform, files },
        { name: "by_facts", version: "1.0", purelib: false, files },
        {
          name: "by_content",
          version: "1.0",
          files: { ...files, "demo/_fast.cpython-311-x86_64-linux-gnu.so": "ELF" },
        },
        { name: "both", version: "1.0", tag: platform, files },
        { name: "both", version: "1.0", files },
      );
      for (const [name, reason] of [
        ["by-name", /is not a pure-Python wheel: it is made for one platform/u],
        ["by-facts", /WHEEL file/u],
        ["by-content", /it holds demo\/_fast\.cpython/u],
      ] as const) {
        await expect(fetch(`pypi:${name}@1.0`, context)).rejects.toMatchObject({
          code: "source",
          message: expect.stringMatching(reason),
        });
      }
      expect((await resolveSource("pypi:both", context)).refs).toEqual(["pypi:both@1.0"]);
      expect(context.pinned.get("pypi:both@1.0")).toMatchObject({ wheel: "both-1.0-py3-none-any.whl" });
      expect(await kept(join(context.stateDir, "sources"))).toEqual([]);
    },
  );

  it("that is not there, or not in that release, is missed with what there is", async () => {
    const context = await serviceContext();
    await index(context, demo);
    await expect(resolveSource("pypi:nonsuch", context)).rejects.toMatchObject({
      code: "source",
      message: expect.stringContaining('no wheel of "nonsuch"'),
    });
    await expect(resolveSource("pypi:demo-pkg@9", context)).rejects.toMatchObject({
      code: "source",
      message: expect.stringContaining("no wheel of demo-pkg"),
      hint: expect.stringContaining("1.0"),
    });
    expect(context.pinned.size).toBe(0);
  });

  it("that is cut off in the index is refused", async () => {
    const context = await serviceContext();
    const wheels = await index(context);
    const { file, bytes } = wheelOf(demo);
    await writeFile(join(wheels, file), bytes.subarray(0, 300));
    await expect(fetch("pypi:demo-pkg", context)).rejects.toMatchObject({
      name: "PipelineError",
      code: expect.stringMatching(/^(?:archive|download)$/u),
      message: expect.stringContaining("demo"),
    });
    expect(await kept(join(context.stateDir, "sources"))).toEqual([]);
  });

  it("cannot be asked for without an index that answers", async () => {
    const context = await serviceContext();
    vi.stubEnv("PIP_INDEX_URL", "http://127.0.0.1:1/simple");
    vi.stubEnv("PIP_RETRIES", "1");
    await expect(resolveSource("pypi:toolz", context)).rejects.toMatchObject({
      code: "download",
      message: expect.stringContaining("cannot be reached for toolz"),
      hint: expect.stringContaining("pip config list"),
    });
  });

  it("cannot be asked for without Python", async () => {
    const context = await serviceContext();
    vi.stubEnv("PATH", "/nonexistent");
    await expect(resolveSource("pypi:toolz", context)).rejects.toMatchObject({
      code: "python",
      hint: expect.stringContaining("install Python"),
    });
  });
});

it("a real package comes from the user's own index, pinned for good", async () => {
  const context = await serviceContext();
  const tree = await fetch("pypi:toolz@1.0.0", context);
  expect(context.pinned.get("pypi:toolz@1.0.0")).toEqual({
    wheel: "toolz-1.0.0-py3-none-any.whl",
    sha256: "292c8f1c4e7516bf9086f8850935c799a874039c8bcf959d47b600e4c44a6236",
  });
  expect(tree).toMatchObject({
    licence: { expression: "BSD-3-Clause", files: ["toolz-1.0.0.dist-info/LICENSE.txt"] },
    importRoots: [""],
    requirements: [],
  });
  expect(await readdir(join(tree.folder, "toolz"))).toContain("itertoolz.py");
  const [first, last] = [context.events[0], context.events.at(-1)];
  expect([first, last]).toEqual([
    { type: "transfer", what: "toolz 1.0.0", done: 0, total: null },
    { type: "transfer", what: "toolz 1.0.0", done: 56383, total: 56383 },
  ]);
});
