import { readdir, readFile, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Command } from "commander";
import { pMapIterable } from "p-map";
import { PipelineError } from "../errors.js";
import type { Verdict } from "../records.js";
import { counted } from "../reporters/format.js";
import type { Sandbox, TestRun } from "../sandbox.js";
import { createSandbox } from "../sandbox/service.js";
import { createSources } from "../sources/service.js";
import { engineOptions } from "../toolkit.js";
import { interruptible } from "./interrupt.js";
import { atLeastOne } from "./options.js";
import { withServices } from "./standalone.js";
import { print, printJson } from "./terminal.js";

interface Options extends Limits {
  readonly source: string;
  readonly sandbox?: string;
  readonly update?: boolean;
  readonly json?: boolean;
}

interface Limits {
  readonly runs: number;
  readonly timeout: number;
  readonly memory: number;
}

/** A verdict with the file that the test stands in, as it was given; no name where the file as a whole failed. */
interface FileVerdict extends Omit<Verdict, "test"> {
  readonly file: string;
  readonly name: string | null;
}

export default function define(command: Command): Command {
  return command
    .argument("<tests...>", "test files, or folders with test_*.py and *_test.py")
    .requiredOption("--source <folder>", "the code that the tests are about; it is copied, and its dependencies are installed apart")
    .option("--runs <number>", "runs of every test, each with another PYTHONHASHSEED", atLeastOne, 3)
    .option("--timeout <seconds>", "CPU seconds of a run", atLeastOne, 10)
    .option("--memory <MiB>", "memory of a run", atLeastOne, 512)
    .option("--sandbox <name>", 'what confines the tests: a backend\'s name, or "none" (see: pipeline doctor)')
    .option("--update", "resolve the dependencies of the source again")
    .option("--json", "print JSON: { tests: [{ file, name, outcome, reason, detail }], sandbox }")
    .addHelpText("after", "\nExit code: 0 where every test passed, 1 where one did not.")
    .action(async (paths: readonly string[], options: Options) => {
      const files = (await Promise.all(paths.map(testFiles))).flat();
      if (files.length === 0) throw new PipelineError(`no test files in ${paths.join(", ")}`, { code: "usage", hint: "a folder's tests are its test_*.py and *_test.py; name other files one by one" });
      await verify(files, options);
    });
}

async function verify(files: readonly string[], { source, sandbox, update = false, json = false, ...limits }: Options): Promise<void> {
  const { workers, sandbox: backend } = engineOptions(sandbox === undefined ? {} : { sandbox });
  const stopping = interruptible();
  try {
    await withServices(`verify ${resolve(source)}`, async (context) => {
      const sources = createSources(context);
      const service = createSandbox(context, { sources: sources.api, backend, workers });
      const close = async () => void await Promise.allSettled([service.close(), sources.close()]);
      stopping.signal.addEventListener("abort", () => void close());
      try {
        const tree = await sources.api.fetch(`folder:${resolve(source)}`);
        const { backend: confinement } = await service.api.identity();
        const tests: FileVerdict[] = [];
        for await (const verdicts of pMapIterable(files, async (file) => await verifyFile(file, tree, service.api, limits), { concurrency: service.capacity() })) {
          if (stopping.signal.aborted) break;
          if (!json) print(verdicts.map(verdictText).join("\n"));
          tests.push(...verdicts);
        }
        if (stopping.signal.aborted) throw new PipelineError("interrupted", { code: "interrupted" });
        const passed = tests.filter(({ outcome }) => outcome === "passed").length;
        if (json) printJson({ tests, sandbox: confinement });
        else print(`\n${passed} of ${counted(tests.length, "test")} passed  ·  sandbox: ${confinement}`);
        if (passed < tests.length) process.exitCode = 1;
      } finally {
        await close();
      }
    }, { update });
  } finally {
    stopping.release();
  }
}

async function verifyFile(file: string, source: TestRun["source"], sandbox: Sandbox, { runs, timeout, memory }: Limits): Promise<FileVerdict[]> {
  const hashSeeds = Array.from({ length: runs }, (_, seed) => seed);
  const { verdicts, fileError } = await sandbox.runTests({ source, code: await readFile(file, "utf8"), target: null, hashSeeds, timeout, memory });
  if (fileError !== null) return [{ file, name: null, ...fileError }];
  return verdicts.map(({ test, ...verdict }) => ({ file, name: test, ...verdict }));
}

function verdictText({ file, name, outcome, reason, detail }: FileVerdict): string {
  const what = name === null ? file : `${file}::${name}`;
  return outcome === "passed" ? `✔ ${what}` : `✖ ${what}  ${reason ?? outcome}${detail === "" ? "" : `: ${detail}`}`;
}

/** The file itself, or the test files in a folder, in order. */
async function testFiles(path: string): Promise<string[]> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) throw new PipelineError(`no such file or folder: ${path}`, { code: "usage", hint: "name test files, or a folder that holds some" });
  if (found.isFile()) return [path];
  const names = await readdir(path, { recursive: true });
  return names.filter((name) => /(?:^|\/)(?:test_[^/]*|[^/]*_test)\.py$/u.test(name)).toSorted().map((name) => join(path, name));
}
