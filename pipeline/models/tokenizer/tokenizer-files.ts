import { existsSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { z } from "zod";
import { PipelineError } from "../../system/errors.js";
import { makeFolder } from "../../system/files/make-folder.js";
import { hashValue } from "../../system/hash.js";
import { configuredPaths } from "../../system/paths.js";
import type { ModelContext } from "../resolved.js";
import { bytesOf, folderHash, type ModelFile } from "../weights/folder.js";
import { cachedCommit, snapshotFolder } from "../weights/found/hub-cache.js";
import { nearestFirst } from "../weights/found/nearest.js";
import { filesHere, pinnedHere } from "../weights/found/pinned-here.js";
import { listHubFiles } from "../weights/hub.js";
import { parseModelSource } from "../weights/location.js";
import { downloadSnapshot } from "../weights/snapshot.js";

/** The files of a model's repository that say how its texts become tokens, and how it writes a conversation. */
const names = ["tokenizer.json", "tokenizer_config.json", "chat_template.jinja", "special_tokens_map.json"] as const;

const Pin = z.strictObject({
  commit: z.string(),
  files: z.array(z.strictObject({ name: z.string(), sha256: z.string().regex(/^[0-9a-f]{64}$/u), bytes: z.int() })),
});

/** A tokenizer that is pinned: where its files are, and what they are. */
export type PinnedTokenizer =
  | { readonly type: "folder"; readonly folder: string; readonly hash: string }
  | {
      readonly type: "hub";
      readonly repository: string;
      readonly commit: string;
      readonly files: readonly ModelFile[];
      readonly hash: string;
    };

/**
 * What `hf:OWNER/REPO` or `file:FOLDER` stands for: a model's own files, without its weights. Throws a PipelineError
 * (reference) where there is no tokenizer.json in it.
 */
export async function pinTokenizer(source: string, context: ModelContext): Promise<PinnedTokenizer> {
  const location = parseModelSource(source);
  if (location.type === "file") return await ownTokenizer(location.path, context.baseDir);
  if (location.type !== "snapshot")
    throw new PipelineError(`"${source}" is no tokenizer: expected hf:OWNER/REPO or file:FOLDER`, {
      code: "reference",
      hint: "name the repository that the model's weights come from, or a folder with its tokenizer.json",
    });
  const { repository, revision } = location;
  const { cacheDir, lockfile, signal } = context;
  const { commit, files } = await lockfile.pin(`tokenizer ${source}`, Pin, async (isUpdate) => {
    const here = async () => {
      const found = await filesOfSnapshot(repository, revision);
      const hashed = found && (await filesHere({ repository, revision }, found, { cacheDir, signal }));
      return (
        hashed && { commit: hashed.commit, files: hashed.files.map(({ file: name, ...facts }) => ({ name, ...facts })) }
      );
    };
    const there = async () => await listHubFiles({ repository, revision }, isWanted, signal);
    return await nearestFirst(isUpdate, here, there);
  });
  if (!files.some(({ name }) => name === "tokenizer.json")) throw noTokenizer(`${repository} at ${revision}`);
  return { type: "hub", repository, commit, files, hash: folderHash(files) };
}

/** The folder with the files of a tokenizer, fetched where it is not here yet. */
export async function tokenizerFolder(
  tokenizer: PinnedTokenizer,
  { cacheDir, emit, signal }: Pick<ModelContext, "cacheDir" | "emit" | "signal">,
): Promise<string> {
  if (tokenizer.type === "folder") return tokenizer.folder;
  const { repository, commit, files, hash } = tokenizer;
  const snapshot = { type: "snapshot", repository, commit, files, sha256: hash, bytes: bytesOf(files) } as const;
  const lying = await pinnedHere(snapshot, { cacheDir, signal });
  if (lying !== null) return lying;
  const what = `the tokenizer of ${repository}`;
  return await makeFolder(
    join(cacheDir, "tokenizers"),
    `${basename(repository)}-${hash.slice(0, 12)}`,
    async (folder) => {
      emit({ type: "notice", level: "info", message: `fetching ${what}` });
      const progress = (done: number, total: number | null) => emit({ type: "transfer", what, done, total });
      await downloadSnapshot(snapshot, folder, { progress, signal });
    },
    { signal },
  );
}

const isWanted = (name: string): boolean => (names as readonly string[]).includes(name);

/** Those of the files that Hugging Face's cache has; null where the tokenizer itself is not among them. */
async function filesOfSnapshot(repository: string, revision: string): Promise<string[] | null> {
  const commit = await cachedCommit(repository, revision);
  if (commit === null) return null;
  const found = names.filter((name) => existsSync(join(snapshotFolder(repository, commit), name)));
  return found.includes("tokenizer.json") ? found : null;
}

async function ownTokenizer(written: string, baseDir: string): Promise<PinnedTokenizer> {
  const places = configuredPaths(written, baseDir);
  const place = places.find((each) => existsSync(each)) ?? places[0];
  const folder = (await stat(place).catch(() => null))?.isDirectory() === true ? place : dirname(place);
  const texts = await Promise.all(
    names.map(async (name) => await readFile(join(folder, name), "utf8").catch(() => null)),
  );
  if (texts[0] === null) throw noTokenizer(place);
  return { type: "folder", folder, hash: hashValue(texts) };
}

function noTokenizer(where: string): PipelineError {
  return new PipelineError(`no tokenizer.json in ${where}`, {
    code: "reference",
    hint: "name a repository or a folder that has one: not those of GGUF files alone, but those that they are made of",
  });
}
