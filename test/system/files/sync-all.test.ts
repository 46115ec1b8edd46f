import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it, vi } from "vitest";
import { syncAll } from "../../../pipeline/system/files/sync-all.js";
import { temporaryFolder } from "../../support/pipelines.js";

async function files(count: number) {
  const folder = await temporaryFolder();
  const paths = Array.from({ length: count }, (_, number) => join(folder, `${number}.txt`));
  for (const path of paths) await writeFile(path, "x");
  return { folder, paths };
}

it("puts many files on the disk, and folders", async () => {
  const { folder, paths } = await files(100);
  await expect(syncAll(folder, [...paths, folder])).resolves.toBeUndefined();
});

it("does it file by file where there are few, or no command that does it for all", async () => {
  const { folder, paths } = await files(100);
  const missing = join(folder, "nonsuch.txt");
  await expect(syncAll(folder, [paths[0] ?? "", missing])).rejects.toMatchObject({ code: "ENOENT", path: missing });
  vi.stubEnv("PATH", "");
  await expect(syncAll(folder, [...paths, missing])).rejects.toMatchObject({ code: "ENOENT", path: missing });
  vi.unstubAllEnvs();
  await expect(syncAll(folder, paths)).resolves.toBeUndefined();
});
