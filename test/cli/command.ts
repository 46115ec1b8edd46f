import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { packageRoot } from "../../pipeline/system/paths.js";

const main = join(packageRoot, "dist/pipeline/cli/main.js");
const stage = (name: string) => join(packageRoot, `test/support/stages/${name}.mjs`);

/** A pipeline of the stages for tests: numbers, of which the odd ones are written to a file. */
export const oddNumbers = `name: odd
seed: 3
steps:
  - stage: ${stage("numbers")}
    with: { count: 150 }
  - stage: ${stage("keep-odd")}
  - stage: ${stage("write-out")}
`;

export interface Folder {
  readonly path: string;
  /** Runs the built command in the folder, to its end. */
  readonly pipeline: (...args: string[]) => Promise<Awaited<ReturnType<typeof startCommand>>>;
  /** Starts the built command in the folder. */
  readonly start: (...args: string[]) => ReturnType<typeof startCommand>;
  readonly remove: () => Promise<void>;
}

/** A folder with files, and the command line in it. */
export async function folderWith(files: Readonly<Record<string, string>>): Promise<Folder> {
  const path = await mkdtemp(join(tmpdir(), "pipeline-cli-"));
  for (const [name, text] of Object.entries(files)) await writeFile(join(path, name), text);
  return {
    path,
    pipeline: async (...args) => await startCommand(path, args),
    start: (...args) => startCommand(path, args),
    remove: async () => await rm(path, { recursive: true, force: true }),
  };
}

function startCommand(cwd: string, args: readonly string[]) {
  return execa(process.execPath, [main, ...args], { cwd, reject: false, env: { NO_COLOR: "1", PIPELINE_SET: "" } });
}
