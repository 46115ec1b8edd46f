import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { openLockfile } from "../../pipeline/engine/lockfile.js";
import { temporaryFolder } from "../support/pipelines.js";

const Pin = z.strictObject({ commit: z.string() });

describe("pipeline.lock", () => {
  it("resolves a reference once, and again only when told to", async () => {
    const path = join(await temporaryFolder(), "pipeline.lock");
    let head = "aaa";
    const pin = async (update: boolean) => await (await openLockfile(path, { update })).pin("git:repo@main", Pin, async () => ({ commit: head }));
    expect(await pin(false)).toEqual({ commit: "aaa" });
    head = "bbb";
    expect(await pin(false)).toEqual({ commit: "aaa" });
    expect(await pin(true)).toEqual({ commit: "bbb" });
    expect(await readFile(path, "utf8")).toContain("git:repo@main:\n  commit: bbb\n");
  });

  it("keeps every entry when many are pinned at once", async () => {
    const path = join(await temporaryFolder(), "pipeline.lock");
    const lockfile = await openLockfile(path, { update: false });
    const names = Array.from({ length: 20 }, (_, index) => `pypi:p${index}`);
    await Promise.all(names.map((name) => lockfile.pin(name, Pin, async () => ({ commit: name }))));
    const again = await openLockfile(path, { update: false });
    for (const name of names) expect(await again.pin(name, Pin, () => Promise.reject(new Error("not kept")))).toEqual({ commit: name });
  });

  it("says what is wrong with a broken file", async () => {
    const path = join(await temporaryFolder(), "pipeline.lock");
    await writeFile(path, "- a\n- list\n");
    await expect(openLockfile(path, { update: false })).rejects.toMatchObject({ code: "config", hint: expect.stringContaining("version control") });
  });
});
