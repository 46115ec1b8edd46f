import { createWriteStream } from "node:fs";
import { rm, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ListFileEntry } from "@huggingface/hub";
import { z } from "zod";
import { PipelineError } from "../../system/errors.js";
import { hashFile, sha256 as hashOf } from "../../system/hash.js";
import { type ModelFile, poolingFolder } from "./folder.js";
import { nearestFirst } from "./found/nearest.js";
import { filesHere } from "./found/pinned-here.js";
import { explaining, hub, hubClient, pageOf, requireToken } from "./hub-access.js";
import type { ModelLocation } from "./location.js";
import { partsOf, wholeOf } from "../../system/gguf-parts.js";
import type { HubWeights } from "./gguf-model.js";
import type { ModelContext } from "../resolved.js";
import { wrongHash } from "./wrong-hash.js";

type HubLocation = Extract<ModelLocation, { type: "hf" }>;
type HubFile = HubWeights;

const pinnedFile = { sha256: z.string().regex(/^[0-9a-f]{64}$/u), bytes: z.int() };
const Pin = z.strictObject({ commit: z.string(), ...pinnedFile });
const PartsPin = z.strictObject({
  commit: z.string(),
  parts: z.array(z.strictObject({ file: z.string(), ...pinnedFile })).min(2),
});

/**
 * The commit that a revision of a repository stands for, and the SHA-256 of a file in it, with all its parts. Fetches
 * no weights. Where one SHA-256 is expected, a file that has another one is refused, and not pinned.
 */
export async function pinHubFile(
  location: HubLocation,
  { lockfile, cacheDir, signal }: Pick<ModelContext, "lockfile" | "cacheDir" | "signal">,
  expected: string | null = null,
): Promise<HubFile> {
  const { repository, revision } = location;
  const files = partsOf(location.file) ?? [location.file];
  const [first] = files;
  const reference = `hf:${repository}${revision === "main" ? "" : `@${revision}`}/${first}`;
  if (files.length > 1) {
    const { commit, parts } = await lockfile.pin(reference, PartsPin, async (isUpdate) => {
      const found = await nearestFirst(
        isUpdate,
        async () => await filesHere(location, files, { cacheDir, signal }),
        async () => await askHub(location, files, signal),
      );
      return { commit: found.commit, parts: found.files };
    });
    return { type: "hf", repository, file: first, commit, ...wholeOf(parts), parts };
  }
  const pinned = await lockfile.pin(reference, Pin, async (isUpdate) => {
    const here = async () => {
      const found = await filesHere(location, [first], { cacheDir, signal });
      return expected !== null && found?.files[0]?.sha256 !== expected ? null : found;
    };
    const there = async () => await askHub(location, [first], signal);
    const { commit, files: found } = await nearestFirst(isUpdate, here, there);
    const { sha256 = "", bytes = 0 } = found[0] ?? {};
    if (expected !== null && sha256 !== expected) throw wrongHash(`${first} of ${repository}`, expected, sha256);
    return { commit, sha256, bytes };
  });
  if (expected !== null && pinned.sha256 !== expected)
    throw wrongHash(`${first} of ${repository}, as pipeline.lock pins it,`, expected, pinned.sha256);
  return { type: "hf", repository, file: first, ...pinned };
}

/** The commit that a revision stands for, and those files of a repository's model that are wanted. */
export async function listHubFiles(
  { repository, revision }: { readonly repository: string; readonly revision: string },
  wanted: (name: string) => boolean,
  signal: AbortSignal,
): Promise<{ readonly commit: string; readonly files: ModelFile[] }> {
  return await explaining(repository, signal, async () => {
    const commit = await commitOf(repository, revision, signal);
    const files: ModelFile[] = [];
    for await (const { type, path, size, lfs } of filesAtTop(repository, commit, signal)) {
      if (type !== "file" || !wanted(path)) continue;
      // Of a small file the hub does not tell the SHA-256.
      const content = async () =>
        await (await openFile({ repository, commit, file: path, bytes: size }, 0, signal)).arrayBuffer();
      const sha256 = lfs?.oid ?? hashOf(new Uint8Array(await content()));
      files.push({ name: path, sha256, bytes: lfs?.size ?? size });
    }
    return { commit, files };
  });
}

/** What lies at the top of a repository, and how its model makes one vector of many, where it says that. */
async function* filesAtTop(repo: string, revision: string, signal: AbortSignal): AsyncGenerator<ListFileEntry> {
  const { listFiles } = await hubClient();
  for await (const entry of listFiles({ repo, revision, ...hub(signal) })) {
    yield entry;
    if (entry.type === "directory" && entry.path === poolingFolder)
      yield* listFiles({ repo, revision, path: poolingFolder, ...hub(signal) });
  }
}

/** Where the first part of a file can be read, and with which token. */
export function hubFileAddress({ repository, commit, file, parts }: HubFile): { url: string; token: string | null } {
  const path = (parts?.[0]?.file ?? file).split("/").map(encodeURIComponent).join("/");
  return { url: `${pageOf(repository)}/resolve/${commit}/${path}`, token: process.env["HF_TOKEN"] || null };
}

