import type { CheckResult } from "../../../pipeline/contract/checker.js";
import type { Level } from "../lib/check-evidence.js";
import type { Checker } from "./checker.js";

/** What a tool makes of a file. */
export type Verdict =
  | { readonly type: "pass"; readonly level: Level }
  | { readonly type: "fail"; readonly message: string }
  /** Something beside the file is missing: the tool cannot tell. */
  | { readonly type: "outside"; readonly message: string }
  /** The tool failed, or what runs it: that says nothing of the file. */
  | { readonly type: "broken"; readonly message: string };

/** Why a process was ended, in words; null where it ended by itself. */
export function howItEnded(result: CheckResult): string | null {
  if (result.type === "infra") return `the sandbox lost the run: ${result.detail}`;
  if (result.ended !== null) return endings[result.ended];
  return result.signal === null ? null : `it was ended by signal ${result.signal}`;
}

/** What an exit code means, and what the tool said, for the one file that it was run on. */
export function verdictOf(exitCode: number, said: string, checker: Checker, level = checker.level): Verdict {
  if (checker.pass.includes(exitCode)) return { type: "pass", level };
  if (checker.fail.includes(exitCode)) return faultOf(said.split("\n"), checker);
  const how = exitCode < 0 ? (signals[-exitCode] ?? `it was ended by signal ${-exitCode}`) : `exit code ${exitCode}`;
  return { type: "broken", message: `${how}: ${firstOf(said.split("\n"))}` };
}

/** What the lines that a tool wrote of a wrong file say. */
export function faultOf(lines: readonly string[], { message, outside }: Checker): Verdict {
  const pattern = message === undefined ? null : new RegExp(message, "u");
  const found = lines.flatMap((line) => {
    const match = pattern?.exec(line.trimEnd()) ?? null;
    return match === null ? [] : [match.groups?.["text"] ?? line];
  });
  const told = firstOf(found.length > 0 ? found : lines);
  const isOutside = outside !== undefined && new RegExp(outside, "u").test(lines.join("\n"));
  return isOutside ? { type: "outside", message: told } : { type: "fail", message: told };
}

/** All that a tool wrote, its errors first. */
export function textOf(result: CheckResult): string {
  if (result.type === "infra") return "";
  return [result.stderr.text, result.stdout.text]
    .map((text) => text.trim())
    .filter((text) => text !== "")
    .join("\n");
}

const endings: Readonly<Record<NonNullable<Extract<CheckResult, { type: "ran" }>["ended"]>, string>> = {
  timeout: "it ran into its time limit",
  memory: "it needed more memory than it may have",
  processes: "it started more processes than it may",
  disk: "it wrote more than it may",
  output: "it said more than it may",
  killed: "it was killed",
};

const signals: Readonly<Record<number, string>> = { 9: endings.killed, 24: endings.timeout };

/** Characters of a message that a reason shows, and lines. */
const shown = { characters: 300, lines: 3 };

function firstOf(lines: readonly string[]): string {
  const said = lines.map((line) => line.trim()).filter((line) => line !== "");
  return said.length === 0 ? "it says nothing" : said.slice(0, shown.lines).join("; ").slice(0, shown.characters);
}
