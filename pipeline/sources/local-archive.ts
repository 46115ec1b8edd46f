import { readdir, rename, rmdir } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { PipelineError } from "../system/errors.js";
import { hashFile } from "../system/hash.js";
import { holdsLfsPointer, lfsHint } from "../system/lfs.js";
import { unpackZip } from "./archive.js";
import type { Refusal } from "./files.js";
import type { PinnedSource, SourceContext } from "./pinned.js";
import { describeProject } from "./project.js";
import { describeWheel, expectPureWheel, parseWheelName } from "./wheel.js";

/** A wheel or a zip archive of a project on this machine. */
export async function pinArchive(ref: string, path: string, { baseDir, signal }: SourceContext): Promise<PinnedSource> {
  const file = resolve(baseDir, path);
  const hash = await hashArchive(file, ref, signal);
  const wheel = parseWheelName(basename(file));
  if (wheel !== null) {
    return {
      ref,
      ...wheel,
      hash,
      own: false,
      fill: (folder) => unpackWheel(file, folder, signal),
      describe: (folder) => describeWheel(folder, basename(file)),
    };
  }
  const name = basename(file)
    .replace(/\.zip$/iu, "")
    .replaceAll(/[^\w.-]/gu, "-");
  return {
    ref,
    name,
    version: hash.slice(0, 12),
    hash,
    own: false,
    fill: (folder) => unpackProject(file, folder, signal),
    describe: describeProject,
  };
}

/** Unpacks a wheel, and refuses one that holds compiled code. */
export async function unpackWheel(file: string, folder: string, signal: AbortSignal): Promise<readonly Refusal[]> {
  await unpackZip(file, folder, { signal });
  await expectPureWheel(folder, basename(file));
  return [];
}

/**
 * Archives of a project mostly hold one folder, named after its version, and all files in it: that folder is the
 * project.
 */
async function unpackProject(file: string, folder: string, signal: AbortSignal): Promise<readonly Refusal[]> {
  await unpackZip(file, folder, { skip: isOfFileManager, signal });
  const [only, ...more] = await readdir(folder, { withFileTypes: true });
  if (
    only === undefined ||
    more.length > 0 ||
    !only.isDirectory() ||
    (await readdir(join(folder, only.name))).includes("__init__.py")
  )
    return [];
  const aside = `${folder}.inner`;
  await rename(join(folder, only.name), aside);
  await rmdir(folder);
  await rename(aside, folder);
  return [];
}

/** What the file managers of macOS and Windows put beside files: how a folder looks, resource forks, previews. */
function isOfFileManager(path: string): boolean {
  const parts = path.replace(/\/$/u, "").split("/");
  return parts.some((part) => ofMacos.test(part) || ofWindows.test(part));
}

const ofMacos = /^(?:__MACOSX|\.DS_Store|\.AppleDouble|\.Spotlight-V100|\.Trashes|\.fseventsd|\._.+)$/iu;
const ofWindows = /^(?:Thumbs\.db|desktop\.ini)$/iu;

async function hashArchive(file: string, ref: string, signal: AbortSignal): Promise<string> {
  if (await holdsLfsPointer(file))
    throw new PipelineError(`source "${ref}": a pointer of Git LFS, not the archive itself`, {
      code: "archive",
      hint: lfsHint,
    });
  if (!/\.(?:whl|zip)$/iu.test(file)) {
    throw new PipelineError(`source "${ref}": expected a .whl or a .zip archive`, {
      code: "reference",
      hint: "unpack it and give the folder as folder:PATH",
    });
  }
  try {
    return await hashFile(file, signal);
  } catch (error) {
    throw new PipelineError(`cannot read the archive ${file} (${(error as NodeJS.ErrnoException).code ?? ""})`, {
      code: "reference",
      hint: "the path is relative to the pipeline file's folder",
      cause: error,
    });
  }
}
