import { readFile, readdir, rm, stat, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { resolveSource } from "../../pipeline/sources/resolve.js";
import { createSources } from "../../pipeline/sources/service.js";
import { type TestContext, serviceContext } from "./support/context.js";
import { writeFiles } from "./support/repository.js";

async function project(
  files: Readonly<Record<string, string>> = { "pkg/__init__.py": "x = 1\n", "pkg/b.py": "y = 1\n" },
): Promise<TestContext> {
  const context = await serviceContext();
  await writeFiles(join(context.baseDir, "mine"), files);
  return context;
}

const hashOf = async (context: TestContext) => (await resolveSource("folder:mine", context)).hash;

describe("a folder", () => {
  it("is copied as it is, keeps its name in the pipeline file, and is the user's own", async () => {
    const context = await project();
    await writeFiles(join(context.baseDir, "mine"), { LICENSE: "GPL or something" });
    const tree = await createSources(context).api.fetch("folder:mine");
    expect(tree).toMatchObject({
      ref: "folder:mine",
      name: "mine",
      version: expect.stringMatching(/^[0-9a-f]{12}$/u),
      licence: { expression: "LicenseRef-own", files: ["LICENSE"] },
    });
    expect(await readFile(join(tree.folder, "pkg/b.py"), "utf8")).toBe("y = 1\n");
    expect((await stat(join(tree.folder, "pkg/b.py"))).mode & 0o777).toBe(0o444);
    expect((await stat(join(tree.folder, "pkg"))).mode & 0o777).toBe(0o755);
  });

  it("has another hash where a byte, a name or a link of it is another", async () => {
    const context = await project();
    const mine = join(context.baseDir, "mine");
    const seen = [await hashOf(context)];
    await writeFile(join(mine, "pkg/b.py"), "y = 2\n");
    seen.push(await hashOf(context));
    await writeFiles(mine, { "pkg/c.py": "y = 2\n" });
    seen.push(await hashOf(context));
    await rm(join(mine, "pkg/b.py"));
    seen.push(await hashOf(context));
    await symlink("c.py", join(mine, "pkg/d.py"));
    seen.push(await hashOf(context));
    await rm(join(mine, "pkg/d.py"));
    await symlink("__init__.py", join(mine, "pkg/d.py"));
    seen.push(await hashOf(context));
    expect(new Set(seen).size).toBe(seen.length);
  });

  it("has the same hash elsewhere, and whatever its times and the tools that ran in it", async () => {
    const [one, other] = [await project(), await project()];
    expect(await hashOf(one)).toBe(await hashOf(other));
    const before = await hashOf(one);
    const mine = join(one.baseDir, "mine");
    await utimes(join(mine, "pkg/b.py"), 1000, 1000);
    await writeFiles(mine, {
      "pkg/__pycache__/b.pyc": "?",
      ".git/HEAD": "ref",
      ".venv/lib/x.py": "x",
      "env39/pyvenv.cfg": "",
      "env39/lib/x.py": "x",
      "node_modules/x/y.py": "x",
    });
    expect(await hashOf(one)).toBe(before);
  });

  it("has the same hash after a run that wrote its outputs into it", async () => {
    const context = await project();
    const before = await hashOf(context);
    await writeFiles(join(context.baseDir, "mine"), {
      ".pipeline/state.db": "?",
      "data/out/jsonl/train.py": "x",
      "pipeline.lock": "{}",
    });
    expect(await hashOf(context)).toBe(before);
    await writeFiles(join(context.baseDir, "mine"), { "pkg/data/table/__init__.py": "x" });
    expect(await hashOf(context)).not.toBe(before);
  });

  it("is hashed again where a file was written in the same instant with the same size", async () => {
    const context = await project();
    const file = join(context.baseDir, "mine/pkg/b.py");
    const hashes = new Set<string>();
    for (let round = 0; round < 20; round += 1) {
      await writeFile(file, `y = ${100 + round}\n`);
      hashes.add(await hashOf(context));
    }
    expect(hashes.size).toBe(20);
  });

  it("is not read again where nothing changed", async () => {
    const context = await project();
    const memory = async () => {
      const [file] = await readdir(join(context.cacheDir, "folders"));
      return join(context.cacheDir, "folders", file ?? "");
    };
    await hashOf(context);
    const { ino, size, mtimeNs, ctimeNs } = await stat(join(context.baseDir, "mine/pkg/b.py"), { bigint: true });
    await writeFile(
      await memory(),
      JSON.stringify({ "pkg/b.py": [`${ino} ${size} ${mtimeNs} ${ctimeNs}`, "f".repeat(64)] }),
    );
    const remembered = await hashOf(context);
    await writeFile(await memory(), "not JSON");
    expect(await hashOf(context)).not.toBe(remembered);
  });

  it.each([
    ["folder:nowhere", /expected a folder at .*nowhere, but there is none/u],
    ["folder:mine/pkg/b.py", /but it is a file/u],
  ])("%s is missed, with the place that was looked at", async (ref, message) => {
    await expect(resolveSource(ref, await project())).rejects.toMatchObject({
      code: "reference",
      message: expect.stringMatching(message),
      hint: expect.stringContaining("relative to the pipeline file"),
    });
  });
});

describe("a record's source", () => {
  it("is found by its snapshot, also when the folder has changed or gone since", async () => {
    const context = await project();
    const { ref, name, version, folder } = await createSources(context).api.fetch("folder:mine");
    await writeFile(join(context.baseDir, "mine/pkg/b.py"), "y = 2\n");
    expect(await createSources(context).api.tree({ ref, name, version })).toMatchObject({ folder, version });
    await rm(join(context.baseDir, "mine"), { recursive: true });
    expect(await createSources(context).api.tree({ ref, name, version })).toMatchObject({ folder, version });
    expect(await readFile(join(folder, "pkg/b.py"), "utf8")).toBe("y = 1\n");
  });

  it("is copied again where the snapshot was deleted, and missed where the folder has changed too", async () => {
    const context = await project();
    const { ref, name, version, folder } = await createSources(context).api.fetch("folder:mine");
    await rm(join(context.stateDir, "sources"), { recursive: true });
    expect(await createSources(context).api.tree({ ref, name, version })).toMatchObject({ folder });
    await rm(join(context.stateDir, "sources"), { recursive: true });
    await writeFile(join(context.baseDir, "mine/pkg/b.py"), "y = 2\n");
    await expect(createSources(context).api.tree({ ref, name, version })).rejects.toMatchObject({
      code: "source",
      message: expect.stringContaining("it has changed"),
    });
  });
});

it("a list stands for its sources, in their order, and changes with any of them", async () => {
  const context = await project();
  await writeFiles(join(context.baseDir, "other"), { "a.py": "" });
  await writeFile(join(context.baseDir, "list.txt"), "folder:other\nfolder:mine\n");
  const resolved = await resolveSource("list:list.txt", context);
  expect(resolved.refs).toEqual(["folder:other", "folder:mine"]);
  await writeFile(join(context.baseDir, "mine/pkg/b.py"), "y = 2\n");
  expect((await resolveSource("list:list.txt", context)).hash).not.toBe(resolved.hash);
  await writeFile(join(context.baseDir, "list.txt"), "folder:other\nfolder:gone\n");
  await expect(resolveSource("list:list.txt", context)).rejects.toMatchObject({
    message: expect.stringContaining('("folder:gone" in list:list.txt)'),
  });
  await expect(createSources(context).api.fetch("list:list.txt")).rejects.toMatchObject({ code: "reference" });
});
