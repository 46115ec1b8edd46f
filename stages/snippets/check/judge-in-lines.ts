import { z } from "zod";
import type { CheckerTool, CheckResult } from "../../../pipeline/contract/checker.js";
import type { Sandbox } from "../../../pipeline/contract/sandbox.js";
import { parseJson } from "../../../pipeline/system/files/parse-json.js";
import { Level } from "../lib/check-evidence.js";
import type { Checker } from "./checker.js";
import type { Installed } from "./installed.js";
import { driverText } from "./presets.js";
import { fileNames, runOn } from "./run-on.js";
import { howItEnded, type Verdict, verdictOf } from "./verdict.js";

const Line = z.object({ file: z.string(), exit: z.int(), text: z.string(), level: Level.optional() });
type Line = z.infer<typeof Line>;

/**
 * What a tool makes of each of the texts, one after another in one process, which tells of each as it goes. Where that
 * process is ended, the file that it was at is checked alone, and the others are gone on with.
 */
export async function judgeInLines(texts: readonly string[], given: Installed, sandbox: Sandbox): Promise<Verdict[]> {
  if (texts.length === 0) return [];
  const { checker } = given;
  const { suffix = "" } = checker;
  const result = await runOn(texts, checker.reports ? given : await throughPython(given, sandbox), sandbox);
  const names = fileNames(texts.length, suffix);
  const lines = linesOf(result);
  const verdicts = names.map((name) => {
    const line = lines.get(name);
    return line === undefined ? null : verdictIn(line, name, checker);
  });
  const missing = verdicts.flatMap((verdict, place) => (verdict === null ? [place] : []));
  const lost: Verdict = { type: "broken", message: howItEnded(result) ?? wentWrong(result) };
  if (texts.length > 1) {
    const [culprit, ...others] = missing;
    for (const places of culprit === undefined ? [] : [[culprit], others]) {
      const again = await judgeInLines(
        places.map((place) => texts[place] ?? ""),
        given,
        sandbox,
      );
      for (const [index, place] of places.entries()) verdicts[place] = again[index] ?? null;
    }
  }
  return verdicts.map((verdict) => verdict ?? lost);
}

function verdictIn({ exit, text, level }: Line, name: string, checker: Checker): Verdict {
  const [alone = ""] = fileNames(1, checker.suffix ?? "");
  return verdictOf(exit, text.replaceAll(name, alone), checker, level);
}

/** What a process told of each file, by its name. */
function linesOf(result: CheckResult): Map<string, Line> {
  if (result.type === "infra") return new Map();
  const lines = result.stdout.text.split("\n").flatMap((text) => Line.safeParse(parseJson(text)).data ?? []);
  return new Map(lines.map((line) => [line.file, line]));
}

function wentWrong(result: CheckResult): string {
  if (result.type === "infra") return result.detail;
  const last = result.stderr.text.trim().split("\n").at(-1) ?? "";
  return `exit code ${result.exitCode}, without a word of the file: ${last}`.slice(0, 300);
}

/** Characters of what a command says that are kept of each file. */
const mostSaid = 4000;

/** A tool that takes one file, run on each by a program inside of one confinement: to make that takes longer. */
async function throughPython({ checker, tool }: Installed, sandbox: Sandbox): Promise<Installed> {
  const { tool: python } = await sandbox.findTool({ command: "python3" }, "run");
  const how = {
    command: [tool.command, ...(tool.leading ?? []), ...checker.arguments],
    seconds: Math.ceil(checker.timeout),
    most: mostSaid,
  };
  const readable = [...new Set([...(python.readable ?? []), ...(tool.readable ?? [])])];
  const runner: CheckerTool = { ...tool, command: python.command, leading: ["-I", "-S"], readable };
  return {
    tool: runner,
    checker: {
      ...checker,
      arguments: ["each.py", "{files}"],
      beside: { ...checker.beside, "each.py": driverText("each.py"), "each.json": JSON.stringify(how) },
    },
  };
}
