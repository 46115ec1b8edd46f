import { mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { codeOf } from "../../pipeline/cli/generate/code.js";
import { temporaryFolder } from "../support/pipelines.js";

/** A folder with these files, empty. */
async function folderOf(...files: readonly string[]): Promise<(path: string) => string> {
  const folder = await temporaryFolder();
  for (const file of files) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), "");
  }
  return (path) => join(folder, path);
}

describe("the code that paths name", () => {
  it("is the project around a file, with that file alone to be tested", async () => {
    const at = await folderOf("shop/pyproject.toml", "shop/src/shop/prices.py", "shop/src/shop/names.py");
    expect(await codeOf([at("shop/src/shop/prices.py"), at("shop/src/shop/names.py")])).toEqual({
      root: at("shop"),
      include: ["src/shop/prices.py", "src/shop/names.py"],
    });
    expect(await codeOf([at("shop/src")])).toEqual({ root: at("shop"), include: ["src/**/*.py"] });
    expect(await codeOf([at("shop")])).toEqual({ root: at("shop"), include: ["**/*.py"] });
  });

  it("is the nearest of projects inside one another", async () => {
    const at = await folderOf(".git/HEAD", "a/setup.py", "a/code.py", "b/code.py");
    expect(await codeOf([at("a/code.py")])).toEqual({ root: at("a"), include: ["code.py"] });
    expect(await codeOf([at("b/code.py")])).toEqual({ root: at(""), include: ["b/code.py"] });
  });

  it("without a project, is the folder that the package or the file lies in", async () => {
    const at = await folderOf("pack/__init__.py", "pack/inner/__init__.py", "pack/inner/code.py", "scripts/run.py");
    expect(await codeOf([at("pack/inner/code.py")])).toEqual({ root: at("."), include: ["pack/inner/code.py"] });
    expect(await codeOf([at("scripts/run.py")])).toEqual({ root: at("scripts"), include: ["run.py"] });
    expect(await codeOf([at("scripts")])).toEqual({ root: at("scripts"), include: ["**/*.py"] });
  });

  it("is one of a repository's services where another has modules of the same names", async () => {
    const at = await folderOf(".git/HEAD", "a/main.py", "a/models.py", "b/main.py", "b/models.py");
    for (const service of ["a", "b"]) await writeFile(at(`${service}/main.py`), "import models\n");
    expect(await codeOf([at("a")])).toEqual({ root: at("."), include: ["a/**/*.py"] });
    expect(await codeOf([at("b")])).toEqual({ root: at("b"), include: ["**/*.py"] });
    expect(await codeOf([at("b/models.py")])).toEqual({ root: at("b"), include: ["models.py"] });
  });

  it("is what links lead to, wherever they stand", async () => {
    const at = await folderOf(
      "real/pyproject.toml",
      "real/src/shop/prices.py",
      "other/pyproject.toml",
      "other/keep.py",
    );
    await symlink(at("real/src"), at("linked"));
    await symlink("../real/src/shop", at("other/inner"));
    await symlink(at("real/src/shop/prices.py"), at("other/prices.py"));
    await symlink(at("linked"), at("twice"));
    for (const path of ["linked", "twice"])
      expect(await codeOf([at(path)])).toEqual({ root: at("real"), include: ["src/**/*.py"] });
    expect(await codeOf([at("other/inner")])).toEqual({ root: at("real"), include: ["src/shop/**/*.py"] });
    expect(await codeOf([at("other/prices.py")])).toEqual({ root: at("real"), include: ["src/shop/prices.py"] });
  });

  it("is refused in the user's own words where there is none", async () => {
    const at = await folderOf(
      "notes/readme.txt",
      "tools/.venv/lib/x.py",
      "tools/.venv/pyvenv.cfg",
      "around/readme.txt",
      "code/x.py",
    );
    await mkdir(at("empty"));
    await symlink("../system", at("around/code"));
    await symlink("nowhere", at("broken"));
    await symlink("itself", at("itself"));
    for (const [path, message, hint] of [
      ["empty", /^the folder \S+empty is empty$/u, /files ending in \.py/u],
      ["notes", /^no Python file in \S+notes$/u, /files ending in \.py/u],
      ["tools", /is empty$/u, /\.venv/u],
      ["around", /^no Python file in/u, /^code is a link: name what it leads to/u],
      ["broken", /broken is a link to nowhere, and that is not there$/u, /mend the link/u],
      ["itself", /is a link to itself/u, /mend the link/u],
    ] as const) {
      await expect(codeOf([at(path)])).rejects.toMatchObject({
        code: "usage",
        message: expect.stringMatching(message) as string,
        hint: expect.stringMatching(hint) as string,
      });
    }
  });

  it("takes names literally that are globs elsewhere", async () => {
    const at = await folderOf("setup.cfg", "a[1]/{b}*.py");
    expect(await codeOf([at("a[1]/{b}*.py")])).toMatchObject({ include: [String.raw`a\[1\]/\{b\}\*.py`] });
  });

  it("is never all that a user has", async () => {
    const at = await folderOf(".git/HEAD", "dotfiles/setup.py", "notes.py", "mine/code.py", "mine/pyproject.toml");
    vi.stubEnv("HOME", at("."));
    onTestFinished(() => void vi.unstubAllEnvs());
    await expect(codeOf([at("notes.py")])).rejects.toMatchObject({
      code: "usage",
      message: expect.stringContaining("whole folder") as string,
    });
    expect(await codeOf([at("mine/code.py")])).toMatchObject({ include: ["code.py"] });
  });

  it.each([
    [["nonsuch.py"], /no such file or folder: .*nonsuch\.py/u],
    [["a/notes.txt"], /expected a Python file, got .*notes\.txt/u],
    [["a/code.py", "b/code.py"], /these paths belong to 2 projects: \S+a, \S+b/u],
  ])("is refused where it cannot be: %j", async (paths, message) => {
    const at = await folderOf("a/setup.py", "a/code.py", "a/notes.txt", "b/setup.py", "b/code.py");
    await expect(codeOf(paths.map(at))).rejects.toMatchObject({
      code: "usage",
      message: expect.stringMatching(message) as string,
      hint: expect.any(String) as string,
    });
  });
});
