import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { makePath } from "../../pipeline/system/files/make-path.js";
import { temporaryFolder } from "../support/pipelines.js";

describe("making a folder", () => {
  it("makes those above it, and leaves what is there", async () => {
    const path = join(await temporaryFolder(), "one/two/three");
    makePath(path, "it", "");
    makePath(path, "it", "");
    expect(existsSync(path)).toBe(true);
  });

  it.runIf(process.platform === "linux").each(["/proc/one", "/proc/one/two"])(
    "says of %s that nothing can be made there, and does not try for ever",
    (path) => {
      expect(() => makePath(path, "the cache folder", "name another")).toThrowError(
        expect.objectContaining({
          code: "disk",
          message: `cannot make the cache folder ${path}: no folder can be made there (ENOENT, /proc/one)`,
          hint: "name another",
        }),
      );
    },
  );

  it("says that a file is in the way", async () => {
    const file = join(await temporaryFolder(), "file");
    await writeFile(file, "");
    expect(() => makePath(file, "it", "")).toThrowError(/a file has that name \(EEXIST/u);
    expect(() => makePath(join(file, "below"), "it", "")).toThrowError(/(?:EEXIST|ENOTDIR)/u);
  });
});
