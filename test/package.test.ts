import { readFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import { packageRoot } from "../pipeline/system/paths.js";

interface Manifest {
  readonly version: string;
  readonly optionalDependencies: Readonly<Record<string, string>>;
}

const readManifest = (folder: string) =>
  JSON.parse(readFileSync(join(packageRoot, folder, "package.json"), "utf8")) as Manifest;

describe("the package", () => {
  it("holds what runs, what it reads and what is said of it, and nothing else", async () => {
    const packed = await packedFiles();
    const tracked = await trackedFiles();
    const wanted = [
      ...tracked.filter(isRead),
      ...tracked.filter((path) => /^(?:pipeline|stages|finetuning)\/.*(?<!\.d)\.tsx?$/u.test(path)).flatMap(compiled),
      "CHANGELOG.md",
      "CONTRIBUTING.md",
      "LICENSE",
      "README.md",
      "package.json",
    ];
    // A build leaves what it compiled before a file was renamed; packing for real begins with an empty dist/.
    expect(wanted.filter((path) => !packed.has(path))).toEqual([]);
    expect([...packed].filter((path) => !path.startsWith("dist/") && !wanted.includes(path))).toEqual([]);
    expect(
      [...packed].filter((path) => /^dist\/(?!(?:pipeline|stages|finetuning)\/.*\.(?:js|d\.ts)$)/u.test(path)),
    ).toEqual([]);
  });

  it(
    "puts a small package in the place of every build of llama.cpp for graphics cards, in the version that is " +
      "asked for",
    () => {
      const { optionalDependencies: ours } = readManifest(".");
      const theirs = readManifest("node_modules/node-llama-cpp").optionalDependencies;
      const large = Object.entries(theirs).filter(([name]) => /-(?:cuda|cuda-ext|vulkan)$/u.test(name));
      expect(large.length).toBeGreaterThan(0);
      expect(ours).toEqual(Object.fromEntries(large.map(([name, version]) => [name, `npm:zod@${version}`])));
    },
  );

  it("says in the change log what its version brings", () => {
    const changes = readFileSync(join(packageRoot, "CHANGELOG.md"), "utf8");
    expect(changes).toContain(`\n## [${readManifest(".").version}]`);
  });
});

/** Paths that `npm pack` would pack. */
async function packedFiles(): Promise<ReadonlySet<string>> {
  const { stdout } = await execa("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], { cwd: packageRoot });
  const packs = JSON.parse(stdout) as readonly { readonly files: readonly { readonly path: string }[] }[];
  return new Set(Object.values(packs).flatMap(({ files }) => files.map(({ path }) => path)));
}

async function trackedFiles(): Promise<string[]> {
  const { stdout } = await execa("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
    cwd: packageRoot,
  });
  return stdout.split("\n");
}

/** What the program reads from the folder that it lies in, and what its users read. */
function isRead(path: string): boolean {
  return /^(?:config|data|docs)\/|^(?:finetuning|pipeline|stages)\/.*(?<!\.tsx?)$/u.test(path);
}

function compiled(path: string): string[] {
  return ["js", "d.ts"].map((suffix) => `dist/${path.replace(/tsx?$/u, suffix)}`);
}
