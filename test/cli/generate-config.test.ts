import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Folder, folderWith } from "./command.js";
import { pattern } from "../support/pattern.js";

/** A model that thinks aloud after a begun <think>, and mends a test that it is told of. */
const teacher = `rules:
  - match: "and they failed"
    answers: ["def test_doubled():\\n    assert doubled(4) == 8\\n"]
  - match: "assistant\\n"
    answers:
      - |
        What is it for?

        def test_thought():
            assert doubled(1) == 3
        </think>

        def test_doubled():
            assert doubled(2) == 4
  - match: "Mend it"
    answers: ["def test_doubled():\\n    assert doubled(missing) == 8\\n"]
`;

const config = `# Everything but the steps, which are those that ship.
model: { file: scripted:teacher.yaml }
generation: { temperature: 0, max_tokens: 300 }
hardware: { n_threads: 1 }
output: { default_dir: my_tests }
prompt:
  template: |
    <|im_start|>user
    Test {{name}}, briefly:
    {{code}}<|im_end|>
    <|im_start|>assistant
    <think>
`;

let folder: Folder;
beforeAll(async () => {
  folder = await folderWith({
    "teacher.yaml": teacher,
    "mine.yaml": config,
    "broken.yaml": config.replace("max_tokens", "max_token").replace("{{name}}", "{{nmae}}"),
    "plain.yaml": 'rules: [{ match: "doubled", answers: ["def test_doubled():\\n    assert doubled(2) == 4\\n"] }]\n',
    "tools.py": "def doubled(a):\n    return 2 * a\n",
  });
  await mkdir(join(folder.path, "config"));
});
afterAll(async () => await folder.remove());

const quick = ["--set", "verify.runs=1", "--set", "verify.measure=false", "--plain"];
const read = async (path: string) => await readFile(join(folder.path, path), "utf8");

describe("generate --config", () => {
  it("takes a file of the keys that tools for local models share", async () => {
    const { exitCode, stdout, stderr } = await folder.pipeline(
      "generate",
      "tools.py",
      "--config",
      "mine.yaml",
      ...quick,
    );
    expect([exitCode, stderr, stdout]).toEqual([0, "", expect.stringContaining("1 test passes")]);
    expect(await read("my_tests/test_tools.py")).toMatch(
      /\nfrom tools import doubled\n\n\ndef test_doubled_with_2\(\):\n {4}assert doubled\(2\) == 4\n$/u,
    );
  });

  it("is weaker than the command line, and config show tells which is which", async () => {
    const { stdout } = await folder.pipeline("config", "show", "mine.yaml", "--set", "generate.maxTokens=9");
    expect(stdout).toMatch(
      pattern(
        /hardware:\n +n_threads: 1 +# mine\.yaml:4\noutput:\n +default_dir: my_tests +# mine\.yaml:5\nmodels:\n/u,
        / +writer:\n +source: scripted:teacher\.yaml +# mine\.yaml:2\n/u,
      ),
    );
    expect(stdout).toMatch(/temperature: 0 +# mine\.yaml:3\n[^]*maxTokens: 9 +# --set generate\.maxTokens=9\n/u);
    const { exitCode } = await folder.pipeline(
      "generate",
      "tools.py",
      "--config",
      "mine.yaml",
      "-o",
      "elsewhere",
      ...quick,
    );
    expect([exitCode, await read("elsewhere/test_tools.py")]).toEqual([0, await read("my_tests/test_tools.py")]);
  });

  it("shows mistakes where they stand", async () => {
    const { exitCode, stderr } = await folder.pipeline("generate", "tools.py", "--config", "broken.yaml", ...quick);
    expect([exitCode, stderr]).toEqual([
      2,
      expect.stringMatching(
        pattern(
          /unknown option "max_token" of "generation" .*\n\n +broken\.yaml:3:\d+\n[^]*~~~~~~~~~\n/u,
          / +Did you mean "max_tokens"\?/u,
        ),
      ),
    ]);
    await writeFile(join(folder.path, "broken.yaml"), config.replace("{{name}}", "{{nmae}}"));
    expect((await folder.pipeline("generate", "tools.py", "--config", "broken.yaml", ...quick)).stderr).toMatch(
      /unknown placeholder \{\{nmae\}\} in prompt\.template\n\n +broken\.yaml:9:10\n/u,
    );
  });
});

/** Steps under other names than those of the file that ships, and the names by which they are set. */
const otherSteps = `name: other
parameters:
  source: { sets: code.sources }
  include: { sets: code.include }
  model: { sets: ask.model }
  warmth: { sets: ask.temperature, help: "how freely the model answers" }
  verify: { steps: [check] }
steps:
  - { id: code, stage: ingest, with: { sources: ["folder:."] } }
  - { id: functions, stage: extract }
  - { id: ask, stage: generate, with: { model: "scripted:gone.yaml", temperature: 0, form: chat } }
  - { id: check, stage: verify, with: { kills: 0, runs: 1 } }
  - { id: out, stage: write, from: { tests: check, written: ask } }
`;

describe("generate --config with steps of other names", () => {
  const run = async (...args: string[]) =>
    await folder.pipeline("generate", "tools.py", "--config", "other.yaml", "--model", "scripted:plain.yaml", ...args);

  it("gives values to what the file declares, and tells what came of it", async () => {
    await writeFile(join(folder.path, "other.yaml"), otherSteps);
    const { exitCode, stdout, stderr } = await run("-o", "others", "--no-verify", "--json");
    expect([exitCode, stderr]).toEqual([0, ""]);
    expect(JSON.parse(stdout.split("\n").at(-1) ?? "")).toMatchObject({
      isVerified: false,
      functions: { asked: 1 },
      targets: [{ name: "doubled", status: "unverified", reason: null }],
    });
    expect((await run("--dry-run")).stdout).toContain("1 target in 1 file");
  });

  it("has the options of its file in the help, and refuses those that the file does not declare", async () => {
    expect((await run("--help")).stdout).toMatch(/--warmth <number> +how freely the model answers/u);
    const { exitCode, stderr } = await run("--samples", "2");
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining("unknown option '--samples'")]);
  });

  it("says what a file has to declare that does not say where the code comes from", async () => {
    await writeFile(join(folder.path, "other.yaml"), otherSteps.replace("  source: { sets: code.sources }\n", ""));
    const { exitCode, stderr } = await run();
    expect([exitCode, stderr]).toEqual([
      2,
      expect.stringMatching(/other\.yaml does not say where the code comes from[^]*source: \{ sets: STEP\.sources \}/u),
    ]);
  });
});

describe("generate --repair", () => {
  it("lets the model try again where none of its tests passes, and not without being asked to", async () => {
    await writeFile(
      join(folder.path, "mend.yaml"),
      'model: { file: scripted:teacher.yaml }\nprompt:\n  template: "Mend it: {{code}}"\n',
    );
    const args = ["generate", "tools.py", "--config", "mend.yaml", "--samples", "1", "-o", "mended", ...quick];
    expect((await folder.pipeline(...args)).stdout).toContain("No test that can be used was written.");
    const { exitCode, stdout } = await folder.pipeline(...args, "--repair", "2");
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining("1 test passes")]);
    expect(await read("mended/test_tools.py")).toContain("assert doubled(4) == 8");
  });
});
