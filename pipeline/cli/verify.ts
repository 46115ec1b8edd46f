import { readdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Command } from "commander";
import type { GivenParameter } from "../engine/config/parameters/given.js";
import { PipelineError } from "../system/errors.js";
import { interruptible } from "./interrupt.js";
import { atLeastOne, eachVariable, environmentHelp, interpreterPath } from "./options.js";
import { readParameters } from "../parameters.js";
import { addParameters, declaredHeading } from "./parameters.js";
import { checkPipeline, checkTests, type CheckOptions, ownParameters } from "./verify/run.js";
import { reportText } from "./verify/text.js";
import { hasColour, print, printJson } from "./terminal.js";

interface Options extends Omit<CheckOptions, "given"> {
  readonly json?: boolean;
}

/** `pipeline verify TESTS... --source DIR`: a verdict a test; exit code 1 where one does not pass. */
export default async function define(command: Command): Promise<Command> {
  command
    .argument("<tests...>", "test files, or folders with test_*.py and *_test.py")
    .requiredOption(
      "--source <folder>",
      "the code that the tests are about; it is copied, and its dependencies are installed apart",
    )
    .option("--no-mutants", "verdicts alone: no mutants, and no coverage")
    .option("-j, --workers <number>", "runs at once; one a processor unless told", atLeastOne)
    .option("--sandbox <name>", 'what confines the tests: a backend\'s name, or "none" (see: pipeline doctor)')
    .option(
      "--python <path>",
      "run the tests with what is installed in an environment of yours: its interpreter, or its folder",
      interpreterPath,
    )
    .option("-e, --env <assignment>", environmentHelp, eachVariable, [])
    .option("--update", "resolve the dependencies of the source again")
    .option(
      "--json",
      "print JSON: { tests: [{ file, name, outcome, reason, detail, proves, note, targets }], targets: [{ name, " +
        "coverage, mutants, survivors, ... }], lost: [{ file, name, detail }], sandbox }",
    )
    .addHelpText(
      "after",
      `
Each file is run by itself, in the sandbox: what it imports from the source and from the source's dependencies is there.
A test that does not pass so is run where it stands, if the source holds its file: with its conftest.py, the files
beside it and the project's settings. Of a file outside of the source, a conftest.py and what is beside it are not
there.
A test whose assertion fails is shown as a suspected bug, or a wrong value in the test: which, is for you to say.
A test that passes and yet proves nothing (it calls nothing of the source, asserts nothing that could be false, or tests
what its file defines itself) says so: "proves" is false then, and "note" says why.

Exit code: 0 where every test passed or was skipped, 1 where one did not pass; mutants that survive change nothing
about it.`,
    );
  const found = (await readParameters({ file: checkPipeline, cwd: process.cwd() })) ?? [];
  const parameters = addParameters(command, [
    { heading: declaredHeading, parameters: found.filter(({ name }) => !ownParameters.includes(name)) },
  ]);
  return command.action(async (paths: readonly string[], { json = false, ...options }: Options) => {
    const files = (await Promise.all(paths.map(testFiles))).flat();
    if (files.length === 0)
      throw new PipelineError(`no test files in ${paths.join(", ")}`, {
        code: "usage",
        hint: "a folder's tests are its test_*.py and *_test.py; name other files one by one",
      });
    const source = await sourceFolder(options.source);
    const given = await parameters.given();
    await interruptible(async (signal) => {
      const report = await checkTests(
        [...new Set(files)],
        { ...options, source, given: given.map(withoutMutants) },
        signal,
      );
      if (json) printJson(report);
      else print(reportText(report, { colour: hasColour(process.stdout) }));
      if (report.tests.some(({ outcome }) => outcome !== "passed" && outcome !== "skipped")) process.exitCode = 1;
    });
  });
}

/** --no-mutants: none. */
function withoutMutants(parameter: GivenParameter): GivenParameter {
  return parameter.value === false ? { ...parameter, value: 0 } : parameter;
}

async function sourceFolder(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory() === true) return resolve(path);
  throw new PipelineError(`${found === undefined ? "no such folder" : "not a folder"}: ${path}`, {
    code: "usage",
    hint: "name the folder of the code that the tests import: --source FOLDER",
  });
}

/** The file itself, or the test files in a folder, in order. */
async function testFiles(path: string): Promise<string[]> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined)
    throw new PipelineError(`no such file or folder: ${path}`, {
      code: "usage",
      hint: "name test files, or a folder that holds some",
    });
  if (found.isFile()) return [path];
  const names = await readdir(path, { recursive: true });
  return names
    .filter((name) => /(?:^|\/)(?:test_[^/]*|[^/]*_test)\.py$/u.test(name))
    .toSorted()
    .map((name) => join(path, name));
}
