import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { execa } from "execa";
import { expect, it, onTestFinished } from "vitest";
import { sha256 } from "../../pipeline/system/hash.js";
import { packageRoot } from "../../pipeline/system/paths.js";
import { createProcessGroup } from "../../scripts/prove/process-group.js";

const main = join(packageRoot, "dist/pipeline/cli/main.js");
const canWatchProcesses = process.platform === "linux" && process.getuid?.() === 0;

it(
  "gives the same bytes when it is killed again and again, and leaves no process behind",
  { timeout: 240_000 },
  async () => {
    const group = canWatchProcesses ? createProcessGroup("test-kill") : undefined;
    onTestFinished(() => group?.remove());
    const start = (folder: string, ...args: string[]) => {
      const command = [process.execPath, main, "run", "pipeline.yaml", "--json", ...args];
      const [file = "", rest = []] = group?.enter(command) ?? [command[0], command.slice(1)];
      return execa(file, rest, { cwd: folder, reject: false, stdin: "ignore", env: { PIPELINE_SET: "" } });
    };

    const undisturbed = caseFolder();
    const started = performance.now();
    expect(await start(undisturbed, "--workers", "2")).toMatchObject({ exitCode: 0 });
    const seconds = (performance.now() - started) / 1000;
    const expected = outputs(undisturbed);
    expect([...expected.keys()]).toEqual(
      expect.arrayContaining(["README.md", "manifest.json", "parquet/train.parquet"]),
    );

    const killed = caseFolder();
    for (const part of [0.15, 0.3, 0.45, 0.5, 0.6, 0.75]) {
      const running = start(killed, "--workers", "1");
      await Promise.race([wait(part * seconds * 1000), running]);
      running.kill("SIGKILL");
      await running;
      for (let attempt = 0; attempt < 100 && (group?.members().length ?? 0) > 0; attempt += 1) await wait(50);
      expect(group?.members() ?? []).toEqual([]);
    }
    expect(await start(killed, "--workers", "1")).toMatchObject({ exitCode: 0 });
    expect(outputs(killed)).toEqual(expected);
  },
);

function caseFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "pipeline-kill-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  cpSync(join(packageRoot, "test/cases/build-from-a-folder"), folder, { recursive: true });
  return folder;
}

function outputs(folder: string): Map<string, string> {
  const data = join(folder, "data/shop");
  const names = readdirSync(data, { recursive: true, encoding: "utf8" }).filter((name) =>
    statSync(join(data, name)).isFile(),
  );
  return new Map(names.toSorted().map((name) => [name, sha256(readFileSync(join(data, name)))]));
}
