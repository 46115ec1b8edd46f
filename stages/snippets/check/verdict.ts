import type { CheckResult } from "../../../pipeline/contract/checker.js";
import type { Checker } from "./checker.js";

/** What a tool makes of a file. */
export type Verdict =
  | { readonly type: "pass" }
  | { readonly type: "fail"; readonly message: string }
  /** Something beside the file is missing: the tool cannot tell. */
  | { readonly type: "outside"; readonly message: string }
  /** The tool failed, or what runs it: that says nothing of the file. */
  | { readonly type: "broken"; readonly message: string };

type Ran = Extract<CheckResult, { type: "ran" }>;

/** Characters of a message that a reason shows. */
const shown = 300;

/** What the end of a tool's process means for the one file that it was run on. */
export function verdictOf(result: CheckResult, checker: Checker): Verdict {
  if (result.type === "infra") return { type: "broken", message: `the sandbox lost the run: ${result.detail}` };
  if (result.ended !== null) return { type: "broken", message: endings[result.ended] };
  if (result.signal !== null) return { type: "broken", message: `it was ended by signal ${result.signal}` };
  const said = textOf(result);
  if (checker.pass.includes(result.exitCode ?? -1)) return { type: "pass" };
  if (!checker.fail.includes(result.exitCode ?? -1))
    return { type: "broken", message: `exit code ${result.exitCode}: ${firstOf(said.split("\n"))}` };
  return faultOf(said.split("\n"), checker);
}

/** What the lines that a tool wrote of a wrong file say. */
export function faultOf(lines: readonly string[], { message, outside }: Checker): Verdict {
  const pattern = message === undefined ? null : new RegExp(message, "u");
  const found = lines.filter((line) => pattern?.test(line) === true);
  const told = firstOf(found.length > 0 ? found : lines);
  const isOutside = outside !== undefined && new RegExp(outside, "u").test(lines.join("\n"));
  return isOutside ? { type: "outside", message: told } : { type: "fail", message: told };
}

/** All that a tool wrote. */
export function textOf({ stdout, stderr }: Pick<Ran, "stdout" | "stderr">): string {
  return [stderr.text, stdout.text]
    .map((text) => text.trim())
    .filter((text) => text !== "")
    .join("\n");
}

const endings: Readonly<Record<NonNullable<Ran["ended"]>, string>> = {
  timeout: "it ran into its time limit",
  memory: "it needed more memory than it may have",
  processes: "it started more processes than it may",
  disk: "it wrote more than it may",
  output: "it said more than it may",
  killed: "it was killed",
};

function firstOf(lines: readonly string[]): string {
  const said = lines.map((line) => line.trim()).filter((line) => line !== "");
  return said.length === 0 ? "it says nothing" : said.slice(0, 3).join("; ").slice(0, shown);
}
