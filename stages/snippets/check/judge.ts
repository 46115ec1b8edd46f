import type { CheckerTool, CheckFile, CheckResult } from "../../../pipeline/contract/checker.js";
import type { Sandbox } from "../../../pipeline/contract/sandbox.js";
import { type Checker, takesMany } from "./checker.js";
import { faultOf, textOf, type Verdict, verdictOf } from "./verdict.js";

/** A checker with its tool as it is installed here. */
export interface Installed {
  readonly checker: Checker;
  readonly tool: CheckerTool;
}

/** Name of the one file that a process checks, and of those that it checks with others, by their places. */
const alone = "snippet";

/**
 * What a tool makes of each of the texts: the same as if each were checked alone. A batch in which something is wrong
 * is checked again without the files that the tool names, and halved where it names none.
 */
export async function judge(texts: readonly string[], given: Installed, sandbox: Sandbox): Promise<Verdict[]> {
  const { checker } = given;
  if (takesMany(checker)) return await judgeMany(texts, given, sandbox);
  const results = await Promise.all(texts.map(async (text) => await run([text], given, sandbox)));
  return results.map((result) => verdictOf(result, checker));
}

async function judgeMany(texts: readonly string[], given: Installed, sandbox: Sandbox): Promise<Verdict[]> {
  const { checker } = given;
  if (texts.length === 0) return [];
  const result = await run(texts, given, sandbox);
  const verdict = verdictOf(result, checker);
  if (texts.length === 1 || verdict.type === "pass") return texts.map(() => verdict);
  const named = verdict.type === "broken" || result.type !== "ran" ? null : linesByFile(textOf(result), texts, checker);
  if (named === null || named.size === 0) {
    const half = Math.ceil(texts.length / 2);
    const first = await judgeMany(texts.slice(0, half), given, sandbox);
    return [...first, ...(await judgeMany(texts.slice(half), given, sandbox))];
  }
  const others = [...texts.keys()].filter((place) => !named.has(place));
  const rest = await judgeMany(
    others.map((place) => texts[place] ?? ""),
    given,
    sandbox,
  );
  return texts.map((_, place) => {
    const lines = named.get(place);
    return lines === undefined ? (rest[others.indexOf(place)] ?? verdict) : faultOf(lines, checker);
  });
}

/** The lines that name a file as a wrong one, by the file's place, with the name that it has alone. */
function linesByFile(said: string, texts: readonly string[], { message, suffix = "" }: Checker): Map<number, string[]> {
  const found = new Map<number, string[]>();
  if (message === undefined) return found;
  const pattern = new RegExp(message, "u");
  const places = new Map(texts.map((_, place) => [nameOf(place, suffix), place]));
  for (const line of said.split("\n")) {
    const name = pattern.exec(line)?.groups?.["file"];
    const place = places.get(name?.replace(/^\.\//u, "") ?? "");
    if (name === undefined || place === undefined) continue;
    const lines = found.get(place) ?? [];
    found.set(place, lines);
    lines.push(line.replaceAll(name, `${alone}${suffix}`));
  }
  return found;
}

const nameOf = (place: number, suffix: string) => `${alone}-${place}${suffix}`;

async function run(texts: readonly string[], { checker, tool }: Installed, sandbox: Sandbox): Promise<CheckResult> {
  const { suffix = "", timeout, memory, beside } = checker;
  const [result] = await sandbox.check({
    tool,
    arguments: checker.arguments,
    files: texts.map((text, place): CheckFile => ({
      path: texts.length === 1 ? `${alone}${suffix}` : nameOf(place, suffix),
      text,
    })),
    beside: Object.entries(beside).map(([path, text]) => ({ path, text })),
    limits: { timeout: timeout * texts.length, memory },
  });
  return result ?? { type: "infra", detail: "no answer" };
}
