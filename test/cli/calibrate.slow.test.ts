import { readFile, rm } from "node:fs/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Folder, folderWith } from "./command.js";

interface Said {
  readonly best: { readonly teams: object; readonly tokensPerSecond: number };
  readonly measured: readonly { readonly tokensPerSecond: number }[];
  readonly path: string;
}

let folder: Folder;
beforeAll(async () => void (folder = await folderWith({ "answers.yaml": "answers: []\n" })));
afterAll(async () => await folder?.remove());

it("measures what is fastest here, and keeps it", async () => {
  const { stdout } = await folder.pipeline("models", "calibrate", "tiny", "--json");
  const { best, measured, path } = JSON.parse(stdout) as Said;
  expect(measured.length).toBeGreaterThan(1);
  expect(best.tokensPerSecond).toBe(Math.max(...measured.map(({ tokensPerSecond }) => tokensPerSecond)));
  expect(JSON.parse(await readFile(path, "utf8"))).toEqual(best);
  await rm(path); // of a machine that was busy with tests
}, 900_000);

it("says what cannot be measured", async () => {
  const { exitCode, stderr } = await folder.pipeline("models", "calibrate", "http://127.0.0.1:1/v1#m");
  expect(exitCode).toBe(2);
  expect(stderr).toContain("is not run on this machine");
});
