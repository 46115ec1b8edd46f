import { readFile, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { reason } from "../../pipeline/contract/reasons.js";
import { findSnapshot, openSnapshot } from "../../pipeline/sources/snapshot.js";
import { kept } from "../support/kept.js";
import { temporaryFolder } from "../support/pipelines.js";

const because = reason("because", "it is left out");

const fillWith = (text: string) => async (folder: string) => {
  await writeFile(join(folder, "a.py"), text);
  return [{ path: "b.py", reason: because }];
};

it("is made once, and found again with what was left out", async () => {
  const root = await temporaryFolder();
  const made = await openSnapshot(root, "mine-1", fillWith("first"));
  const found = await openSnapshot(root, "mine-1", fillWith("second"));
  expect(found).toEqual(made);
  expect(found.refused).toEqual([{ path: "b.py", reason: because }]);
  expect(await readFile(join(found.folder, "a.py"), "utf8")).toBe("first");
});

it("is made again where it was deleted, or where its description is missing or of another format", async () => {
  const root = await temporaryFolder();
  const description = join(root, "mine-1", "snapshot.json");
  const { folder } = await openSnapshot(root, "mine-1", fillWith("first"));
  await rm(join(root, "mine-1"), { recursive: true });
  await openSnapshot(root, "mine-1", fillWith("second"));
  await rm(description);
  expect(await findSnapshot(root, "mine-1")).toBeNull();
  await openSnapshot(root, "mine-1", fillWith("third"));
  expect(await readFile(join(folder, "a.py"), "utf8")).toBe("third");
  await writeFile(description, '{"format":0,"refused":[]}');
  await openSnapshot(root, "mine-1", fillWith("fourth"));
  expect(await readFile(join(folder, "a.py"), "utf8")).toBe("fourth");
});

it("leaves nothing behind where making it fails", async () => {
  const root = await temporaryFolder();
  await expect(
    openSnapshot(root, "mine-1", async (folder) => {
      await writeFile(join(folder, "a.py"), "half");
      throw new Error("no network");
    }),
  ).rejects.toThrow("no network");
  expect(await kept(root)).toEqual([]);
});

it("says so where the disk is full, and leaves nothing behind", async () => {
  const root = await temporaryFolder();
  await expect(
    openSnapshot(root, "mine-1", async (folder) => {
      await writeFile(join(folder, "a.py"), "half");
      await writeFile("/dev/full", "x");
      return [];
    }),
  ).rejects.toMatchObject({
    name: "PipelineError",
    code: "disk",
    message: expect.stringContaining("no space is left"),
    hint: expect.stringContaining("free some space"),
  });
  expect(await kept(root)).toEqual([]);
});

it("is made by one of two that begin together, and both get it", async () => {
  const root = await temporaryFolder();
  const both = await Promise.all([
    openSnapshot(root, "mine-1", fillWith("same")),
    openSnapshot(root, "mine-1", fillWith("same")),
  ]);
  expect(both[0]).toEqual(both[1]);
  expect(await kept(root)).toEqual(["mine-1"]);
});

it("takes out names that could not be written down, and says which", async () => {
  const root = await temporaryFolder();
  const { folder, refused } = await openSnapshot(root, "mine-1", async (target) => {
    await writeFile(join(target, "good.py"), "");
    await writeFile(join(target, "back\\slash.py"), "");
    await writeFile(join(target, "new\nline.py"), "");
    await writeFile(Buffer.concat([Buffer.from(`${target}/latin-`), Buffer.from([0xe9]), Buffer.from(".py")]), "");
    return [];
  });
  expect(await readdir(folder)).toEqual(["good.py"]);
  expect(refused.map(({ reason: { text } }) => text)).toEqual(
    expect.arrayContaining([expect.stringContaining("backslash"), expect.stringContaining("not UTF-8")]),
  );
  expect(refused).toHaveLength(3);
});
