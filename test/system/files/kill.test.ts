import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { execa } from "execa";
import { expect, it } from "vitest";
import { removeResult } from "../../../pipeline/engine/state/results.js";
import { makeFolder } from "../../../pipeline/system/files/make-folder.js";
import { packageRoot } from "../../../pipeline/system/paths.js";
import { kept } from "../../support/kept.js";
import { temporaryFolder } from "../../support/pipelines.js";

/**
 * Runs the code again and again, each time killed one step later, in a folder of its own, until it comes to its end.
 */
async function killedEverywhere(
  code: string,
  prepare: (folder: string) => void,
  check: (folder: string, at: number) => Promise<void>,
): Promise<number> {
  for (let at = 1; ; at += 1) {
    const folder = await temporaryFolder();
    prepare(folder);
    const from = (path: string) => JSON.stringify(pathToFileURL(join(packageRoot, "dist/pipeline", path)).href);
    const program =
      `const folder = ${JSON.stringify(folder)}; ` +
      code.replaceAll(/@([\w/-]+\.js)/gu, (_, path: string) => from(path));
    const { signal } = await execa(
      process.execPath,
      ["--import", join(packageRoot, "test/support/die-at.mjs"), "--input-type=module", "-e", program],
      { env: { DIE_AT: String(at) }, reject: false },
    );
    await check(folder, at);
    if (signal === undefined) return at - 1;
  }
}

it(
  "a folder is there whole or not at all, wherever its making is killed, and is made the next time",
  { timeout: 120_000 },
  async () => {
    const code = `
    const { makeFolder } = await import(@system/files/make-folder.js);
    const { writeFile } = await import("node:fs/promises");
    await makeFolder(folder, "thing", async (place) => {
      for (const name of ["a", "b"]) await writeFile(place + "/" + name, name);
    }, { isWhole: async (place) => (await import("node:fs")).existsSync(place + "/b") });`;
    const damaged = (folder: string) => {
      mkdirSync(join(folder, "thing"));
      writeFileSync(join(folder, "thing/a"), "damaged");
    };
    const points = await killedEverywhere(code, damaged, async (folder) => {
      const files = existsSync(join(folder, "thing")) ? readdirSync(join(folder, "thing")) : [];
      // What was there, what is to be there, or, for the moment between two renames, nothing.
      expect([["a"], ["a", "b"], []]).toContainEqual(files);
      await makeFolder(
        folder,
        "thing",
        async (place) => {
          for (const name of ["a", "b"]) writeFileSync(join(place, name), name);
        },
        { isWhole: async (place) => existsSync(join(place, "b")) },
      );
      expect(readFileSync(join(folder, "thing/a"), "utf8")).toBe("a");
    });
    expect(points).toBeGreaterThan(6);
  },
);

it(
  "pipeline.lock is the old one or the new one, wherever a pin is killed, and the next one is kept",
  { timeout: 120_000 },
  async () => {
    const code = `
    const { openLockfile } = await import(@engine/state/lockfile.js);
    const { z } = await import("zod");
    const lockfile = await openLockfile(folder + "/pipeline.lock", { update: false, cacheDir: folder + "/cache" });
    await lockfile.pin("pypi:new", z.string(), async () => "new");`;
    const points = await killedEverywhere(
      code.replace('"zod"', JSON.stringify(import.meta.resolve("zod"))),
      (folder) => writeFileSync(join(folder, "pipeline.lock"), "pypi:old: old\n"),
      async (folder) => {
        expect(readFileSync(join(folder, "pipeline.lock"), "utf8")).toMatch(
          /^(?:pypi:old: old\n|#.*\npypi:new: new\npypi:old: old\n)$/u,
        );
      },
    );
    expect(points).toBeGreaterThan(3);
  },
);

it(
  "a result of a step is there whole or not at all, wherever its removal is killed",
  { timeout: 120_000 },
  async () => {
    const code =
      "const { removeResult } = await import(@engine/state/results.js); await removeResult(folder, folder + " +
      "'/steps/s/0123');";
    const result = (folder: string) => {
      mkdirSync(join(folder, "steps/s/0123"), { recursive: true });
      for (const name of ["manifest.json", "records.jsonl"]) writeFileSync(join(folder, "steps/s/0123", name), name);
    };
    await killedEverywhere(code, result, async (folder) => {
      const place = join(folder, "steps/s/0123");
      expect(existsSync(place) ? readdirSync(place).length : 2).toBe(2);
      await removeResult(folder, place);
      expect(await kept(join(folder, "steps/s"))).toEqual([]);
    });
  },
);
