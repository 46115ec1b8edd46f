import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ownSource } from "../../pipeline/contract/reference.js";
import { resolveSource } from "../../pipeline/sources/resolve.js";
import { createSources } from "../../pipeline/sources/service.js";
import { serviceContext } from "./support/context.js";
import { writeFiles } from "./support/repository.js";

async function project() {
  const context = await serviceContext();
  await writeFiles(context.baseDir, { "mine/data/entries.csv": "a\n1\n", "mine/other.txt": "x" });
  return context;
}

describe("a file of the user's", () => {
  it("is a source by itself, known by its bytes", async () => {
    const context = await project();
    const tree = await createSources(context).api.fetch("file:mine/data/entries.csv");
    expect(tree).toMatchObject({
      ref: "file:mine/data/entries.csv",
      name: "entries.csv",
      version: expect.stringMatching(/^[0-9a-f]{12}$/u),
      licence: { expression: "LicenseRef-own" },
      origin: join(context.baseDir, "mine/data/entries.csv"),
    });
    expect(await readFile(join(tree.folder, "entries.csv"), "utf8")).toBe("a\n1\n");
    const before = await resolveSource("file:mine/data/entries.csv", context);
    await writeFile(join(context.baseDir, "mine/other.txt"), "y");
    expect(await resolveSource("file:mine/data/entries.csv", context)).toEqual(before);
    await writeFile(join(context.baseDir, "mine/data/entries.csv"), "a\n2\n");
    expect((await resolveSource("file:mine/data/entries.csv", context)).hash).not.toBe(before.hash);
  });

  it("is there as it was read, whatever became of it since", async () => {
    const context = await project();
    const sources = createSources(context).api;
    const { ref, name, version } = await sources.fetch("file:mine/data/entries.csv");
    await writeFile(join(context.baseDir, "mine/data/entries.csv"), "b\n");
    const tree = await createSources(context).api.tree({ ref, name, version });
    expect(await readFile(join(tree.folder, name), "utf8")).toBe("a\n1\n");
    await rm(join(context.stateDir, "sources"), { recursive: true });
    await expect(createSources(context).api.tree({ ref, name, version })).rejects.toMatchObject({ code: "source" });
  });

  it("has to be there, and to be a file", async () => {
    const context = await project();
    await expect(resolveSource("file:mine/nonsuch.csv", context)).rejects.toMatchObject({
      code: "reference",
      message: `expected a file at ${join(context.baseDir, "mine/nonsuch.csv")}, but there is none`,
    });
    await expect(resolveSource("file:mine", context)).rejects.toMatchObject({ code: "reference" });
  });
});

it("goes on from a root with a path, unless the path is absolute", () => {
  expect(ownSource("folder", "data/scripts", "../ahk")).toBe("folder:../ahk/data/scripts");
  expect(ownSource("folder", ".", "folder:/ahk")).toBe("folder:/ahk");
  expect(ownSource("file", "/elsewhere/a.csv", "../ahk")).toBe("file:/elsewhere/a.csv");
  expect(ownSource("file", "a.csv")).toBe("file:a.csv");
});
