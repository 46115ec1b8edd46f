import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative, sep } from "node:path";
import { createInterface } from "node:readline";
import { execa } from "execa";
import { PipelineError } from "../../pipeline/system/errors.js";
import { packageRoot } from "../../pipeline/system/paths.js";
import { findPython } from "../../pipeline/system/python/interpreter.js";
import { SourceFile } from "../../pipeline/contract/records.js";
import { targetsOf } from "../../stages/python/lib/targets.js";
import { type Benchmark, type BenchResult, measured } from "./benchmark.js";

/** Python text that a run reads, in characters. */
const corpusSize = 4_000_000;
const runs = 5;
/** Share of the peer's targets that ours must have found too, or else the two do not do the same job. */
const leastAgreement = 0.98;

const options = { kinds: ["function", "method", "class"], private: false, maxLines: 200, minComplexity: 1 } as const;

/** Extracting functions and classes. */
export const benchmark: Benchmark = {
  name: "extract",
  summary: "parsing and extracting the modules of Python's standard library, one worker, against CPython's ast",
  async run() {
    const folder = await mkdtemp(join(tmpdir(), "bench-extract-"));
    try {
      return await compare(await standardLibrary(), folder);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

async function compare(files: readonly SourceFile[], folder: string): Promise<BenchResult> {
  const peer = await startPeer(files, folder);
  try {
    // The first run of each warms caches and compilers, and shows whether both find the same.
    checkAgreement(extractAll(files).targets, (await peer.run()).targets);
    const ours: number[] = [];
    const theirs: number[] = [];
    for (let run = 0; run < runs; run += 1) {
      ours.push(extractAll(files).seconds);
      theirs.push((await peer.run()).seconds);
    }
    const [our, their] = [measured(ours), measured(theirs)];
    return {
      name: "extract",
      ours: our,
      peers: { "cpython-ast": their },
      ratio: { "cpython-ast": their.seconds / our.seconds },
    };
  } finally {
    await peer.close();
  }
}

interface Run {
  readonly seconds: number;
  /** Path and qualified name. */
  readonly targets: readonly string[];
}

function extractAll(files: readonly SourceFile[]): Run {
  const start = performance.now();
  const targets = files.flatMap((file) => targetsOf(file, options).targets);
  const seconds = (performance.now() - start) / 1000;
  return { seconds, targets: targets.map(({ source, qualifiedName }) => `${source?.path ?? ""} ${qualifiedName}`) };
}

async function startPeer(files: readonly SourceFile[], folder: string) {
  const { executable } = await findPython();
  const list = join(folder, "files.txt");
  const paths = files.map(({ source }) => join(source?.ref ?? "", source?.path ?? ""));
  await writeFile(list, paths.join("\n"));
  const child = execa(executable, [join(packageRoot, "scripts/bench/extract_peer.py"), list], {
    stdin: "pipe",
    buffer: false,
    stderr: "inherit",
  });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const byPath = new Map(files.map(({ source }, index) => [paths[index] ?? "", source?.path ?? ""]));
  return {
    async run(): Promise<Run> {
      child.stdin.write("\n");
      const { value } = (await answers.next()) as { value: string | undefined };
      if (value === undefined)
        throw new PipelineError("the peer of the extract benchmark ended early", {
          code: "python",
          hint: "see its output above",
        });
      const { seconds, targets } = JSON.parse(value) as Run;
      return { seconds, targets: targets.map((target) => target.replace(/^\S+/u, (path) => byPath.get(path) ?? path)) };
    },
    async close(): Promise<void> {
      child.stdin.end();
      await child;
    },
  };
}

function checkAgreement(ours: readonly string[], theirs: readonly string[]): void {
  const found = new Set(ours);
  const missed = [...new Set(theirs)].filter((target) => !found.has(target));
  if (missed.length <= theirs.length * (1 - leastAgreement)) return;
  throw new PipelineError(
    `extract found ${ours.length} targets, the peer ${theirs.length}; ${missed.length} of them are missing, such ` +
      `as ${missed[0] ?? ""}`,
    { code: "internal" },
  );
}

/** Modules of the standard library, without its tests, up to the size of the corpus, in order of path. */
async function standardLibrary(): Promise<SourceFile[]> {
  const { executable } = await findPython();
  const { stdout: root } = await execa(executable, ["-c", "import sysconfig; print(sysconfig.get_path('stdlib'))"]);
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile() && entry.name.endsWith(".py"))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join("/"));
  const files: SourceFile[] = [];
  let size = 0;
  for (const path of paths
    .filter((candidate) => !/(?:^|\/)(?:tests?|idle_test|site-packages|lib2to3)\//u.test(candidate))
    .toSorted()) {
    const text = await readFile(join(root, path), "utf8");
    if (/\s/u.test(join(root, path))) continue;
    size += text.length;
    if (size > corpusSize) break;
    const module = path.replace(/(?:\/__init__)?\.py$/u, "").replaceAll("/", ".");
    const source = { ref: root, name: "stdlib", version: "", licence: "Python-2.0", path };
    files.push(
      SourceFile.make({ language: "python", role: "code", module, encoding: "utf-8", text }, { source, from: [] }),
    );
  }
  return files;
}
