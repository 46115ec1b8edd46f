import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { expect, it, onTestFinished } from "vitest";
import { packageRoot } from "../../pipeline/system/paths.js";
import { type Folder, folderWith } from "./command.js";

const secret = "T0PS3CR3Tt0ken";
const main = join(packageRoot, "dist/pipeline/cli/main.js");

async function folder(files: Readonly<Record<string, string>>): Promise<Folder> {
  const made = await folderWith(files);
  onTestFinished(() => made.remove());
  return made;
}

/** What is in the files of a folder, the pipeline's own ones too, but for those that the test wrote. */
async function leftBehind(path: string, but: readonly string[]): Promise<string> {
  const names = (await readdir(path, { recursive: true })).filter((name) => !but.includes(name));
  const texts = await Promise.all(
    names.map(async (name) =>
      (await stat(join(path, name))).isFile() ? await readFile(join(path, name), "latin1") : "",
    ),
  );
  return texts.join("\n");
}

it.each(["run", "plan", "config show", "config validate"])(
  "a secret in a pipeline file shows up in nothing that %s says or leaves",
  async (command) => {
    const project = await folder({
      "p.yaml":
        `name: p\nsteps:\n  - stage: ingest\n    with: { sources: ["git:https://oauth2:${secret}@localhost:9/x.git"] ` +
        `}\n`,
    });
    for (const form of [[], ["--json"]].slice(0, command.startsWith("config") ? 1 : 2)) {
      const { exitCode, stdout, stderr } = await project.pipeline(...command.split(" "), "p.yaml", ...form);
      expect(exitCode).toBe(2);
      expect(stdout + stderr).toContain("password or a token");
      expect(stdout + stderr).not.toContain(secret);
    }
    expect(await leftBehind(project.path, ["p.yaml"])).not.toContain(secret);
  },
);

it("nor does one of a list, of a setting, of a training's configuration or of the command line", async () => {
  const project = await folder({
    "list.yaml": 'name: p\nsteps:\n  - stage: ingest\n    with: { sources: ["list:repos.txt"] }\n',
    "repos.txt": `# ours\nhttps://${secret}@localhost:9/x.git\n`,
    "plain.yaml": "name: p\nsteps:\n  - stage: ingest\n    with: { sources: [] }\n",
  });
  for (const args of [
    ["run", "list.yaml"],
    ["plan", "plain.yaml", "--set", `ingest.sources=["git:https://me:${secret}@localhost:9/x.git"]`],
    ["generate", `git:https://me:${secret}@localhost:9/x.git`],
  ]) {
    const { exitCode, stdout, stderr } = await project.pipeline(...args);
    expect([args[0], exitCode]).toEqual([args[0], 2]);
    expect(stdout + stderr).toContain("…");
    expect(stdout + stderr).not.toContain(secret);
  }
  expect(await leftBehind(project.path, ["list.yaml", "repos.txt", "plain.yaml"])).not.toContain(secret);
});

it("nor does one that pip has from its own configuration", async () => {
  const project = await folder({
    "p.yaml": 'name: p\nsteps:\n  - stage: ingest\n    with: { sources: ["pypi:toolz"] }\n',
  });
  const env = {
    NO_COLOR: "1",
    PIPELINE_SET: "",
    PIP_RETRIES: "0",
    PIP_INDEX_URL: `http://localhost:9/simple?token=${secret}`,
    PIP_EXTRA_INDEX_URL: `http://${secret}@localhost:9/simple`,
  };
  const { exitCode, stdout, stderr } = await execa(process.execPath, [main, "run", "p.yaml", "--debug"], {
    cwd: project.path,
    reject: false,
    env,
  });
  expect(exitCode).toBe(1);
  expect(stderr).toContain("toolz");
  expect(stdout + stderr + (await leftBehind(project.path, ["p.yaml"]))).not.toContain(secret);
});
