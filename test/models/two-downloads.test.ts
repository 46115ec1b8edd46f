import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { execa } from "execa";
import { join } from "node:path";
import { expect, it, vi } from "vitest";
import { packageRoot } from "../../pipeline/system/paths.js";
import { temporaryFolder } from "../support/pipelines.js";
import { startHub } from "./hub-server.js";

const content = randomBytes(3_000_000);

async function pulls() {
  const hub = await startHub({ repository: "acme/tiny", files: [{ path: "q4/tiny.gguf", content }] });
  const cacheDir = await temporaryFolder();
  const pull = () =>
    execa(
      process.execPath,
      [join(packageRoot, "dist/pipeline/cli/main.js"), "models", "pull", "hf:acme/tiny/q4/tiny.gguf"],
      {
        env: { HF_ENDPOINT: hub.url, PIPELINE_CACHE: cacheDir },
        reject: false,
      },
    );
  return { hub, pull };
}

it("a model that two processes fetch at once is downloaded once, and both get it whole", async () => {
  const { hub, pull } = await pulls();
  hub.holds.push(1_000_000);
  const first = pull();
  await vi.waitUntil(() => hub.held.length === 1, { timeout: 20_000 });
  const second = pull();
  let told = "";
  second.stderr?.on("data", (text: Buffer) => {
    told += text.toString();
  });
  await vi.waitUntil(() => told.includes("another process fetches"), { timeout: 20_000 });
  hub.held.shift()?.();
  const both = await Promise.all([first, second]);
  expect(both).toMatchObject([{ exitCode: 0 }, { exitCode: 0 }]);
  expect(both[0].stdout).toBe(both[1].stdout);
  expect(readFileSync(both[0].stdout).equals(content)).toBe(true);
  expect(hub.downloads).toHaveLength(1);
});

it("a download whose process is killed is gone on with at once, by the one that waited for it", async () => {
  const { hub, pull } = await pulls();
  hub.holds.push(1_000_000);
  const first = pull();
  await vi.waitUntil(() => hub.held.length === 1, { timeout: 20_000 });
  const second = pull();
  let told = "";
  second.stderr?.on("data", (text: Buffer) => {
    told += text.toString();
  });
  await vi.waitUntil(() => told.includes("another process fetches"), { timeout: 20_000 });
  first.kill("SIGKILL");
  const { exitCode, stdout } = await second;
  expect(exitCode).toBe(0);
  expect(readFileSync(stdout).equals(content)).toBe(true);
  expect(hub.ranges.at(-1)).toMatch(/^bytes=[1-9]\d*-2999999$/u);
});
