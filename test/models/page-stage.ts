import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, onTestFinished } from "vitest";
import { type Folder, folderWith } from "../cli/command.js";
import { installIn } from "../support/installed.js";
import { blockOf } from "../support/pages.js";

const page = "docs/your-own-stage.md";

/** A stage of the page over three files, two of which are alike. */
export async function projectOf(stage: string, model: string): Promise<Folder> {
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

/** Runs it, and answers the response of each file. */
export async function answersOf(folder: Folder, stage: string): Promise<Record<string, string>> {
  expect(await folder.pipeline("run", "p.yaml", "--plain")).toMatchObject({ exitCode: 0, stderr: "" });
  const { stdout } = await folder.pipeline("inspect", stage, "--json");
  const records = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { source: { path: string }; response: string });
  return Object.fromEntries(records.map(({ source, response }) => [source.path, response]));
}
