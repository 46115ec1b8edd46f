import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { folderWith } from "./command.js";

it("makes rows of the scripts that ship: asked by what they do, and whole", async () => {
  const project = await folderWith({});
  onTestFinished(() => project.remove());
  const { stdout, stderr, exitCode } = await project.pipeline("run", "snippets", "--plain");
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  const text = await readFile(join(project.path, "data/snippet-dataset/jsonl/train.jsonl"), "utf8");
  const rows = text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(stdout).toMatch(/14 rows: 11 train, 1 val, 2 test/u);
  expect(rows.find(({ path }) => path === "go/word_count.go")).toMatchObject({
    messages: [
      {
        role: "user",
        content:
          "Write in Go: Counts the words of its standard input and prints the most frequent ones.\n" +
          "It defines: entry, count, main",
      },
      { role: "assistant", content: expect.stringMatching(/^package main\n/u) },
    ],
    described: "comment",
  });
}, 120_000);

it("takes the folder that --root names, from the working folder on", async () => {
  const project = await folderWith({});
  onTestFinished(() => project.remove());
  await mkdir(join(project.path, "mine/tools"), { recursive: true });
  await writeFile(join(project.path, "mine/tools/say.sh"), "#!/bin/sh\n# Says hello.\necho hello\n");
  const { stdout, stderr, exitCode } = await project.pipeline("run", "snippets", "--root", "mine", "--plain");
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  expect(stdout).toContain("1 row");
}, 120_000);
