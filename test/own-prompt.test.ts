import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { type Folder, folderWith } from "./cli/command.js";
import { installIn } from "./support/installed.js";
import { blockOf } from "./support/pages.js";

const page = "docs/your-own-stage.md";

/** The page's stage, asking a model that answers from a script. */
async function explained(prompt: string): Promise<Folder> {
  const folder = await folderWith({
    "explain.mjs": blockOf(page, "js", "// explain.mjs"),
    "explain.yaml": prompt,
    "explained.yaml": blockOf(page, "yaml", "name: explained").replace(
      "coder-0.5b",
      '{ source: "scripted:answers.yaml" }',
    ),
    "answers.yaml": "rules:\n  - { match: shop/prices.py for, answers: [It holds prices.] }\n",
  });
  onTestFinished(folder.remove);
  await installIn(folder.path);
  await mkdir(join(folder.path, "shop/shop"), { recursive: true });
  await writeFile(join(folder.path, "shop/shop/prices.py"), "RATE = 0.25\n");
  await writeFile(join(folder.path, "shop/shop/long.py"), "x = 1\n".repeat(2000));
  return folder;
}

it("a stage of a user's own asks a model with placeholders of its own", async () => {
  const folder = await explained(blockOf(page, "yaml", "# explain.yaml"));
  expect(await folder.pipeline("run", "explained.yaml", "--plain")).toMatchObject({ exitCode: 0, stderr: "" });
  const { stdout } = await folder.pipeline("inspect", "explain", "--json");
  expect(stdout).toContain("What is shop/prices.py for?\\n\\nRATE = 0.25");
  expect(stdout).toContain("It holds prices.");
  expect((await folder.pipeline("inspect", "rejects")).stdout).toMatch(/\d+ tokens, at most 1000 are asked about/u);
});

it("a prompt file with another placeholder is refused before anything runs", async () => {
  const folder = await explained("name: explain\ninstruction: What is {{pth}} for?\n");
  const { exitCode, stderr } = await folder.pipeline("plan", "explained.yaml");
  expect(exitCode).toBe(2);
  expect(stderr).toContain("{{pth}}");
  expect(stderr).toContain("explain.yaml:2");
});
