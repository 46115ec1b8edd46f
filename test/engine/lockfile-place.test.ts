import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { lockfilePlace } from "../../pipeline/engine/state/lockfile-place.js";
import { packageRoot } from "../../pipeline/system/paths.js";
import { temporaryFolder } from "../support/pipelines.js";

const shipped = join(packageRoot, "config");

it("is beside a pipeline of the user's own, and beside those that ship in a clone", async () => {
  const [cwd, cacheDir] = [await temporaryFolder(), await temporaryFolder()];
  expect(await lockfilePlace(cwd, { cwd, cacheDir })).toBe(join(cwd, "pipeline.lock"));
  expect(await lockfilePlace(shipped, { cwd: packageRoot, cacheDir })).toBe(join(shipped, "pipeline.lock"));
});

it("of a pipeline that ships begins in the cache with the pins that ship, and keeps later pins", async () => {
  const [cwd, other, cacheDir] = [await temporaryFolder(), await temporaryFolder(), await temporaryFolder()];
  const place = await lockfilePlace(shipped, { cwd, cacheDir });
  expect(place.startsWith(join(cacheDir, "locks"))).toBe(true);
  const pins = await readFile(join(shipped, "pipeline.lock"), "utf8");
  expect(await readFile(place, "utf8")).toBe(pins);

  await writeFile(place, "# pinned since\n");
  expect(await lockfilePlace(shipped, { cwd, cacheDir })).toBe(place);
  expect(await readFile(place, "utf8")).toBe("# pinned since\n");
  expect(await readFile(await lockfilePlace(shipped, { cwd: other, cacheDir }), "utf8")).toBe(pins);
});
