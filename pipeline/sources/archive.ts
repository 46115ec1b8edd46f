import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { crc32 } from "node:zlib";
import { type Entry, type ZipFile, openPromise } from "yauzl";
import { interrupted } from "../system/abort.js";
import { PipelineError } from "../system/errors.js";

/** What an archive may unpack to. */
export interface ArchiveLimits {
  readonly entries: number;
  /** Bytes of all files together. */
  readonly bytes: number;
  /** Unpacked bytes for each byte of the archive, looked at beyond `freeBytes`: text seldom exceeds 20. */
  readonly ratio: number;
  readonly freeBytes: number;
}

interface Unpacking {
  readonly limits?: ArchiveLimits | undefined;
  /** Entries that are left out. */
  readonly skip?: (path: string) => boolean;
  readonly signal: AbortSignal;
}

/** What an archive may unpack to: far more than any real package, and less than a disk. */
export const defaultLimits: ArchiveLimits = {
  entries: 50_000,
  bytes: 1024 ** 3,
  ratio: 100,
  freeBytes: 16 * 1024 ** 2,
};

/**
 * Unpacks a zip archive (a wheel is one) into an existing, empty folder. Entries that `skip` answers true for are
 * looked at, and not written.
 * Names that leave the folder, links, encrypted entries, two entries of one name, wrong checksums
 * and archives that are cut off or unpack to too much are a PipelineError (archive) that names the file;
 * what was unpacked until then is for the caller to remove.
 */
export async function unpackZip(
  archive: string,
  folder: string,
  { limits = defaultLimits, skip = () => false, signal }: Unpacking,
): Promise<void> {
  const name = basename(archive);
  try {
    const zip = await openPromise(archive, { strictFileNames: true, autoClose: false });
    try {
      await unpackEntries(zip, folder, { limits, skip, signal });
    } finally {
      zip.close();
    }
  } catch (error) {
    if (signal.aborted) throw interrupted();
    if (isSystemError(error) && error.code !== "EEXIST" && error.code !== "ENOTDIR" && error.code !== "EISDIR")
      throw error;
    throw new PipelineError(`${name} was not unpacked: ${describe(error)}`, {
      code: "archive",
      hint:
        `the archive is damaged, cut off or made to do harm; get it again from where it comes from (it was read ` +
        `at ${archive})`,
      cause: error,
    });
  }
}

async function unpackEntries(
  zip: ZipFile,
  folder: string,
  { limits, skip, signal }: { readonly limits: ArchiveLimits } & Required<Pick<Unpacking, "skip" | "signal">>,
): Promise<void> {
  if (zip.entryCount > limits.entries)
    throw new UnsafeArchive(`it has ${zip.entryCount} entries; at most ${limits.entries} are unpacked`);
  const allowed = Math.min(limits.bytes, Math.max(limits.freeBytes, zip.fileSize * limits.ratio));
  let declared = 0;
  for await (const entry of zip.eachEntry()) {
    // yauzl ends an entry that unpacks to more than it declares, so the declared sizes bound what is written.
    declared += entry.uncompressedSize;
    if (declared > allowed)
      throw new UnsafeArchive(`it unpacks to more than ${allowed} bytes (${zip.fileSize} packed)`);
    checkEntry(entry);
    if (!skip(entry.fileName)) await unpackEntry(zip, entry, { folder, signal });
  }
}

function checkEntry(entry: Entry): void {
  const shown = JSON.stringify(entry.fileName);
  // oxlint-disable-next-line no-control-regex
  if (/[\u0000-\u001F\u007F:]/u.test(entry.fileName))
    throw new UnsafeArchive(`the name ${shown} holds a control character or a colon`);
  if (
    entry.fileName.split("/").some((part, index, { length }) => part === "." || (part === "" && index < length - 1))
  ) {
    throw new UnsafeArchive(`the name ${shown} is not a plain path`);
  }
  const unixType = (entry.externalFileAttributes >>> 16) & 0o170000;
  if (unixType !== 0 && unixType !== 0o100000 && unixType !== 0o040000)
    throw new UnsafeArchive(`${shown} is a link or a special file`);
  if (entry.isEncrypted()) throw new UnsafeArchive(`${shown} is encrypted`);
}

async function unpackEntry(
  zip: ZipFile,
  entry: Entry,
  { folder, signal }: { readonly folder: string; readonly signal: AbortSignal },
): Promise<void> {
  const path = join(folder, entry.fileName);
  if (entry.fileName.endsWith("/")) {
    await mkdir(path, { recursive: true });
    return;
  }
  await mkdir(dirname(path), { recursive: true });
  let checksum = 0;
  const check = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      checksum = crc32(chunk, checksum);
      done(null, chunk);
    },
  });
  // "wx": a second entry of the same name would change a file that was already looked at.
  await pipeline(await zip.openReadStreamPromise(entry), check, createWriteStream(path, { flags: "wx" }), { signal });
  if (checksum !== entry.crc32) throw new UnsafeArchive(`the checksum of ${JSON.stringify(entry.fileName)} is wrong`);
}

class UnsafeArchive extends Error {}

function describe(error: unknown): string {
  if (isSystemError(error)) return `two of its entries have the same name (${basename(error.path ?? "")})`;
  const message = error instanceof Error ? error.message : String(error);
  return /end of central directory|not a zip/iu.test(message)
    ? "it is not a whole zip archive (its end is missing)"
    : message;
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "syscall" in error;
}
