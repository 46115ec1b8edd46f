import { z } from "zod";
import { renderInstruction } from "../../pipeline/contract/prompt.js";
import { type Reason, reason } from "../../pipeline/contract/reasons.js";
import { Example } from "../../pipeline/contract/records.js";
import type { Source } from "../../pipeline/contract/kind.js";
import { Target } from "../python/lib/records.js";
import { PytestEvidence } from "./lib/evidence/pytest-evidence.js";
import { pytestExample } from "./lib/pytest-example.js";
import { promptRef } from "../../pipeline/contract/reference.js";
import type { SandboxIdentity } from "../../pipeline/contract/sandbox.js";
import type { RecordedCall } from "../../pipeline/contract/sandbox.js";
import { type Context, defineStage, type Needed } from "../../pipeline/contract/stage.js";
import { called, orFail, sandboxIdentities } from "./lib/in-sandbox.js";
import { isWorking, worthTesting } from "./record/behaviours.js";
import { argumentList, type Call } from "./lib/calls/call.js";
import { firstCalls, unknownParameter, variedCalls } from "./lib/calls/calls.js";
import { surroundingsUsed } from "./record/surroundings.js";
import { testCode } from "./record/test-code.js";
import { shownTarget, TestPrompt } from "../python/lib/test-prompt.js";

/**
 * A teacher without a model: calls a function in the sandbox and writes down what it does. First with values that its
 * doctests, annotations or names suggest; then, where that works, with the edges of those values, one at a time. Such
 * tests say what the code does, not what it should do: the label `teacher: record` marks them.
 */
export default defineStage({
  name: "record",
  summary: "Calls functions in the sandbox and writes down what they answer as tests",
  version: 1,
  reads: Target,
  writes: Example,
  evidence: [PytestEvidence],
  parallel: "record",
  needs: ["sandbox"],
  options: z.strictObject({
    prompt: promptRef(TestPrompt)
      .default("prompts/pytest.yaml")
      .describe("What a row asks; a path relative to the pipeline file"),
    enabled: z.boolean().default(true).describe("Whether anything is recorded; false drops every target"),
    calls: z.int().min(1).max(20).default(6).describe("Most calls of one function"),
    timeout: z.number().positive().default(2).describe("CPU seconds that one call may take"),
    memory: z.int().min(64).default(512).describe("MiB of memory that one call may take"),
  }),

  async *run(targets, options, context) {
    const identityOf = sandboxIdentities(context.sandbox);
    const prompt = context.prompt(options.prompt, TestPrompt);
    const recorded = context.map(targets, async (target) => {
      const { source } = target;
      const unfit = options.enabled ? whyUnfit(target) : reason("switched-off", "switched off: enabled is false");
      if (source === null || unfit !== null) {
        context.drop(target, unfit ?? reason("no-source", "no source: there is no code to call"));
        return null;
      }
      return await orFail(
        target,
        context,
        async () => await recordTarget({ target, source, identity: await identityOf(source) }, options, context),
      );
    });
    for await (const found of recorded) {
      if (found === null) continue;
      const { target, code } = found;
      yield pytestExample(target, {
        prompt: renderInstruction(prompt, shownTarget(target)),
        response: code,
        labels: { teacher: "record" },
      });
    }
  },
});

function whyUnfit(target: Target): Reason | null {
  if (target.targetKind !== "function") return reason("not-a-function", `not a function: ${target.targetKind}`);
  if (target.isAsync) return reason("asynchronous", "asynchronous: its calls answer coroutines");
  const used = surroundingsUsed(target);
  return used === null ? null : reason("not-deterministic", `not deterministic: uses ${used}`);
}

interface Candidate {
  readonly target: Target;
  readonly source: Source;
  readonly identity: SandboxIdentity;
}

interface Limits {
  readonly calls: number;
  readonly timeout: number;
  readonly memory: number;
}

async function recordTarget(
  candidate: Candidate,
  limits: Limits,
  context: Context & Needed<"sandbox">,
): Promise<{ target: Target; code: string } | null> {
  const { target } = candidate;
  const first = firstCalls(target, Math.ceil(limits.calls / 2));
  if (first.length === 0) {
    const parameter = unknownParameter(target);
    context.drop(
      target,
      reason(
        "no-arguments",
        `no arguments: ${parameter === undefined ? "nothing to vary" : `nothing is known of ${parameter}`}`,
      ),
    );
    return null;
  }
  const firstResults = await record(candidate, first, limits, context);
  const base = first.find((_, index) => isWorking(firstResults[index]));
  const varied =
    base === undefined ? [] : unlike(variedCalls(base, target), first).slice(0, limits.calls - first.length);
  const variedResults = varied.length === 0 ? [] : await record(candidate, varied, limits, context);

  const behaviours = worthTesting(target, [...first, ...varied], [...firstResults, ...variedResults]);
  if (!("code" in behaviours)) return { target, code: testCode(target, behaviours) };
  context.drop(target, behaviours);
  return null;
}

function unlike(calls: readonly Call[], others: readonly Call[]): readonly Call[] {
  const known = new Set(others.map(argumentList));
  return calls.filter((call) => !known.has(argumentList(call)));
}

async function record(
  { target: { module, qualifiedName }, source: { ref, name, version }, identity }: Candidate,
  calls: readonly Call[],
  { timeout, memory }: Limits,
  context: Context & Needed<"sandbox">,
): Promise<readonly RecordedCall[]> {
  const request = {
    source: { ref, name, version },
    target: { module, qualifiedName },
    calls: calls.map(argumentList),
    timeout,
    memory,
  };
  return await called(request, identity, context);
}
