import type { CheckResult } from "../../../pipeline/contract/checker.js";
import type { Sandbox } from "../../../pipeline/contract/sandbox.js";
import type { Installed } from "./installed.js";

/** KiB of output that are read of a process, and for each of its files beside. */
const output = { least: 64, each: 16 };

/** Names of files that are checked together: harmless, and telling nothing; one that is checked alone has no number. */
export function fileNames(count: number, suffix: string): string[] {
  if (count === 1) return [`snippet${suffix}`];
  return Array.from({ length: count }, (_, place) => `snippet-${place}${suffix}`);
}

/** Runs the tool once on all of the texts, each in a file of its own. */
export async function runOn(
  texts: readonly string[],
  { checker, tool }: Installed,
  sandbox: Sandbox,
): Promise<CheckResult> {
  const { suffix = "", timeout, memory, beside } = checker;
  const names = fileNames(texts.length, suffix);
  const [result] = await sandbox.check({
    tool,
    arguments: checker.arguments,
    files: texts.map((text, place) => ({ path: names[place] ?? "", text })),
    beside: Object.entries(beside).map(([path, text]) => ({ path, text })),
    limits: { timeout: timeout * texts.length, memory, output: output.least + output.each * texts.length },
  });
  return result ?? { type: "infra", detail: "no answer" };
}
