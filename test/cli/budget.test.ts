import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { folderWith, oddNumbers } from "./command.js";

async function folder(files: Readonly<Record<string, string>>) {
  const made = await folderWith(files);
  onTestFinished(made.remove);
  return made;
}

it("a budget of items ends the command with exit code 75, says what to do, and the same command goes on", async () => {
  const { pipeline } = await folder({ "odd.yaml": `budget: { items: 100 }\n${oddNumbers}` });
  const first = await pipeline("run", "odd.yaml", "--plain");
  expect(first.exitCode).toBe(75);
  expect(first.stderr).toContain("error: the budget of the run is used up: 100 items");
  expect(first.stderr).toContain("run the same command again");
  expect(first.stdout).toContain("What is finished is kept. To go on:  pipeline run odd.yaml --plain");
  const second = await pipeline("run", "odd.yaml", "--plain");
  expect(second.exitCode, `it says ${second.stderr}`).toBe(0);
}, 60_000);

it("a budget of tokens stops a step that asks a model", async () => {
  const functions = Array.from({ length: 60 }, (_, number) => `def f${number}(x):\n    return x + ${number}\n`);
  const { path, pipeline } = await folder({
    "answers.yaml": 'rules:\n  - match: "def f"\n    answers: ["def test_it():\\n    assert f1(1) == 2\\n"]\n',
    "ask.yaml":
      'name: ask\nmodels: { teacher: { source: "scripted:answers.yaml" } }\nsteps:\n' +
      '  - { stage: ingest, with: { sources: ["folder:code"] } }\n  - { stage: extract }\n' +
      "  - { stage: generate, with: { model: teacher, form: chat }, budget: { tokens: 5 } }\n",
  });
  await mkdir(join(path, "code"));
  await writeFile(join(path, "code/numbers.py"), functions.join("\n\n"));
  const { exitCode, stderr } = await pipeline("run", "ask.yaml", "--plain");
  expect(stderr).toMatch(/the budget of step "generate" is used up: (?:\d+ of )?5 tokens/u);
  expect(exitCode).toBe(75);
}, 60_000);

it("mistakes in retries and budgets are shown where they stand", async () => {
  const { pipeline } = await folder({ "odd.yaml": `retries: often\nbudget: { tokenz: 5 }\n${oddNumbers}` });
  const { exitCode, stderr } = await pipeline("config", "validate", "odd.yaml");
  expect(exitCode).toBe(2);
  expect(stderr).toContain("odd.yaml:1:10");
  expect(stderr).toContain('Did you mean "tokens"?');
}, 60_000);
