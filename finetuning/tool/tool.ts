import { readdir, readFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { z } from "zod";
import { runChild } from "../../pipeline/system/child.js";
import { PipelineError } from "../../pipeline/system/errors.js";
import type { TrainerName, TrainingTool } from "../../pipeline/contract/finetuning.js";
import { hashValue, sha256 } from "../../pipeline/system/hash.js";
import { packageRoot } from "../../pipeline/system/paths.js";
import { findPython } from "../../pipeline/system/python/interpreter.js";
import { programsFolder } from "../identity.js";

/** A tool that is installed in the Python environment of the user's. */
export interface ToolPackage {
  readonly trainer: TrainerName;
  /** As the package index calls it. */
  readonly name: string;
  /** Packages below it whose versions decide what it does. */
  readonly below: readonly string[];
  /** How it is installed, and on what it runs. */
  readonly install: string;
}

/** The tool as it is installed where python3 of the PATH belongs to. Loads none of it. */
export async function findTool({ trainer, name, below, install }: ToolPackage): Promise<TrainingTool> {
  const { executable, version: python } = await findPython();
  const { stdout } = await runChild(executable, ["-c", tellVersions, name, ...below], {
    code: "python",
    env: toolEnvironment(trainer),
  });
  const versions = z.record(z.string(), z.string()).parse(JSON.parse(stdout));
  const { [name]: version, ...packages } = versions;
  if (version !== undefined) return { name, version, python, packages, programs: await hashPrograms(trainer) };
  throw new PipelineError(`the trainer ${trainer} needs the package ${name}, which ${executable} does not have`, {
    code: "training",
    hint:
      `${install}, in the environment of the python3 that is first on the PATH; or write trainer: peft, which ` +
      `brings its own`,
  });
}

const tellVersions = `
import importlib.metadata, json, sys
def version(name):
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None
print(json.dumps({name: found for name in sys.argv[1:] if (found := version(name))}))`;

/**
 * What programs run with that use a tool: the user's environment, and the programs of this toolkit. Nothing is fetched,
 * and nobody told.
 */
export function toolEnvironment(trainer: TrainerName): Readonly<Record<string, string>> {
  const own = [...programFolders(trainer), programsFolder];
  const users = process.env["PYTHONPATH"];
  return {
    PYTHONPATH: [...own, ...(users ? [users] : [])].join(delimiter),
    PYTHONUNBUFFERED: "1",
    PYTHONDONTWRITEBYTECODE: "1",
    PYTHONHASHSEED: "0",
    HF_HUB_OFFLINE: "1",
    HF_DATASETS_OFFLINE: "1",
    TOKENIZERS_PARALLELISM: "false",
    TQDM_DISABLE: "1",
    DO_NOT_TRACK: "1",
    AXOLOTL_DO_NOT_TRACK: "1",
    HF_HUB_DISABLE_TELEMETRY: "1",
    UNSLOTH_DISABLE_STATISTICS: "1",
    WANDB_MODE: "disabled",
  };
}

/** The programs of this toolkit that run a tool; what they share with the trainer that ships is in `programsFolder`. */
function programFolders(trainer: TrainerName): string[] {
  return [trainer, "tool"].map((folder) => join(packageRoot, "finetuning", folder));
}

async function hashPrograms(trainer: TrainerName): Promise<string> {
  const shared = ["contract.py", "parity.py", "rows.py"].map((name) => join(programsFolder, name));
  const own = await Promise.all(
    programFolders(trainer).map(async (folder) =>
      (await readdir(folder))
        .filter((name) => name.endsWith(".py"))
        .toSorted()
        .map((name) => join(folder, name)),
    ),
  );
  return hashValue(
    await Promise.all([...shared, ...own.flat()].map(async (path) => sha256(await readFile(path, "utf8")))),
  );
}
