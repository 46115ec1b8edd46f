import { readFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../../../pipeline/system/paths.js";
import { type Checker, toChecker } from "./checker.js";

/** A checker that ships; `driver` is a program of this toolkit that has the language's tool look at many files. */
type Preset = Parameters<typeof toChecker>[0] & { readonly driver?: string };

const noSuchHeader = String.raw`fatal error: .*: No such file or directory`;
const gccFault = String.raw`:(?<text>\d+:\d+: (?:fatal )?error: .+)$`;
/** gcc quotes names as the locale has it. */
const plainQuotes = { LC_ALL: "C" };

/** Every file is a module of its own: what one declares is not seen by another. */
const tscFlags =
  "--noEmit --pretty false --moduleDetection force --target esnext --module esnext --moduleResolution bundler " +
  "--jsx preserve";
const tscFault = String.raw`^(?<file>[^()\s]+)(?<text>\(\d+,\d+\): error TS\d+: .+)$`;

const gofmt: Preset = {
  command: "gofmt -e {files}",
  fail: [2],
  message: String.raw`^(?<file>[^:\s]+):(?<text>\d+:\d+: .+)$`,
  version: "go version",
};

/** By language, and by names of their own where a language has several: the tools in order of preference. */
const presets: Readonly<Record<string, readonly Preset[]>> = {
  python: [{ command: "python3 -I -S check.py {files}", driver: "check.py", reports: true }],
  javascript: [
    {
      command: "node --experimental-vm-modules --no-warnings check.mjs {files}",
      driver: "check.mjs",
      reports: true,
      outside: "^JSX",
    },
  ],
  typescript: [
    {
      command: `tsc ${tscFlags} --lib esnext,dom --skipLibCheck {files}`,
      level: "types",
      message: tscFault,
      outside: String.raw`error TS(?:2307|2304|2503|2552|258[0-4]|259[1-3]|2792|2875|7016|7026):`,
      memory: 2048,
      timeout: 30,
    },
    {
      command: `tsc ${tscFlags} --lib esnext --noCheck --noResolve {files}`,
      message: tscFault,
      memory: 2048,
      timeout: 30,
    },
  ],
  go: [gofmt],
  rust: [
    {
      command: "rustc --edition 2021 --crate-type lib --emit=metadata -A warnings --error-format short {file}",
      level: "types",
      fail: [1],
      message: String.raw`:(?<text>\d+:\d+: error.+)$`,
      outside: String.raw`error\[E(?:0432|0433|0463|0583)\]|: error: couldn't read `,
      timeout: 30,
    },
    {
      // What it writes is gone with the work folder.
      command: "rustfmt --edition 2021 --quiet {file}",
      fail: [1],
      message: "^error[^:]*: (?<text>.+)$",
      outside: "failed to resolve mod",
      timeout: 30,
    },
  ],
  java: [
    {
      command: "java -Xshare:auto -XX:TieredStopAtLevel=1 Check.java {files}",
      driver: "Check.java",
      reports: true,
      level: "types",
      name: "javac",
      version: "javac -version",
      readable: ["/etc/java*"],
      memory: 2048,
      timeout: 30,
    },
  ],
  c: [
    {
      command: "gcc -fsyntax-only -w {file}",
      level: "types",
      fail: [1],
      message: gccFault,
      outside: noSuchHeader,
      environment: plainQuotes,
    },
  ],
  cpp: [
    {
      command: "g++ -fsyntax-only -w {file}",
      level: "types",
      fail: [1],
      message: gccFault,
      outside: noSuchHeader,
      environment: plainQuotes,
      timeout: 30,
    },
  ],
  shell: [{ command: "bash -n {file}", fail: [1, 2], message: String.raw`(?<text>line \d+: .+)$` }],
  autohotkey: [
    {
      command: "AutoHotkeyV2.exe /ErrorStdOut=UTF-8 /validate {file}",
      level: "load",
      fail: [2],
      message: String.raw`(?<text>\(\d+\) : ==> .+)$`,
      name: "AutoHotkey",
      version: "2.0.18",
      wheel: {
        name: "ahk-binary",
        version: "2025.1.0",
        sha256: "3f6ef29408de92370355c8d669a19dca31be5af0674f39a739dc8056103016d3",
      },
    },
  ],
};

/** By language: what states an output, and how a snippet is run and held against it. */
const runners: Readonly<Record<string, { readonly states: RegExp; readonly run: Preset }>> = {
  python: {
    states: /^[ \t]*>>> /mu,
    run: { command: "python3 -s -B run.py {file}", driver: "run.py", ...outputs() },
  },
  javascript: {
    states: /\S\s*\/\/\s*=>/u,
    run: { command: "node --no-warnings run.mjs {file}", driver: "run.mjs", ...outputs() },
  },
};

function outputs(): Pick<Preset, "level" | "pass" | "fail" | "timeout" | "message" | "outside"> {
  return {
    level: "run",
    pass: [40],
    fail: [41, 43],
    timeout: 4,
    message: String.raw`^(?<text>line \d+: states .+)$`,
    outside: "it cannot be (?:loaded|run): |no example is found|no value is stated|no output was come by",
  };
}

/** What can be named in the place of a checker. */
export const presetNames: readonly string[] = Object.keys(presets);

/** The tools that ship for a language, best first; none where nothing does. */
export function presetOf(name: string): readonly Checker[] {
  return (presets[name] ?? []).map(withDriver);
}

/** How the outputs that snippets of a language state are come by; null where nothing ships for it. */
export function runnerOf(language: string): { readonly states: RegExp; readonly checker: Checker } | null {
  const runner = runners[language];
  return runner === undefined ? null : { states: runner.states, checker: withDriver(runner.run) };
}

function withDriver({ driver, ...preset }: Preset): Checker {
  return toChecker({ ...preset, ...(driver !== undefined && { beside: { [driver]: driverText(driver) } }) });
}

/** A program of this toolkit that checks files: they lie beside this one, and are run inside of the sandbox. */
export function driverText(name: string): string {
  return readFileSync(join(packageRoot, "stages/snippets/check/drivers", name), "utf8");
}
