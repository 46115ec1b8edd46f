import type { InSandbox } from "./in-sandbox.js";
import { judge } from "./judge.js";
import { peek } from "./memory.js";
import type { Tool } from "./tools.js";
import type { Verdict } from "./verdict.js";

/** Verdicts by text; what was judged before is not judged again. */
export async function judgedBy(
  tool: Tool,
  texts: readonly string[],
  context: InSandbox,
): Promise<Map<string, Verdict>> {
  const { checker, hash, version } = tool;
  const keyOf = (text: string) => ({ checker, hash, version, text });
  const known = await Promise.all(texts.map(async (text) => await peek<Verdict>(context, keyOf(text))));
  const verdicts = new Map(
    texts.flatMap((text, place) => {
      const verdict = known[place];
      return verdict === undefined || verdict === null ? [] : [[text, verdict] as const];
    }),
  );
  const open = texts.filter((text) => !verdicts.has(text));
  const judged = await judge(open, tool, context.sandbox);
  for (const [place, verdict] of judged.entries()) {
    const text = open[place] ?? "";
    verdicts.set(text, verdict);
    // What broke may go well the next time.
    if (verdict.type !== "broken") await context.remember(keyOf(text), async () => verdict);
  }
  return verdicts;
}
