import { ok } from "node:assert/strict";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { execa } from "execa";
import { hashValue } from "../../pipeline/system/hash.js";
import { packageRoot } from "../../pipeline/system/paths.js";
import { checkTypes } from "./install/types.js";

/**
 * Installs the package as a user does, and works with it there: a copy of this project is packed, the tarball is
 * installed into an empty folder with npm's own settings, and what docs/first-steps.md and docs/your-own-stage.md of
 * the installed package say is done, under this Node and each of --node.
 *
 *   node dist/scripts/prove/install.js [--node FOLDER-OF-A-NODE...] [--ignore-scripts]
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { node: { type: "string", multiple: true, default: [] }, "ignore-scripts": { type: "boolean" } },
  });
  const work = await mkdtemp(join(tmpdir(), "prove-install-"));
  try {
    const tarball = await timed("packed", async () => await pack(work));
    const user = join(work, "user");
    await mkdir(user);
    await timed("installed", async () => {
      await command(user, "npm", "init", "--yes");
      const flags = ["--prefer-offline", "--no-audit", "--no-fund"];
      await command(
        user,
        "npm",
        "install",
        ...flags,
        ...(values["ignore-scripts"] ? ["--ignore-scripts"] : []),
        tarball,
      );
    });
    console.log(await sizes(join(user, "node_modules")));
    const installed = join(user, "node_modules/distil-pipeline");
    const before = await hashFolder(installed);
    await timed("types resolve", async () => await checkTypes(user));
    for (const folder of [null, ...values.node]) await workThere(user, installed, folder);
    ok((await hashFolder(installed)) === before, "the runs have written into node_modules");
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Packs what git knows of this project, so that dist/ of the running program stays; answers the tarball's path. */
async function pack(work: string): Promise<string> {
  const clone = join(work, "clone");
  const { stdout: listed } = await execa("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    cwd: packageRoot,
  });
  for (const path of listed.split("\0").filter((each) => each !== "" && !each.startsWith("test/")))
    await cp(join(packageRoot, path), join(clone, path));
  await symlink(join(packageRoot, "node_modules"), join(clone, "node_modules"));
  await command(clone, "npm", "pack", "--pack-destination", work);
  const tarball = (await readdir(work)).find((name) => name.endsWith(".tgz"));
  ok(tarball !== undefined, "npm pack left no tarball");
  return join(work, tarball);
}

/**
 * What the pages say, in a folder of its own beside the installed package, under the Node of a folder or of the PATH.
 */
async function workThere(user: string, installed: string, node: string | null): Promise<void> {
  const path = process.env["PATH"] ?? "";
  const env = { PATH: node === null ? path : `${node}${delimiter}${path}`, NO_COLOR: "1" };
  const npx = async (...args: string[]) =>
    await execa("npx", ["--no-install", ...args], { cwd: user, env, reject: false });
  const version = (await execa("node", ["--version"], { env })).stdout;

  const steps = await readFile(join(installed, "docs/first-steps.md"), "utf8");
  for (const block of [...blocksOf(steps, "python"), ...blocksOf(steps, "yaml")]) {
    const path = /^# (\S+)\n/u.exec(block)?.[1] ?? "";
    await mkdir(dirname(join(user, path)), { recursive: true });
    await writeFile(
      join(user, path),
      block.replace("  - stage: dedupe\n", "  - stage: dedupe\n  - stage: ./score.mjs\n"),
    );
  }
  const [stage = ""] = blocksOf(await readFile(join(installed, "docs/your-own-stage.md"), "utf8"), "js");
  ok(stage.startsWith("// score.mjs\n"), "docs/your-own-stage.md begins with another file");
  await writeFile(join(user, "score.mjs"), stage);

  await timed(`${version}: doctor`, async () => console.log((await npx("pipeline", "doctor")).stdout));
  await timed(`${version}: a pipeline with a stage of one's own`, async () => {
    const { stdout: said } = await npx("distil-pipeline", "run", "mine.yaml", "--plain");
    ok(/short-answers +done.*: 5 examples in, 4 examples out, 1 dropped/u.test(said) && said.includes("4 rows."), said);
  });
  await timed(`${version}: generate, with the smallest model`, async () => {
    // Whether a test of so weak a model passes is not asked here: it answers, and what it answers is run.
    const args = ["generate", "shop/prices.py", "--model", "tiny", "--limit", "1", "--plain"];
    const { stdout: said } = await npx("pipeline", ...args);
    ok(/^generate +done.*1 example out/mu.test(said) && /^verify +done.*1 example in/mu.test(said), said);
  });
  const results = [".pipeline", "data"];
  const left = await readdir(user);
  ok(
    results.every((name) => left.includes(name)),
    `results lie elsewhere: here are ${left.join(", ")}`,
  );
  for (const name of [...results, "generated_tests"]) await rm(join(user, name), { recursive: true, force: true });
}

function blocksOf(page: string, language: string): string[] {
  return [...page.matchAll(/^```(\w+)\n([^]*?)^```$/gmu)].flatMap(([, of, text = ""]) =>
    of === language ? [text] : [],
  );
}

/** Size of the whole and of its largest packages. */
async function sizes(folder: string): Promise<string> {
  const { stdout } = await execa("du", ["-m", "--max-depth=2", folder]);
  const all = stdout.split("\n").map((line) => line.split("\t") as [string, string]);
  const size = (text: string) => Number(text);
  const whole = size(all.find(([, path]) => path === folder)?.[0] ?? "0");
  // A package's own folders are none; those of a scope are.
  const isPackage = (name: string) => (name.startsWith("@") ? name.includes("/") : !name.includes("/"));
  const largest = all
    .map(([megabytes, path]) => ({ megabytes: size(megabytes), name: path.slice(folder.length + 1) }))
    .filter(({ name }) => name !== "" && isPackage(name))
    .toSorted((a, b) => b.megabytes - a.megabytes)
    .slice(0, 6)
    .map(({ megabytes, name }) => `${name} ${megabytes}`);
  return `  ${whole} MB, of which ${largest.join(", ")}`;
}

/** Of the paths and contents of all files. */
async function hashFolder(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return hashValue(await Promise.all(paths.toSorted().map(async (path) => [path, (await readFile(path)).length])));
}

async function command(cwd: string, file: string, ...args: string[]): Promise<void> {
  await execa(file, args, { cwd });
}

async function timed<T>(what: string, act: () => Promise<T>): Promise<T> {
  const start = performance.now();
  const result = await act();
  console.log(`${what}: ${((performance.now() - start) / 1000).toFixed(0)} s`);
  return result;
}

await main();
