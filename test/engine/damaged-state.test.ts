import { randomBytes } from "node:crypto";
import { mkdirSync, openSync, readFileSync, rmSync, statSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import Database from "libsql";
import { describe, expect, it } from "vitest";
import { packageRoot } from "../../pipeline/system/paths.js";
import { pipelineOf, runAll, temporaryFolder } from "../support/pipelines.js";

const damage = Buffer.from("no database, whatever its name says. ".repeat(300));
const numbers = { stage: "numbers", with: { count: 300 } };

/** The state file, with all that its journal held. */
function checkpointed(cwd: string): string {
  const path = join(cwd, ".pipeline/state.db");
  const database = new Database(path);
  database.pragma("wal_checkpoint(TRUNCATE)");
  database.close();
  for (const ending of ["-wal", "-shm"]) rmSync(`${path}${ending}`, { force: true });
  return path;
}

describe("a damaged file in .pipeline", () => {
  it("is no other run: a damaged lock is said in a sentence, with the fix", async () => {
    const cwd = await temporaryFolder();
    mkdirSync(join(cwd, ".pipeline"));
    writeFileSync(join(cwd, ".pipeline/lock.db"), damage);
    const pipeline = await pipelineOf(cwd, [numbers]);
    expect((await runAll(pipeline, { cwd })).error).toMatchObject({
      code: "disk",
      message: expect.stringMatching(/lock\.db is damaged/u),
      hint: expect.stringContaining("remove that file"),
    });
    rmSync(join(cwd, ".pipeline/lock.db"));
    expect((await runAll(pipeline, { cwd })).error).toBeUndefined();
  });

  it("is named, where it is the list of runs; without it, finished steps are still there", async () => {
    const cwd = await temporaryFolder();
    const pipeline = await pipelineOf(cwd, [numbers]);
    await runAll(pipeline, { cwd });
    writeFileSync(checkpointed(cwd), damage);
    expect((await runAll(pipeline, { cwd })).error).toMatchObject({
      code: "disk",
      message: expect.stringMatching(/\.pipeline\/state\.db is damaged/u),
      hint: expect.stringContaining("remove it"),
    });
    for (const ending of ["", "-wal", "-shm"]) rmSync(join(cwd, `.pipeline/state.db${ending}`), { force: true });
    expect((await runAll(pipeline, { cwd })).events.at(-1)).toMatchObject({ status: "done", nothingToDo: true });
  });

  it("is named, too, where its damage shows later than at its opening", async () => {
    const cwd = await temporaryFolder();
    await runAll(await pipelineOf(cwd, [numbers]), { cwd });
    const state = checkpointed(cwd);
    // All pages but the first, which says what tables there are.
    const size = statSync(state).size;
    writeSync(openSync(state, "r+"), randomBytes(size - 4096), 0, size - 4096, 4096);
    expect(readFileSync(state).length).toBe(size);
    const { stderr, exitCode } = await execa(
      process.execPath,
      [join(packageRoot, "dist/pipeline/cli/main.js"), "status"],
      { cwd, reject: false },
    );
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/state\.db is damaged: .*\n[^]*remove it/u);
    expect(stderr).not.toContain("This should not happen");
  });
});
