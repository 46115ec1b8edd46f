import { z } from "zod";
import { Example } from "../../pipeline/contract/records.js";
import { Score } from "./lib/records.js";
import type { Source } from "../../pipeline/contract/kind.js";
import { Target } from "../python/lib/records.js";
import type { SandboxIdentity } from "../../pipeline/contract/sandbox.js";
import { defineStage } from "../../pipeline/contract/stage.js";
import { buggyText } from "./lib/buggy.js";
import { sandboxIdentities } from "../tests/lib/in-sandbox.js";
import { testedTargetId } from "../tests/lib/tested-target-id.js";
import { type Contestant, Contestants, testsByContestant } from "./lib/contestants.js";
import { scoresOfEach } from "./lib/each-target.js";
import { type FileRun, type Ground, measure } from "./score/metrics.js";
import { outcomeOf } from "./score/outcome.js";
import { runFile } from "./score/runs.js";
import type { InSandbox, MutantLimits } from "../tests/lib/candidate.js";
import { PytestEvidence } from "../tests/lib/evidence/pytest-evidence.js";
import { runLimits } from "../tests/lib/run-limits.js";

/**
 * Runs everyone's tests of each target and writes down the figures: a Score for each target and contestant. Who wrote
 * nothing for a target has 0 there. People alone are scored only where they wrote something: that nobody collected
 * tests of theirs is no failure of theirs. What a model wrote and `record-values` went through (the input `recorded`)
 * is a contestant beside what it wrote itself. A target whose runs were lost is failed for all, so that all keep the
 * same targets.
 */
export default defineStage({
  name: "score",
  summary: "Runs everyone's tests of each target on it, on mutants of it and on its buggy twin, and scores them",
  version: 2,
  reads: { targets: Target, tests: Example, recorded: Example },
  optional: ["recorded"],
  writes: Score,
  parallel: "record",
  needs: ["sandbox"],
  options: z.strictObject({
    baselines: z
      .array(z.string().min(1))
      .default(["none"])
      .describe("Teachers that are scored although they may have written nothing at all"),
    joined: z
      .array(z.string().min(1))
      .default([])
      .describe(
        "Teachers whose tests are put beside those of each model with recorded values, as one more contestant: " +
          "[record]",
      ),
    runs: z.int().min(1).max(10).default(3).describe("Runs of every test, each with another PYTHONHASHSEED"),
    mutants: z
      .int()
      .min(1)
      .default(100)
      .describe("Most mutants of a target; of more, a fixed choice, the same for everyone"),
    ...runLimits,
  }),

  async *run({ targets, tests, recorded }, { baselines, joined, ...limits }, context) {
    const identityOf = sandboxIdentities(context.sandbox);
    const contestants = (
      await context.once("contestants", () => Contestants.read({ tests, recorded }, { baselines, joined }))
    ).list();
    const testsOf = await context.lookup(tests, "target", testedTargetId);
    const recordedOf = await context.lookup(recorded, "target of recorded", testedTargetId);
    yield* scoresOfEach(targets, context, async (target, source) => {
      const { folder } = await context.sourceTree(source);
      const subject = { target, source, identity: await identityOf(source), buggy: await buggyText(folder, target) };
      return await scoresOf(
        subject,
        contestants,
        await testsByContestant({ tests: testsOf(target.id), recorded: recordedOf(target.id) }),
        limits,
        context,
      );
    });
  },
});

interface Subject {
  readonly target: Target;
  readonly source: Source;
  readonly identity: SandboxIdentity;
  /** Text of the buggy program of a pair; null where the target has none. */
  readonly buggy: string | null;
}

interface Suite {
  readonly contestant: Contestant;
  readonly examples: readonly Example[];
  readonly files: readonly FileRun[];
}

async function scoresOf(
  subject: Subject,
  contestants: readonly Contestant[],
  tests: ReadonlyMap<string, readonly Example[]>,
  limits: MutantLimits,
  context: InSandbox,
): Promise<Score[]> {
  const { buggy } = subject;
  const ran: Suite[] = [];
  for (const contestant of contestants) {
    const examples = contestant.writers.flatMap((writer) => tests.get(writer) ?? []);
    if (examples.length === 0 && contestant.name === "human") continue;
    ran.push({ contestant, examples, files: await runFiles(examples, subject, limits, context) });
  }
  const ground = groundOf(
    ran.flatMap(({ files }) => files),
    buggy !== null,
  );
  return ran.map((suite) => scoreOf(suite, subject.target, ground));
}

async function runFiles(
  examples: readonly Example[],
  { source, identity, buggy }: Subject,
  limits: MutantLimits,
  context: InSandbox,
): Promise<FileRun[]> {
  return await Promise.all(
    examples.flatMap((example) => {
      const { evidence } = example;
      return PytestEvidence.is(evidence)
        ? [runFile({ example, evidence, source, identity }, buggy, limits, context)]
        : [];
    }),
  );
}

/** What the runs tell of the target itself: the same mutants and branches for everyone. */
function groundOf(files: readonly FileRun[], isPair: boolean): Ground {
  const passing = files.filter(({ mutants }) => mutants !== null);
  const coverages = passing.map(({ result: { coverage } }) => coverage);
  return {
    mutants: passing[0]?.mutants ?? null,
    hasLines: coverages.every((coverage) => coverage !== null && coverage.lines.total > 0),
    hasBranches: coverages.every((coverage) => coverage !== null && coverage.branches.total > 0),
    isPair,
  };
}

function scoreOf(
  { contestant: { name, role, values, model, aliases }, examples, files }: Suite,
  target: Target,
  ground: Ground,
): Score {
  const { id, module, qualifiedName, source } = target;
  const metrics = {
    ...measure(files, ground, tokensOf(examples)),
    valuesRight: values === "recorded" ? valuesRight(examples) : null,
  };
  return Score.make(
    {
      target: id,
      model: name,
      metrics,
      labels: {
        name: qualifiedName,
        module,
        role,
        ...(values !== null && values !== "own" && { values }),
        ...(model !== null && { model: model.ref, model_sha256: model.sha256 }),
        ...(aliases.length > 0 && { aliases: aliases.join(", ") }),
        ...outcomeOf(files, examples, metrics),
      },
    },
    { source, from: [target, ...examples] },
  );
}

/** Part of the expected values that were right before they were recorded; null where none was held against the code. */
function valuesRight(examples: readonly Example[]): number | null {
  const held = examples.flatMap(({ evidence }) => (PytestEvidence.is(evidence) ? (evidence.expectations ?? []) : []));
  return held.length === 0 ? null : held.filter(({ recorded }) => recorded === null).length / held.length;
}

/** Tokens that a model wrote; null for those who are none. */
function tokensOf(examples: readonly Example[]): number | null {
  const tokens = examples.flatMap(({ labels }) => (typeof labels["tokens"] === "number" ? [labels["tokens"]] : []));
  return tokens.length === 0 ? null : tokens.reduce((sum, each) => sum + each, 0);
}
