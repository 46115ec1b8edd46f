import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { replaceFile } from "../../system/files/write-file.js";
import { readShardSubject, readStamp, type ShardSubject } from "../../contract/generated-file.js";
import { makeTestsFolder, type PlacedFile, whyKept } from "./place.js";

interface Placing {
  /** Folder that the run left the files in. */
  readonly from: string;
  readonly folder: string;
  readonly force: boolean;
  /** What stands between kind and number in a name: 20261121_153612; null for names without it. */
  readonly timestamp: string | null;
}

/**
 * Puts the test files of shards where the user wants them, as test_unit_20261121_153612_01.py, or test_unit_01.py where
 * there is no timestamp. They take the place of those of an earlier run that are about the same source files, whatever
 * their names: running the command again leaves no copies. What is there word for word keeps its name, and what the
 * user changed, or another project's, stays as it is.
 */
export async function placeShardFiles(
  names: readonly string[],
  { from, folder, force, timestamp }: Placing,
): Promise<PlacedFile[]> {
  makeTestsFolder(folder);
  const fresh = await Promise.all(
    names.map(async (name) => ({ name, text: await readFile(join(from, name), "utf8") })),
  );
  const earlier = await earlierFiles(folder);
  const isReplaced = replacedBy(fresh.map(({ text }) => text));

  const placed: PlacedFile[] = [];
  for (const { name, text } of fresh) {
    const same = earlier.find((file) => file.text === text && !placed.some((other) => other.name === file.name));
    const wanted = timestamp === null ? name : name.replace(/_(\d+)\.py$/u, `_${timestamp}_$1.py`);
    const there = earlier.find((file) => file.name === wanted);
    const why = there === undefined || force || isReplaced(there) ? null : whyKept(there.text, text);
    if (same !== undefined && (timestamp !== null || same.name === name))
      placed.push({ name: same.name, from: name, status: "unchanged" });
    else if (why !== null) placed.push({ name: wanted, from: name, status: "kept", why });
    else {
      await replaceFile(join(folder, wanted), text);
      placed.push({ name: wanted, from: name, status: "written" });
    }
  }
  const kept = new Set(placed.map(({ name }) => name));
  const gone = earlier.filter((file) => !kept.has(file.name) && isReplaced(file));
  await Promise.all(gone.map(async ({ name }) => await rm(join(folder, name), { force: true })));
  return [...placed, ...gone.map(({ name }) => ({ name, from: null, status: "replaced" as const }))];
}

interface EarlierFile {
  readonly name: string;
  readonly text: string;
}

/** What lies in the folder under a name that shards have. */
async function earlierFiles(folder: string): Promise<EarlierFile[]> {
  const names = (await readdir(folder))
    .filter((name) => /^test_(?:unit|e2e)_(?:\d{8}_\d{6}_)?\d+\.py$/u.test(name))
    .toSorted();
  return await Promise.all(names.map(async (name) => ({ name, text: await readFile(join(folder, name), "utf8") })));
}

/** Whether a file is as an earlier run left it, and all that it is about is in what is placed now. */
function replacedBy(texts: readonly string[]): (file: EarlierFile) => boolean {
  const covered = new Set(texts.flatMap((text) => placesOf(subjectOf(text))));
  return ({ text }) => {
    const places = placesOf(subjectOf(text));
    return readStamp(text)?.isIntact === true && places.length > 0 && places.every((place) => covered.has(place));
  };
}

function subjectOf(text: string): ShardSubject | null {
  const stamp = readStamp(text);
  return stamp === null ? null : readShardSubject(stamp.subject);
}

function placesOf(subject: ShardSubject | null): string[] {
  return subject === null ? [] : subject.paths.map((path) => JSON.stringify([subject.project, subject.suite, path]));
}
