import { existsSync } from "node:fs";
import { chmod, mkdir, readdir, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { makeFolder } from "../files/make-folder.js";
import { hashValue } from "../hash.js";
import { pip } from "./pip.js";
import { findPython, type Interpreter } from "./interpreter.js";

/**
 * Installs the packages of a lock file (NAME==VERSION with hashes) from wheels, once, in the cache that projects
 * share, and answers their folder. `what` is shown to the user meanwhile; `python` is who they are for, the user's own
 * unless told.
 */
export async function installPackages(
  lock: string,
  what: string,
  context: PackageContext,
  python?: Interpreter,
): Promise<string> {
  const name = folderName(lock, python ?? (await findPython()));
  return join(await install({ lock, what, name, python }, context), "site-packages");
}

/** Whether the cache holds the packages of a lock file for this Python. */
export function hasPackages(lock: string, cacheDir: string, python: Interpreter): boolean {
  return existsSync(join(cacheDir, "python", folderName(lock, python)));
}

function folderName(lock: string, python: Interpreter): string {
  return packagesHash(lock, python).slice(0, 32);
}

/** SHA-256 of what is installed from a lock file: it differs between versions of Python and platforms. */
export function packagesHash(lock: string, { version, platform }: Interpreter): string {
  return hashValue({ lock, version, platform });
}

/**
 * What it needs of the run: where the cache is, and who is told of what is fetched. Bytes; `total` is null until it is
 * known.
 */
interface PackageContext {
  readonly cacheDir: string;
  readonly emit: (event: Transfer | Notice) => void;
  readonly signal?: AbortSignal | undefined;
}

interface Transfer {
  readonly type: "transfer";
  readonly what: string;
  readonly done: number;
  readonly total: number | null;
}

interface Notice {
  readonly type: "notice";
  readonly level: "info";
  readonly message: string;
}

interface Installation {
  readonly lock: string;
  readonly what: string;
  /** The folder's. */
  readonly name: string;
  readonly python: Interpreter | undefined;
}

async function install(
  { lock, what, name, python }: Installation,
  { cacheDir, emit, signal }: PackageContext,
): Promise<string> {
  return await makeFolder(
    join(cacheDir, "python"),
    name,
    async (folder) => {
      emit({ type: "transfer", what, done: 0, total: null });
      const list = join(folder, "requirements.lock");
      const packages = join(folder, "site-packages");
      await writeFile(list, lock);
      await mkdir(packages);
      await pip(
        ["install", "--require-hashes", "--no-deps", "--only-binary", ":all:", "--target", packages, "-r", list],
        what,
        {
          cwd: folder,
          signal,
          ...(python && { python: python.interpreter }),
        },
      );
      // scripts for a path that is gone once the folder has its name
      await rm(join(packages, "bin"), { recursive: true, force: true });
      await chmod(folder, 0o755); // sandboxed users of their own read it
      const bytes = await sizeOf(packages);
      emit({ type: "transfer", what, done: bytes, total: bytes });
    },
    {
      signal,
      onWait: () =>
        emit({ type: "notice", level: "info", message: `another process installs ${what}: waiting for it` }),
    },
  );
}

async function sizeOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const sizes = await Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map(async (entry) => (await stat(join(entry.parentPath, entry.name))).size),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
