import type { Example } from "../../../pipeline/contract/records.js";
import type { CheckEvidence } from "../lib/check-evidence.js";
import type { Batch } from "./batches.js";
import { judgedBy } from "./judged-by.js";
import { runOutputs } from "./outputs.js";
import { grammarOf } from "./parse.js";
import type { InSandbox } from "./in-sandbox.js";
import type { Tool, ToolsOf } from "./tools.js";
import type { Verdict } from "./verdict.js";

/** What becomes of an example. */
export type Outcome =
  | { readonly type: "pass"; readonly evidence: CheckEvidence }
  | { readonly type: "fail"; readonly message: string }
  /** Its tool failed. */
  | { readonly type: "broken"; readonly message: string }
  /** Nothing here can judge it, for this reason. */
  | { readonly type: "open"; readonly why: string };

/**
 * What the first tool of the language that can tell makes of each example, by its id; where none can, what the grammar
 * makes of it.
 */
export async function checkBatch(
  { language, suffix, examples }: Batch,
  { toolsOf, runsOutputs }: { readonly toolsOf: ToolsOf; readonly runsOutputs: boolean },
  context: InSandbox,
): Promise<Map<string, Outcome>> {
  const tools = await toolsOf(language, context.sandbox);
  if (tools.here.length === 0) {
    const why = `nothing here can judge ${language}`;
    context.notice(`check: ${why}, so that a grammar does where there is one: ${tools.fix}`);
    return new Map(examples.map((example) => [example.id, byGrammar(example) ?? { type: "open", why }]));
  }
  const outcomes = new Map<string, Outcome>();
  let open = examples;
  for (const found of tools.here) {
    const tool = { ...found, checker: { ...found.checker, suffix: found.checker.suffix ?? suffix } };
    const verdicts = await judgedBy(tool, [...new Set(open.map(({ response }) => response))], context);
    for (const { id, response } of open) {
      const verdict = verdicts.get(response);
      if (verdict !== undefined) outcomes.set(id, outcomeOf(verdict, tool));
    }
    open = open.filter(({ response }) => verdicts.get(response)?.type === "outside");
  }
  // A grammar knows less than a tool that lacks a header: it may speak for a snippet, and not against it.
  for (const example of open) {
    const parsed = byGrammar(example);
    if (parsed?.type === "pass") outcomes.set(example.id, parsed);
  }
  if (!runsOutputs) return outcomes;
  const accepted = examples.filter(({ id }) => outcomes.get(id)?.type === "pass");
  const found = await runOutputs(language, suffix, accepted, context);
  for (const { id, response } of accepted) {
    const run = found.get(response);
    if (run !== undefined) outcomes.set(id, run);
  }
  return outcomes;
}

function outcomeOf(verdict: Verdict, { checker: { name }, version }: Tool): Outcome {
  if (verdict.type === "outside")
    return { type: "open", why: `something beside it is missing: ${name}: ${verdict.message}` };
  if (verdict.type !== "pass") return { type: verdict.type, message: `${name}: ${verdict.message}` };
  return { type: "pass", evidence: { type: "check", tool: name, version, level: verdict.level } };
}

/** What the language's grammar makes of an example; null where none is installed. */
function byGrammar({ language, response }: Example): Outcome | null {
  const grammar = grammarOf(language);
  if (grammar === null) return null;
  const line = grammar.faultIn(response);
  return line === null
    ? { type: "pass", evidence: grammar.evidence }
    : { type: "fail", message: `${grammar.evidence.tool}: does not parse (line ${line})` };
}
