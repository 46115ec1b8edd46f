import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { placeShardFiles } from "../../pipeline/cli/generate/place-shards.js";
import { shardSubject, stamp } from "../../pipeline/contract/generated-file.js";
import { temporaryFolder } from "../support/pipelines.js";

let from: string;
let folder: string;
beforeEach(async () => {
  from = await temporaryFolder();
  folder = join(await temporaryFolder(), "tests");
});

const testFile = (paths: readonly string[], text: string, { suite = "unit", project = "shop" } = {}) =>
  stamp(`def test_a():\n    assert ${text}\n`, { subject: shardSubject({ project, suite, paths }), writer: "teacher" });

/** Places files as a run at this time of day does. */
async function place(files: Readonly<Record<string, string>>, time: string | null, { force = false } = {}) {
  await Promise.all(Object.entries(files).map(async ([name, text]) => await writeFile(join(from, name), text)));
  return await placeShardFiles(Object.keys(files), {
    from,
    folder,
    force,
    timestamp: time === null ? null : `20261121_${time}`,
  });
}
const names = async () => (await readdir(folder)).toSorted();

describe("test files of shards", () => {
  it("carry the time at which they were placed", async () => {
    expect(
      await place(
        { "test_unit_01.py": testFile(["a.py"], "1"), "test_e2e_01.py": testFile(["api.py"], "1", { suite: "e2e" }) },
        "101500",
      ),
    ).toMatchObject([{ status: "written" }, { status: "written" }]);
    expect(await names()).toEqual(["test_e2e_20261121_101500_01.py", "test_unit_20261121_101500_01.py"]);
  });

  it("keep their name, and are not written twice, where a run comes to the same", async () => {
    const files = { "test_unit_01.py": testFile(["a.py"], "1"), "test_unit_02.py": testFile(["b.py"], "1") };
    await place(files, "101500");
    expect(await place(files, "111500")).toMatchObject([
      { name: "test_unit_20261121_101500_01.py", status: "unchanged" },
      { name: "test_unit_20261121_101500_02.py", status: "unchanged" },
    ]);
    expect(await names()).toEqual(["test_unit_20261121_101500_01.py", "test_unit_20261121_101500_02.py"]);
  });

  it("take the place of those of an earlier run about the same source files, however these were divided", async () => {
    await place(
      {
        "test_unit_01.py": testFile(["a.py", "b.py"], "1"),
        "test_unit_02.py": testFile(["c.py"], "1"),
        "test_unit_03.py": testFile(["d.py"], "1"),
      },
      "101500",
    );
    const placed = await place(
      { "test_unit_01.py": testFile(["a.py"], "2"), "test_unit_02.py": testFile(["b.py", "c.py"], "2") },
      "111500",
    );
    expect(placed.filter(({ status }) => status === "replaced").map(({ name }) => name)).toEqual([
      "test_unit_20261121_101500_01.py",
      "test_unit_20261121_101500_02.py",
    ]);
    expect(await names()).toEqual([
      "test_unit_20261121_101500_03.py",
      "test_unit_20261121_111500_01.py",
      "test_unit_20261121_111500_02.py",
    ]);
  });

  it("leave alone what the user changed, other files of theirs, and tests of another project or kind", async () => {
    await place(
      {
        "test_unit_01.py": testFile(["a.py"], "1"),
        "test_unit_02.py": testFile(["a.py"], "1", { project: "other" }),
        "test_e2e_01.py": testFile(["a.py"], "1", { suite: "e2e" }),
      },
      "101500",
    );
    const changed = join(folder, "test_unit_20261121_101500_01.py");
    await writeFile(changed, `${await readFile(changed, "utf8")}# mine\n`);
    await writeFile(join(folder, "test_unit_99.py"), "def test_mine(): ...\n");
    await place({ "test_unit_01.py": testFile(["a.py"], "2") }, "111500");
    expect(await names()).toEqual([
      "test_e2e_20261121_101500_01.py",
      "test_unit_20261121_101500_01.py",
      "test_unit_20261121_101500_02.py",
      "test_unit_20261121_111500_01.py",
      "test_unit_99.py",
    ]);
    expect(await readFile(changed, "utf8")).toContain("# mine");
  });

  it("have names without a time where that is asked for, which a later run takes again", async () => {
    await place({ "test_unit_01.py": testFile(["a.py"], "1"), "test_unit_02.py": testFile(["b.py"], "1") }, null);
    expect(await place({ "test_unit_01.py": testFile(["a.py", "b.py"], "2") }, null)).toMatchObject([
      { name: "test_unit_01.py", status: "written" },
      { name: "test_unit_02.py", status: "replaced" },
    ]);
    expect(await names()).toEqual(["test_unit_01.py"]);
  });

  it.each([
    [
      "was changed",
      async (path: string) => await writeFile(path, `${await readFile(path, "utf8")}# mine\n`),
      "it was changed since it was written",
    ],
    [
      "is the user's",
      async (path: string) => await writeFile(path, "def test_mine(): ...\n"),
      "it was not written by this command",
    ],
    [
      "is about other files",
      async (path: string) => await writeFile(path, testFile(["z.py"], "1")),
      "it holds tests of shop, unit: z.py",
    ],
  ])("never overwrite one of the same name that %s, unless told to", async (_, change, why) => {
    await mkdir(folder);
    await place({ "test_unit_01.py": testFile(["a.py"], "1") }, null);
    await change(join(folder, "test_unit_01.py"));
    const before = await readFile(join(folder, "test_unit_01.py"), "utf8");
    const fresh = { "test_unit_01.py": testFile(["a.py"], "2") };
    expect(await place(fresh, null)).toMatchObject([{ status: "kept", why }]);
    expect(await readFile(join(folder, "test_unit_01.py"), "utf8")).toBe(before);
    expect(await place(fresh, null, { force: true })).toMatchObject([{ status: "written" }]);
  });
});
