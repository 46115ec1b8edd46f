import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type ArchiveLimits, unpackZip } from "../../pipeline/sources/archive.js";
import { createSources } from "../../pipeline/sources/service.js";
import { kept } from "../support/kept.js";
import { temporaryFolder } from "../support/pipelines.js";
import { serviceContext } from "./support/context.js";
import { type ZipEntry, zipOf } from "./support/zip.js";

async function unpack(bytes: Buffer, limits?: ArchiveLimits): Promise<string> {
  const folder = await temporaryFolder();
  await writeFile(join(folder, "mine.zip"), bytes);
  await mkdir(join(folder, "out", "inner"), { recursive: true });
  await unpackZip(join(folder, "mine.zip"), join(folder, "out", "inner"), {
    limits,
    signal: new AbortController().signal,
  });
  return join(folder, "out", "inner");
}

const lfsPointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${"0".repeat(64)}\nsize 12345\n`;
const good: ZipEntry = { name: "pkg/__init__.py", data: "x = 1\n" };
const pad = (size: number) => new Uint8Array(size);

it("unpacks files and folders", async () => {
  const folder = await unpack(zipOf([good, { name: "pkg/data/", data: "" }, { name: "pkg/näme.py", data: "y = 2\n" }]));
  expect(await readFile(join(folder, "pkg/__init__.py"), "utf8")).toBe("x = 1\n");
  expect((await readdir(join(folder, "pkg"))).toSorted()).toEqual(["__init__.py", "data", "näme.py"]);
});

describe("refuses an archive", () => {
  const hostile: readonly (readonly [string, readonly ZipEntry[], RegExp])[] = [
    ["with ../ in a name", [good, { name: "../evil.py", data: "" }], /invalid relative path: \.\.\/evil\.py/u],
    ["with ../ inside a name", [good, { name: "pkg/../../evil.py", data: "" }], /invalid relative path/u],
    ["with an absolute name", [good, { name: "/tmp/evil.py", data: "" }], /absolute path: \/tmp\/evil\.py/u],
    ["with a drive letter", [good, { name: "C:/evil.py", data: "" }], /absolute path: C:/u],
    ["with a drive letter and no slash", [good, { name: "C:evil.py", data: "" }], /absolute path: C:evil/u],
    ["with a colon in a name", [good, { name: "pkg/a.py:stream", data: "" }], /colon/u],
    ["with a backslash", [good, { name: "..\\evil.py", data: "" }], /invalid characters in fileName/u],
    ["with NUL in a name", [good, { name: "pkg/a.py\0.txt", data: "" }], /control character/u],
    ["with ./ in a name", [good, { name: "./pkg/./a.py", data: "" }], /not a plain path/u],
    ["with a link", [good, { name: "pkg/link", data: "/etc/passwd", mode: 0o120777 }], /"pkg\/link" is a link/u],
    ["with a device", [good, { name: "pkg/null", data: "", mode: 0o020666 }], /special file/u],
    ["with an encrypted file", [{ ...good, flags: 1 }], /encrypted/u],
    [
      "with two files of one name",
      [good, { ...good, data: "x = 2\n" }],
      /two of its entries have the same name \(__init__\.py\)/u,
    ],
    ["with a file where a folder stands", [good, { name: "pkg", data: "" }], /two of its entries have the same name/u],
    ["with a wrong checksum", [{ ...good, claimedChecksum: 1 }], /checksum of "pkg\/__init__\.py" is wrong/u],
    ["with a file longer than it says", [{ ...good, data: pad(1000), claimedSize: 10 }], /too many bytes/u],
    ["with a file shorter than it says", [{ ...good, claimedSize: 10_000 }], /not enough bytes/u],
  ];
  it.each(hostile)("%s", async (_, entries, reason) => {
    await expect(unpack(zipOf(entries))).rejects.toMatchObject({
      name: "PipelineError",
      code: "archive",
      message: expect.stringMatching(reason),
      hint: expect.stringContaining("mine.zip"),
    });
    await expect(unpack(zipOf(entries))).rejects.toThrow(/^mine\.zip was not unpacked: /u);
  });

  it("with more entries than allowed", async () => {
    const entries = Array.from({ length: 11 }, (__, index) => ({ name: `f${index}`, data: "" }));
    await expect(unpack(zipOf(entries), { entries: 10, bytes: 1e6, ratio: 100, freeBytes: 1e6 })).rejects.toThrow(
      /11 entries; at most 10/u,
    );
  });

  it("that unpacks to more bytes than allowed, before it fills the disk", async () => {
    const bomb = zipOf([{ name: "bomb", data: pad(20 * 1024 ** 2) }]);
    expect(bomb.length).toBeLessThan(30_000);
    await expect(unpack(bomb)).rejects.toThrow(/unpacks to more than 16777216 bytes/u);
    await expect(
      unpack(
        zipOf([
          { ...good, data: pad(5000) },
          { name: "b", data: pad(5000) },
        ]),
        { entries: 10, bytes: 9000, ratio: 1e6, freeBytes: 1e6 },
      ),
    ).rejects.toThrow(/more than 9000 bytes/u);
  });

  it("that is cut off, at any place", async () => {
    const whole = zipOf([good, { name: "pkg/more.py", data: "z = 3\n".repeat(500) }]);
    for (let length = 0; length < whole.length; length += 7) {
      await expect(unpack(whole.subarray(0, length)), `cut at ${length}`).rejects.toMatchObject({ code: "archive" });
    }
  });

  it("that is something else", async () => {
    await expect(unpack(Buffer.from("<html>not found</html>".repeat(10)))).rejects.toThrow(/not a whole zip archive/u);
  });
});

describe("archive:PATH", () => {
  it("takes a project out of the one folder that holds it", async () => {
    const context = await serviceContext();
    await writeFile(
      join(context.baseDir, "mine-1.0.zip"),
      zipOf([
        {
          name: "mine-1.0/pyproject.toml",
          data: '[project]\nname = "mine"\nlicense = "MIT"\ndependencies = ["attrs>=20"]\n',
        },
        { name: "mine-1.0/src/mine/__init__.py", data: "x = 1\n" },
      ]),
    );
    const tree = await createSources(context).api.fetch("archive:mine-1.0.zip");
    expect(tree).toMatchObject({
      name: "mine-1.0",
      importRoots: ["src"],
      requirements: ["attrs>=20"],
      licence: { expression: "MIT" },
    });
    expect(await readFile(join(tree.folder, "src/mine/__init__.py"), "utf8")).toBe("x = 1\n");
  });

  it.each([
    [
      "macOS",
      [
        "__MACOSX/._mine-1.0",
        "__MACOSX/mine-1.0/._pyproject.toml",
        "mine-1.0/.DS_Store",
        ".DS_Store",
        "mine-1.0/src/mine/._extra.py",
      ],
    ],
    ["Windows", ["Thumbs.db", "desktop.ini", "mine-1.0/Desktop.ini"]],
  ])("that %s packed holds what it would without its additions", async (_, additions) => {
    const context = await serviceContext();
    await writeFile(
      join(context.baseDir, "mine-1.0.zip"),
      zipOf([
        ...additions.map((name) => ({ name, data: new Uint8Array([0, 5, 0x16, 7, 0, 2, 0, 0]) })),
        { name: "mine-1.0/pyproject.toml", data: '[project]\nname = "mine"\nlicense = "MIT"\n' },
        { name: "mine-1.0/src/mine/__init__.py", data: "x = 1\n" },
      ]),
    );
    const tree = await createSources(context).api.fetch("archive:mine-1.0.zip");
    expect(tree).toMatchObject({ importRoots: ["src"], licence: { expression: "MIT" } });
    expect((await readdir(tree.folder, { recursive: true })).toSorted()).toEqual([
      "pyproject.toml",
      "src",
      "src/mine",
      "src/mine/__init__.py",
    ]);
  });

  it("is told from a pointer of Git LFS", async () => {
    const context = await serviceContext();
    await writeFile(join(context.baseDir, "mine.zip"), lfsPointer);
    await expect(createSources(context).api.fetch("archive:mine.zip")).rejects.toMatchObject({
      code: "archive",
      message: expect.stringContaining("a pointer of Git LFS"),
      hint: expect.stringContaining("git lfs pull"),
    });
  });

  it("leaves nothing behind where it is hostile", async () => {
    const context = await serviceContext();
    await writeFile(join(context.baseDir, "evil.zip"), zipOf([good, { name: "../../../evil.py", data: "" }]));
    await expect(createSources(context).api.fetch("archive:evil.zip")).rejects.toMatchObject({
      code: "archive",
      message: expect.stringContaining("evil.zip"),
    });
    expect(await kept(join(context.stateDir, "sources"))).toEqual([]);
  });

  it("says which forms it takes", async () => {
    const context = await serviceContext();
    await expect(createSources(context).api.fetch("archive:mine.tar.gz")).rejects.toMatchObject({
      code: "reference",
      message: expect.stringContaining("expected a .whl or a .zip"),
    });
    await expect(createSources(context).api.fetch("archive:none.zip")).rejects.toMatchObject({
      code: "reference",
      message: expect.stringContaining("ENOENT"),
    });
  });
});