/** The text of a small file of a repository. */
export async function readHubText(
  { repository, commit }: { readonly repository: string; readonly commit: string },
  { name, bytes }: ModelFile,
  signal: AbortSignal,
): Promise<string> {
  return await explaining(repository, signal, async () => {
    const file = await openFile({ repository, commit, file: name, bytes }, 0, signal);
    return await file.text();
  });
}

async function commitOf(repository: string, revision: string, signal: AbortSignal): Promise<string> {
  const { modelInfo } = await hubClient();
  const { sha, gated } = await modelInfo({ name: repository, revision, additionalFields: ["sha"], ...hub(signal) });
  requireToken(repository, gated);
  return sha;
}

type HubFileFacts = z.infer<typeof PartsPin>["parts"][number];

async function askHub(
  { repository, revision }: HubLocation,
  files: readonly string[],
  signal: AbortSignal,
): Promise<{ readonly commit: string; readonly files: HubFileFacts[] }> {
  return await explaining(repository, signal, async () => {
    const commit = await commitOf(repository, revision, signal);
    const { pathsInfo } = await hubClient();
    const infos = await pathsInfo({ repo: repository, paths: [...files], revision: commit, ...hub(signal) });
    const facts = files.map((wanted, index) => {
      const found = infos.find(({ path }) => path === wanted);
      if (found === undefined) {
        const what = files.length === 1 ? "" : `part ${index + 1} of ${files.length} of the model is missing: `;
        throw new PipelineError(`${what}no file ${wanted} in ${repository} at ${revision}`, {
          code: "reference",
          hint: `see what it holds: ${pageOf(repository)}/tree/${revision}`,
        });
      }
      if (found.lfs === undefined) {
        throw new PipelineError(
          `${wanted} of ${repository} is not stored as a large file, so that its SHA-256 is not known`,
          { code: "reference", hint: "download it yourself and name it with file:" },
        );
      }
      return { file: wanted, sha256: found.lfs.oid, bytes: found.lfs.size };
    });
    return { commit, files: facts };
  });
}

/** Downloads a model, with all its parts, into a folder. Answers the files' names there, in order. */
export async function downloadHubModel(
  wanted: HubFile,
  folder: string,
  { progress, signal }: Parameters<typeof downloadHubFile>[2],
): Promise<readonly string[]> {
  const names: string[] = [];
  let before = 0;
  for (const part of wanted.parts ?? [wanted]) {
    const begun = before;
    names.push(
      await downloadHubFile({ ...wanted, ...part }, folder, {
        signal,
        progress: (done) => progress(begun + done, wanted.bytes),
      }),
    );
    before += part.bytes;
  }
  return names;
}

/** Downloads a file into a folder, from where an earlier attempt was cut. Answers its name there. */
export async function downloadHubFile(
  wanted: HubFile,
  folder: string,
  { progress, signal }: { readonly progress: (done: number, total: number) => void; readonly signal: AbortSignal },
): Promise<string> {
  const { repository, file, sha256, bytes } = wanted;
  const name = basename(file);
  const path = join(folder, name);
  let done = await sizeOf(path);
  if (done > bytes) {
    await rm(path);
    done = 0;
  }
  await explaining(repository, signal, async () => {
    // A cut connection is taken up again for as long as each attempt brings something.
    while (true) {
      const before = done;
      if (done === bytes) return;
      const count = (more: number): void => {
        done += more;
        progress(done, bytes);
      };
      await append(await openFile(wanted, done, signal), path, { count, signal }).catch(async (error: unknown) => {
        done = await sizeOf(path);
        if (done <= before || signal.aborted) throw error;
      });
      if (done === before) return;
    }
  });
  const found = await hashFile(path, signal);
  if (found === sha256) return name;
  await rm(path);
  throw wrongHash(`${file} of ${repository}`, sha256, found);
}

/** The bytes of a file from an offset on. */
async function openFile(
  { repository, commit, file, bytes }: Omit<HubFile, "type" | "sha256">,
  from: number,
  signal: AbortSignal,
): Promise<Blob> {
  const { downloadFile } = await hubClient();
  const blob = await downloadFile({ repo: repository, path: file, revision: commit, ...hub(signal) });
  if (blob === null)
    throw new PipelineError(`no file ${file} in ${repository} at ${commit}`, {
      code: "reference",
      hint: "run with --update to pin the model again",
    });
  return blob.slice(from, bytes);
}

async function append(
  blob: Blob,
  path: string,
  { count, signal }: { readonly count: (bytes: number) => void; readonly signal: AbortSignal },
): Promise<void> {
  const counting = new Transform({
    transform(chunk: Uint8Array, _encoding, callback) {
      count(chunk.length);
      callback(null, chunk);
    },
  });
  const file = createWriteStream(path, { flags: "a" });
  // A write that is under way when the connection is cut still comes: until it has, the file's size is not where to go
  // on from.
  const closed = new Promise<void>((resolve) => {
    file.once("close", resolve);
  });
  await pipeline(Readable.fromWeb(blob.stream()), counting, file, { signal }).finally(async () => await closed);
}

async function sizeOf(path: string): Promise<number> {
  return await stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}
