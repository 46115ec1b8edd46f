import { createWriteStream } from "node:fs";
import { chmod } from "node:fs/promises";
import { basename, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { openPromise } from "yauzl";
import type { CheckerTool, FoundTool, ToolWheel } from "../../contract/checker.js";
import { PipelineError } from "../../system/errors.js";
import { makeFolder, withWorkFolder } from "../../system/files/make-folder.js";
import { hashValue } from "../../system/hash.js";
import { downloadWheel } from "../../system/python/pip.js";
import type { ToolSearch } from "./tool-search.js";
import { throughWine } from "./wine.js";

/** A program that a wheel brings, in the cache; fetched where it is to be run. */
export async function findWheelTool(
  tool: CheckerTool,
  wheel: ToolWheel,
  search: Omit<ToolSearch, "isContainer">,
): Promise<FoundTool> {
  const { cacheDir, signal } = search.context;
  const name = basename(tool.command);
  const found = async (): Promise<string> => {
    const folder = await makeFolder(
      join(cacheDir, "tools"),
      `${wheel.name}-${wheel.version}-${wheel.sha256.slice(0, 16)}`,
      async (incoming) => await unpack(name, wheel, incoming, { cacheDir, signal }),
      { signal },
    );
    return join(folder, name);
  };
  if (name.toLowerCase().endsWith(".exe")) return await throughWine({ tool, wheel, program: found }, search);
  const command = search.purpose === "run" ? await found() : name;
  return {
    tool: { ...tool, command, readable: [...(tool.readable ?? []), join(cacheDir, "tools")] },
    hash: hashValue(wheel),
  };
}

/** Puts the one file of the wheel that has this name into the folder. */
async function unpack(
  name: string,
  { name: project, version, sha256 }: ToolWheel,
  folder: string,
  { cacheDir, signal }: { readonly cacheDir: string; readonly signal: AbortSignal },
): Promise<void> {
  await withWorkFolder(join(cacheDir, "tools"), "wheel", async (incoming) => {
    const wheel = await downloadWheel(`${project}==${version} --hash=sha256:${sha256}`, [], incoming, signal);
    const zip = await openPromise(join(incoming, wheel), { autoClose: false });
    try {
      for await (const entry of zip.eachEntry()) {
        if (basename(entry.fileName) !== name) continue;
        const target = join(folder, name);
        await pipeline(await zip.openReadStreamPromise(entry), createWriteStream(target), { signal });
        await chmod(target, 0o755);
        return;
      }
    } finally {
      zip.close();
    }
    throw new PipelineError(`${wheel} has no file ${name}`, {
      code: "archive",
      hint: "name a file of the wheel as the command",
    });
  });
}
