import { rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { PipelineError } from "../system/errors.js";
import { hashFile } from "../system/hash.js";
import { makeFolder, withWorkFolder } from "../system/files/make-folder.js";
import { sync } from "../system/files/write-file.js";
import { unpackWheel } from "./local-archive.js";
import type { PinnedSource, SourceContext } from "./pinned.js";
import { downloadWheel } from "../system/python/pip.js";
import { describeWheel, isPureName, notPure, parseWheelName } from "./wheel.js";

const Release = z.strictObject({ version: z.string() });
const Wheel = z.strictObject({ wheel: z.string(), sha256: z.string().regex(/^[0-9a-f]{64}$/u) });
type Wheel = z.infer<typeof Wheel>;

/**
 * The wheel that a package stands for, through the user's own pip. pipeline.lock keeps the release of a package
 * without a version, and the wheel of each release; with both there, nothing is asked.
 */
export async function pinPackage(
  { name, version }: { name: string; version: string | null },
  context: SourceContext,
): Promise<PinnedSource> {
  let found: Wheel | undefined;
  const findWheel = async (wanted: string | null) => (found ??= await downloadNewest(name, wanted, context));
  const release =
    version ??
    (await context.lockfile.pin(`pypi:${name}`, Release, async () => ({ version: versionOf(await findWheel(null)) })))
      .version;
  const ref = `pypi:${name}@${release}`;
  const pinned = await context.lockfile.pin(ref, Wheel, () => findWheel(release));
  return {
    ref,
    name,
    version: release,
    hash: pinned.sha256,
    own: false,
    fill: async (folder) => unpackWheel(await fetchWheel(name, release, pinned, context), folder, context.signal),
    describe: (folder) => describeWheel(folder, pinned.wheel),
  };
}

/** The pinned wheel's file in the cache; downloaded where it is not there, or was damaged. */
async function fetchWheel(
  name: string,
  version: string,
  { wheel, sha256 }: Wheel,
  context: SourceContext,
): Promise<string> {
  const file = join(downloads(context), sha256, wheel);
  if (await isWhole(file, sha256)) return file;
  await download(context, pureTags, `${name}==${version} --hash=sha256:${sha256}`, `${name} ${version}`);
  if (await isWhole(file, sha256)) return file;
  throw new PipelineError(`${name} ${version}: pip brought another file than ${wheel}, which pipeline.lock pins`, {
    code: "hash-mismatch",
    hint: "run with --update to pin the package again",
  });
}

/** The wheel of the newest release, or of one release: without compiled code, where the release has such a wheel. */
async function downloadNewest(name: string, version: string | null, context: SourceContext): Promise<Wheel> {
  const what = version === null ? name : `${name} ${version}`;
  const wheel = await download(context, [], version === null ? name : `${name}==${version}`, what);
  if (isPureName(wheel.wheel)) return wheel;
  await rm(join(downloads(context), wheel.sha256), { recursive: true, force: true });
  try {
    return await download(context, pureTags, `${name}==${versionOf(wheel)}`, what);
  } catch (error) {
    if (error instanceof PipelineError && error.code === "source")
      throw notPure(wheel.wheel, "it is made for one platform, and the release has no other wheel");
    throw error;
  }
}

/** Makes pip look at wheels for any platform alone: the same one on every machine. */
const pureTags = ["--platform", "any", "--abi", "none", "--implementation", "py"];

/** Downloads one wheel into the cache, as <downloads>/<sha256>/<file name>. */
async function download(
  context: SourceContext,
  tags: readonly string[],
  requirement: string,
  what: string,
): Promise<Wheel> {
  const root = downloads(context);
  context.emit({ type: "transfer", what, done: 0, total: null });
  return await withWorkFolder(root, "incoming", async (incoming) => {
    const file = await downloadWheel(requirement, tags, incoming, context.signal);
    const sha256 = await hashFile(join(incoming, file), context.signal);
    await makeFolder(
      root,
      sha256,
      async (partial) => {
        await rename(join(incoming, file), join(partial, file));
        await sync(join(partial, file));
        await sync(partial);
      },
      { isWhole: async (folder) => await isWhole(join(folder, file), sha256), signal: context.signal },
    );
    const { size } = await stat(join(root, sha256, file));
    context.emit({ type: "transfer", what, done: size, total: size });
    return { wheel: file, sha256 };
  });
}

function downloads({ cacheDir }: SourceContext): string {
  return join(cacheDir, "downloads");
}

function versionOf({ wheel }: Wheel): string {
  const parsed = parseWheelName(wheel);
  if (parsed === null)
    throw new PipelineError(`pip brought "${wheel}", which is not named as a wheel is`, { code: "download" });
  return parsed.version;
}

async function isWhole(file: string, sha256: string): Promise<boolean> {
  return hashFile(file).then(
    (hash) => hash === sha256,
    () => false,
  );
}
