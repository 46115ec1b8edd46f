import type { Context, Needed } from "../../../pipeline/contract/stage.js";
import type { CheckEvidence } from "../lib/check-evidence.js";
import type { Batch } from "./batches.js";
import { judge } from "./judge.js";
import { peek } from "./memory.js";
import type { Tool, ToolsOf } from "./tools.js";
import type { Verdict } from "./verdict.js";

/** What becomes of an example. */
export type Outcome =
  | { readonly type: "pass"; readonly evidence: CheckEvidence }
  | { readonly type: "fail"; readonly message: string }
  | { readonly type: "broken"; readonly message: string }
  /** There is no tool for it. */
  | { readonly type: "missing" };

type InSandbox = Pick<Context, "remember"> & Needed<"sandbox">;

/** What the first tool of the language that can tell makes of each example, by its id. */
export async function checkBatch(
  { language, examples }: Batch,
  toolsOf: ToolsOf,
  context: InSandbox,
): Promise<Map<string, Outcome>> {
  const outcomes = new Map<string, Outcome>(examples.map(({ id }) => [id, { type: "missing" }]));
  let open = examples;
  for (const tool of await toolsOf(language)) {
    const texts = [...new Set(open.map(({ response }) => response))];
    const verdicts = await judgedBy(tool, texts, context);
    for (const { id, response } of open) {
      const verdict = verdicts.get(response);
      if (verdict !== undefined) outcomes.set(id, outcomeOf(verdict, tool));
    }
    open = open.filter(({ response }) => verdicts.get(response)?.type === "outside");
  }
  return outcomes;
}

/** Verdicts by text; what was judged before is not judged again. */
async function judgedBy(tool: Tool, texts: readonly string[], context: InSandbox): Promise<Map<string, Verdict>> {
  const { version: _version, ...checker } = tool.checker;
  const keyOf = (text: string) => ({ checker, identity: tool.identity, text });
  const known = await Promise.all(texts.map(async (text) => await peek<Verdict>(context, keyOf(text))));
  const verdicts = new Map<string, Verdict>();
  for (const [place, text] of texts.entries()) {
    const verdict = known[place];
    if (verdict !== undefined && verdict !== null) verdicts.set(text, verdict);
  }
  const open = texts.filter((text) => !verdicts.has(text));
  const judged = await judge(open, tool, context.sandbox);
  await Promise.all(
    judged.map(async (verdict, place) => {
      const text = open[place] ?? "";
      verdicts.set(text, verdict);
      // What broke may go well the next time.
      if (verdict.type !== "broken") await context.remember(keyOf(text), async () => verdict);
    }),
  );
  return verdicts;
}

function outcomeOf(verdict: Verdict, { checker: { command, level }, identity }: Tool): Outcome {
  if (verdict.type === "outside") return { type: "missing" };
  if (verdict.type !== "pass") return { type: verdict.type, message: `${command}: ${verdict.message}` };
  const [version = ""] = identity.version.split("\n");
  return { type: "pass", evidence: { type: "check", tool: command, version, level } };
}
