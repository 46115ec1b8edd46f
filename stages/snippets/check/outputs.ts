import type { Example } from "../../../pipeline/contract/records.js";
import type { CheckEvidence } from "../lib/check-evidence.js";
import type { InSandbox } from "./in-sandbox.js";
import { judgedBy } from "./judged-by.js";
import { runnerOf } from "./presets.js";
import { type Tool, toolOf } from "./tools.js";
import type { Verdict } from "./verdict.js";

/** What holding the outputs that a snippet states against what it gives comes to. */
export type Run =
  | { readonly type: "pass"; readonly evidence: CheckEvidence }
  | { readonly type: "fail"; readonly message: string };

/** Each with another seed of hashes: an order that is nobody's promise differs. */
const runs = ["0", "1", "2"];

/**
 * Runs the snippets that state outputs, three times, by the text of each. What cannot be run, for it lacks something or
 * takes too long, is not among them: that its tool accepted it stays true.
 */
export async function runOutputs(
  language: string,
  suffix: string,
  examples: readonly Example[],
  context: InSandbox,
): Promise<Map<string, Run>> {
  const runner = runnerOf(language);
  const texts = [...new Set(examples.map(({ response }) => response).filter((text) => runner?.states.test(text)))];
  if (runner === null || texts.length === 0) return new Map();
  const tool = await toolOf({ ...runner.checker, suffix }, context.sandbox);
  const times: Map<string, Verdict>[] = [];
  let open = texts;
  for (const seed of runs) {
    const verdicts = await judgedBy(withSeed(tool, seed), open, context);
    times.push(verdicts);
    open = open.filter((text) => isTold(verdicts.get(text)));
  }
  return new Map(
    texts.flatMap((text) => {
      const run = together(
        times.flatMap((each) => each.get(text) ?? []),
        tool,
      );
      return run === null ? [] : [[text, run] as const];
    }),
  );
}

function together(verdicts: readonly Verdict[], { checker: { name }, version }: Tool): Run | null {
  const [first] = verdicts;
  if (first === undefined || !verdicts.every(isTold)) return null;
  if (verdicts.every(({ type }) => type === "pass"))
    return { type: "pass", evidence: { type: "check", tool: name, version, level: "run" } };
  const isSame = verdicts.every((verdict) => JSON.stringify(verdict) === JSON.stringify(first));
  const said = verdicts.find((verdict) => verdict.type === "fail")?.message ?? "";
  return { type: "fail", message: isSame ? said : `not the same in each of three runs: ${said}` };
}

/** Whether a run says something of the outputs. */
function isTold(verdict: Verdict | undefined): boolean {
  return verdict?.type === "pass" || verdict?.type === "fail";
}

function withSeed({ checker, tool, ...rest }: Tool, seed: string): Tool {
  const environment = { PYTHONHASHSEED: seed };
  return {
    ...rest,
    checker: { ...checker, environment: { ...checker.environment, ...environment } },
    tool: { ...tool, environment: { ...tool.environment, ...environment } },
  };
}
