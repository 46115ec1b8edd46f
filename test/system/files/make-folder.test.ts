import { type ChildProcess, spawn } from "node:child_process";
import {
  appendFileSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { describe, expect, it, onTestFinished } from "vitest";
import { FileLock } from "../../../pipeline/system/files/lock.js";
import { makeFolder } from "../../../pipeline/system/files/make-folder.js";
import { packageRoot } from "../../../pipeline/system/paths.js";
import { temporaryFolder } from "../../support/pipelines.js";

const minute = 60_000;

/** A process that makes `<root>/thing`, and is told when to go on. */
function maker(root: string, file: string, ...flags: readonly string[]) {
  const child: ChildProcess = spawn(
    process.execPath,
    [join(packageRoot, "test/system/files/make.mjs"), root, "thing", file, ...flags],
    { stdio: ["pipe", "pipe", "inherit"] },
  );
  onTestFinished(() => void child.kill("SIGKILL"));
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  return {
    says: async () => ((await lines.next()).value as string | undefined)?.trim(),
    tell: (word: string) => void child.stdin!.write(`${word}\n`),
    async kill() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

/** What a process of another machine left, or still fills, last seen so many milliseconds ago. */
function elsewhere(
  root: string,
  name: string,
  { ago, resumable = false }: { ago: number; resumable?: boolean },
): string {
  const place = join(root, ".unfinished", `${name}.0123456789abcdef0123`);
  mkdirSync(join(place, "content"), { recursive: true });
  writeFileSync(join(place, "content/part"), "half");
  writeFileSync(join(place, "owner.json"), JSON.stringify({ kernel: "of another machine", resumable }));
  const seen = new Date(Date.now() - ago);
  utimesSync(join(place, "owner.json"), seen, seen);
  return place;
}

const unfinished = (root: string) =>
  readdirSync(join(root, ".unfinished")).filter((name) => !/\.lock(?:-journal)?$/u.test(name));

describe("a folder that several processes make", () => {
  it("is made by the first, and waited for by the others", async () => {
    const root = await temporaryFolder();
    const first = maker(root, "first");
    expect(await first.says()).toBe("filling");
    const second = maker(root, "second");
    expect(await second.says()).toBe("waiting");
    expect(existsSync(join(root, "thing"))).toBe(false);
    first.tell("data");
    expect(await first.says()).toBe("wrote");
    first.tell("finish");
    expect([await first.says(), await second.says()]).toEqual(["made", "made"]);
    expect(readdirSync(join(root, "thing"))).toEqual(["first"]);
    expect(unfinished(root)).toEqual([]);
  });

  it("is made anew at once when its maker was killed, and nothing is left of that", async () => {
    const root = await temporaryFolder();
    const killed = maker(root, "killed");
    await killed.says();
    const waiting = maker(root, "second");
    expect(await waiting.says()).toBe("waiting");
    killed.tell("data");
    await killed.says();
    await killed.kill();
    expect(await waiting.says()).toBe("filling");
    expect(unfinished(root)).toHaveLength(1);
    waiting.tell("finish");
    expect(await waiting.says()).toBe("made");
    expect(readdirSync(join(root, "thing"))).toEqual([]);
    expect(unfinished(root)).toEqual([]);
  });

  it("goes on with what a killed maker left, where that can be resumed", async () => {
    const root = await temporaryFolder();
    const killed = maker(root, "download", "resumable");
    await killed.says();
    killed.tell("one");
    await killed.says();
    await killed.kill();
    const next = maker(root, "download", "resumable");
    expect(await next.says()).toBe("filling download");
    next.tell("two");
    await next.says();
    next.tell("finish");
    expect(await next.says()).toBe("made");
    expect(readFileSync(join(root, "thing/download"), "utf8")).toBe("onetwo");
  });

  it("is made by each where the disk knows no locks, and the first to finish names it", async () => {
    const root = await temporaryFolder();
    mkdirSync(join(root, ".unfinished"));
    writeFileSync(join(root, ".unfinished/thing.lock"), "no lock that anyone can hold".repeat(100));
    const [first, second] = [maker(root, "same", "resumable"), maker(root, "same", "resumable")];
    expect([await first.says(), await second.says()]).toEqual(["filling", "filling"]);
    for (const [process, word] of [
      [first, "a"],
      [second, "b"],
      [first, "a"],
      [second, "b"],
    ] as const) {
      process.tell(word);
      await process.says();
    }
    second.tell("finish");
    expect(await second.says()).toBe("made");
    first.tell("finish");
    expect(await first.says()).toBe("made");
    expect(readFileSync(join(root, "thing/same"), "utf8")).toBe("bb");
    expect(unfinished(root)).toEqual([]);
  });

  it("can be waited for no longer, and then be made", async () => {
    const root = await temporaryFolder();
    mkdirSync(join(root, ".unfinished"));
    const lock = FileLock.tryAcquire(join(root, ".unfinished/thing.lock"));
    const stop = new AbortController();
    const making = makeFolder(root, "thing", async () => undefined, {
      signal: stop.signal,
      onWait: () => stop.abort(),
    });
    await expect(making).rejects.toMatchObject({ code: "interrupted" });
    lock?.release();
    await makeFolder(root, "thing", async () => undefined);
    expect(existsSync(join(root, "thing"))).toBe(true);
  });
});

describe("what another machine has not finished", () => {
  it("stays while it shows signs of life, whatever the name", async () => {
    const root = await temporaryFolder();
    const [same, other] = [elsewhere(root, "thing", { ago: minute }), elsewhere(root, "other", { ago: 50 * minute })];
    await makeFolder(root, "thing", async (folder) => expect(readdirSync(folder)).toEqual([]));
    expect([same, other].every((place) => existsSync(join(place, "content/part")))).toBe(true);
  });

  it("goes by its age; what can be resumed is kept for a week", async () => {
    const root = await temporaryFolder();
    const places = [
      elsewhere(root, "thing", { ago: 11 * minute }),
      elsewhere(root, "other", { ago: 61 * minute }),
      elsewhere(root, "download", { ago: 6 * 24 * 60 * minute, resumable: true }),
      elsewhere(root, "old-download", { ago: 8 * 24 * 60 * minute, resumable: true }),
    ];
    await makeFolder(root, "thing", async () => undefined);
    expect(places.map((place) => existsSync(place))).toEqual([false, false, true, false]);
  });

  it("is resumed as a copy: that machine may only have been slow, and never writes to what is used here", async () => {
    const root = await temporaryFolder();
    const place = elsewhere(root, "thing", { ago: 11 * minute, resumable: true });
    const slow = openSync(join(place, "content/part"), "a");
    onTestFinished(() => closeSync(slow));
    await makeFolder(
      root,
      "thing",
      async (folder) => {
        expect(readFileSync(join(folder, "part"), "utf8")).toBe("half");
        writeSync(slow, "of the slow one");
        appendFileSync(join(folder, "part"), " and half");
      },
      { resumable: true },
    );
    expect(readFileSync(join(root, "thing/part"), "utf8")).toBe("half and half");
  });
});

describe("a finished folder that cannot be used any more", () => {
  const isWhole = async (folder: string) => existsSync(join(folder, "good"));

  it("stays until its replacement is whole", async () => {
    const root = await temporaryFolder();
    mkdirSync(join(root, "thing"));
    writeFileSync(join(root, "thing/damaged"), "still in use");
    const failing = makeFolder(
      root,
      "thing",
      async () => {
        throw new Error("no network");
      },
      { isWhole },
    );
    await expect(failing).rejects.toThrow("no network");
    expect(readdirSync(join(root, "thing"))).toEqual(["damaged"]);

    await makeFolder(
      root,
      "thing",
      async (folder) => {
        expect(readFileSync(join(root, "thing/damaged"), "utf8")).toBe("still in use");
        writeFileSync(join(folder, "good"), "");
      },
      { isWhole },
    );
    expect(readdirSync(join(root, "thing"))).toEqual(["good"]);
    expect(unfinished(root)).toEqual([]);
  });

  it("is not replaced where another process was faster", async () => {
    const root = await temporaryFolder();
    await makeFolder(
      root,
      "thing",
      async (folder) => {
        mkdirSync(join(root, "thing"));
        writeFileSync(join(root, "thing/good"), "of the other");
        writeFileSync(join(folder, "good"), "of this one");
      },
      { isWhole },
    );
    expect(readFileSync(join(root, "thing/good"), "utf8")).toBe("of the other");
  });
});

it("keeps the time of its last use", async () => {
  const root = await temporaryFolder();
  const make = async () => await makeFolder(root, "thing", async () => undefined);
  await make();
  const before = new Date(Date.now() - 24 * 60 * minute);
  utimesSync(join(root, "thing"), before, before);
  await make();
  expect(statSync(join(root, "thing")).mtimeMs).toBeGreaterThan(Date.now() - minute);
});
