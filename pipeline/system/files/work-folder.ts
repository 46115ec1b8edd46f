import { readFileSync } from "node:fs";
import { cp, mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { hostname, networkInterfaces } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { isUniqueNameOf, uniqueName } from "./unique.js";

/** Folder beside finished ones that holds what is not finished, and the locks. */
export const unfinishedFolder = ".unfinished";

/** Milliseconds between two signs of life of whoever fills a folder. */
const heartbeat = 15_000;
/** Without a sign of life for so long, the work of another machine has been left. */
const leftAfter = 10 * 60_000;
/** Milliseconds that left work is kept: such as can be resumed, and other. */
const keptFor = { resumable: 7 * 24 * 3_600_000, other: 3_600_000 };

const Owner = z.object({ kernel: z.string(), resumable: z.boolean() });

/**
 * A folder that one process fills, under a name that no other has:
 *
 *     <root>/.unfinished/<name>.<unique>/owner.json   who fills it; rewritten as a sign of life
 *     <root>/.unfinished/<name>.<unique>/content/     what becomes the finished folder
 *
 * No process id decides whether it was left: that of another machine or container says nothing here.
 */
export class WorkFolder {
  readonly content: string;
  readonly #place: string;
  readonly #resumable: boolean;
  readonly #timer: NodeJS.Timeout;

  private constructor(place: string, resumable: boolean) {
    this.#place = place;
    this.#resumable = resumable;
    this.content = join(place, "content");
    // Where the place is gone there is nothing to be said: the work fails when it is to get its name.
    this.#timer = setInterval(() => void this.#signOfLife().catch(() => undefined), heartbeat).unref();
  }

  /** @param root folder of the finished folders */
  static async create(root: string, name: string, { resumable = false } = {}): Promise<WorkFolder> {
    const place = join(root, unfinishedFolder, `${name}.${uniqueName()}`);
    await mkdir(place, { recursive: true });
    const folder = new WorkFolder(place, resumable);
    try {
      await folder.#signOfLife();
      await mkdir(folder.content, { recursive: true });
    } catch (error) {
      folder.leave();
      throw error;
    }
    return folder;
  }

  /** Takes over what others have left of the same work. `isLocked`: this process holds the name's lock. */
  async takeOver(name: string, { isLocked }: { readonly isLocked: boolean }): Promise<void> {
    const { left } = await this.#othersOf(name, isLocked);
    for (const { place, isOwn } of left) {
      const from = join(place, "content");
      await rm(this.content, { recursive: true, force: true });
      try {
        // Another machine may only have been slow: it keeps writing to what it has opened, never to the copy.
        if (isOwn) await rename(from, this.content);
        else await cp(from, this.content, { recursive: true });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      }
      await mkdir(this.content, { recursive: true });
      await rm(place, { recursive: true, force: true });
    }
  }

  /** Removes what others have left of the same work, and what is too old of any other. */
  async removeLeftOvers(name: string, { isLocked }: { readonly isLocked: boolean }): Promise<void> {
    const { left, old } = await this.#othersOf(name, isLocked);
    await Promise.all([...left, ...old].map(async ({ place }) => await rm(place, { recursive: true, force: true })));
  }

  /** Ends the signs of life; what is in the folder stays for whoever resumes. */
  leave(): void {
    clearInterval(this.#timer);
  }

  async remove(): Promise<void> {
    this.leave();
    await rm(this.#place, { recursive: true, force: true });
  }

  async #signOfLife(): Promise<void> {
    const owner: z.infer<typeof Owner> = { kernel: kernelId(), resumable: this.#resumable };
    await writeFile(join(this.#place, "owner.json"), JSON.stringify(owner));
  }

  /** The newest last, so that it is what stays of several that are taken over. */
  async #othersOf(name: string, isLocked: boolean): Promise<{ left: LeftFolder[]; old: LeftFolder[] }> {
    const root = join(this.#place, "..");
    const own = await describe(this.#place);
    const found = (await unfinishedIn(root)).filter(({ place }) => place !== this.#place);
    const age = ({ seen }: Unfinished) => own.seen - seen;
    const aged = found
      .map((folder) => ({ ...folder, isOwn: isLocked && folder.kernel === own.kernel }))
      .toSorted((a, b) => a.seen - b.seen);
    const left = aged.filter(
      (folder) => isUniqueNameOf(name, folder.name) && (folder.isOwn || age(folder) > leftAfter),
    );
    const old = aged.filter(
      (folder) => !left.includes(folder) && age(folder) > (folder.resumable ? keptFor.resumable : keptFor.other),
    );
    return { left, old };
  }
}

/** A folder that is not finished: someone fills it, or has left it. */
export interface Unfinished {
  readonly name: string;
  readonly place: string;
  /** When someone was last at work on it, by the clock of the disk: milliseconds since the epoch. */
  readonly seen: number;
  /** The kernel that it was made under; null where that is not known. */
  readonly kernel: string | null;
  readonly resumable: boolean;
}

interface LeftFolder extends Unfinished {
  /** Whether it was surely left: by a process of this kernel that no longer holds the lock. */
  readonly isOwn: boolean;
}

/** What is not finished in an `.unfinished` folder. */
export async function unfinishedIn(folder: string): Promise<Unfinished[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const folders = entries.filter((entry) => entry.isDirectory());
  const found = await Promise.all(
    folders.map(
      async ({ name }) =>
        await describe(join(folder, name)).then(
          (facts) => ({ name, ...facts }),
          () => null,
        ),
    ),
  );
  return found.filter((each) => each !== null);
}

/** Whether nobody is at work on it any more, as far as can be told from outside. */
export function wasLeft({ seen }: Unfinished, now: number): boolean {
  return now - seen > leftAfter;
}

async function describe(place: string): Promise<Omit<Unfinished, "name">> {
  const file = join(place, "owner.json");
  const owner = await readFile(file, "utf8").then(
    (text) => Owner.parse(JSON.parse(text)),
    () => null,
  );
  // Without its owner: killed at once, or in the middle of a sign of life.
  const { mtimeMs } = await stat(file).catch(async () => await stat(place));
  return { place, seen: mtimeMs, kernel: owner?.kernel ?? null, resumable: owner?.resumable ?? false };
}

let kernel: string | undefined;

/** The kernel that runs here, since it was started: containers on it share its locks. */
function kernelId(): string {
  kernel ??=
    bootId() ??
    [hostname(), ...Object.values(networkInterfaces()).flatMap((all) => all?.map(({ mac }) => mac) ?? [])].join(" ");
  return kernel;
}

function bootId(): string | undefined {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return undefined;
  }
}
