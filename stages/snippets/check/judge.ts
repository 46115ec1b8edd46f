import type { Sandbox } from "../../../pipeline/contract/sandbox.js";
import { type Checker, takesMany } from "./checker.js";
import type { Installed } from "./installed.js";
import { judgeInLines } from "./judge-in-lines.js";
import { runOn, fileNames } from "./run-on.js";
import { faultOf, howItEnded, textOf, type Verdict, verdictOf } from "./verdict.js";

/**
 * What a tool makes of each of the texts: the same as if each were checked alone. A batch in which something is wrong
 * is checked again without the files that the tool names, and halved where it names none.
 */
export async function judge(texts: readonly string[], given: Installed, sandbox: Sandbox): Promise<Verdict[]> {
  const { checker } = given;
  if (texts.length === 0) return [];
  if (checker.reports || !takesMany(checker)) return await judgeInLines(texts, given, sandbox);
  const result = await runOn(texts, given, sandbox);
  const ended = howItEnded(result);
  const said = textOf(result);
  const verdict: Verdict =
    ended === null && result.type === "ran"
      ? verdictOf(result.exitCode ?? -1, said, checker)
      : { type: "broken", message: ended ?? "" };
  if (texts.length === 1 || verdict.type === "pass") return texts.map(() => verdict);
  const named = verdict.type === "broken" ? new Map<number, string[]>() : linesByFile(said, texts.length, checker);
  const [first, second] = named.size > 0 ? [[...texts.keys()].filter((place) => !named.has(place)), []] : halves(texts);
  const verdicts = texts.map((_, place) => faultOf(named.get(place) ?? [], checker));
  for (const places of [first, second]) {
    const judged = await judge(
      places.map((place) => texts[place] ?? ""),
      given,
      sandbox,
    );
    for (const [index, place] of places.entries()) verdicts[place] = judged[index] ?? verdict;
  }
  return verdicts;
}

function halves(texts: readonly string[]): readonly [number[], number[]] {
  const places = [...texts.keys()];
  const half = Math.ceil(places.length / 2);
  return [places.slice(0, half), places.slice(half)];
}

/** The lines that name a file as a wrong one, by the file's place, with the name that it has alone. */
function linesByFile(said: string, count: number, { message, suffix = "" }: Checker): Map<number, string[]> {
  const found = new Map<number, string[]>();
  if (message === undefined) return found;
  const pattern = new RegExp(message, "u");
  const places = new Map(fileNames(count, suffix).map((name, place) => [name, place]));
  const [alone = ""] = fileNames(1, suffix);
  for (const line of said.split("\n")) {
    const name = pattern.exec(line.trimEnd())?.groups?.["file"]?.replace(/^\.\//u, "");
    const place = places.get(name ?? "");
    if (name === undefined || place === undefined) continue;
    const lines = found.get(place) ?? [];
    found.set(place, lines);
    lines.push(line.replaceAll(name, alone));
  }
  return found;
}
