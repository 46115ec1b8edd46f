import type { z } from "zod";
import { type Checker, toChecker } from "./checker.js";

/** What ships for a language: its tools in order of preference. */
type Preset = readonly z.input<typeof Checker>[];

const presets: Readonly<Record<string, Preset>> = {
  shell: [{ command: "bash -n {file}", suffix: ".sh" }],
  go: [
    {
      command: "gofmt -e {files}",
      suffix: ".go",
      fail: [2],
      message: String.raw`^(?<file>[^:\s]+):\d+:\d+: .+$`,
      version: ["-h"],
    },
  ],
  c: [
    {
      command: "gcc -fsyntax-only -w {file}",
      suffix: ".c",
      level: "types",
      fail: [1],
      message: String.raw`: (?:fatal )?error: .+$`,
      outside: String.raw`: fatal error: .*: No such file or directory`,
    },
  ],
  cpp: [
    {
      command: "g++ -fsyntax-only -w {file}",
      suffix: ".cpp",
      level: "types",
      fail: [1],
      message: String.raw`: (?:fatal )?error: .+$`,
      outside: String.raw`: fatal error: .*: No such file or directory`,
    },
  ],
};

/** The tools that ship for a language, best first; none where nothing does. */
export function presetOf(language: string): readonly Checker[] {
  return (presets[language] ?? []).map(toChecker);
}
