import { z } from "zod";
import { reason } from "../../pipeline/contract/reasons.js";
import { Example } from "../../pipeline/contract/records.js";
import { Score } from "./lib/records.js";
import type { Source } from "../../pipeline/contract/kind.js";
import { Target } from "../python/lib/records.js";
import type { SandboxIdentity } from "../../pipeline/contract/sandbox.js";
import { defineStage } from "../../pipeline/contract/stage.js";
import { type Weighed, weigh } from "./disagreements/weigh.js";
import { type Twins, twinsOf } from "./lib/twins.js";
import { sandboxIdentities } from "../tests/lib/in-sandbox.js";
import { testedTargetId } from "../tests/lib/tested-target-id.js";
import { expectationsOf } from "../tests/lib/recorded/recorded-values.js";
import { type Contestant, Contestants, testsByContestant } from "./lib/contestants.js";
import { scoresOfEach } from "./lib/each-target.js";
import type { InSandbox, Limits } from "../tests/lib/candidate.js";
import { PytestEvidence } from "../tests/lib/evidence/pytest-evidence.js";
import { runLimits } from "../tests/lib/run-limits.js";

/**
 * What is it worth that a model expects something else than the code answers? Models that were shown buggy programs are
 * held against these: each expectation that is not what the program answers is a disagreement, as `record-values` finds
 * it, and points at the bug where the correct program answers just what was expected.
 */
export default defineStage({
  name: "disagreements",
  summary:
    "Tells, of tests that models wrote for buggy programs, where they expect something else, and whether that is " +
    "the bug",
  version: 1,
  reads: { targets: Target, tests: Example },
  writes: Score,
  parallel: "record",
  needs: ["sandbox"],
  options: z.strictObject({
    ...runLimits,
  }),

  async *run({ targets, tests }, limits, context) {
    const identityOf = sandboxIdentities(context.sandbox);
    const all = await context.once("contestants", () =>
      Contestants.read({ tests, recorded: none }, { baselines: [], joined: [] }),
    );
    const models = all.list().filter(({ role }) => role === "model");
    const testsOf = await context.lookup(tests, "target", testedTargetId);
    yield* scoresOfEach(targets, context, async (target, source) => {
      const twins = await twinsOf((await context.sourceTree(source)).folder, target);
      if (twins === null) {
        context.drop(
          target,
          reason("no-correct-program", "no correct program: it is neither the buggy program of a pair nor a mutant"),
        );
        return [];
      }
      const written = await testsByContestant({ tests: testsOf(target.id), recorded: none });
      const program = { target, twins, source, identity: await identityOf(source) };
      return await Promise.all(
        models.map(async (model) => await scoreOf(model, written.get(model.key) ?? [], program, limits, context)),
      );
    });
  },
});

/** What people wrote is held against nothing. */
const none: AsyncIterable<Example> = {
  async *[Symbol.asyncIterator]() {
    /* nothing */
  },
};

interface Program {
  readonly target: Target;
  readonly twins: Twins;
  readonly source: Source;
  readonly identity: SandboxIdentity;
}

async function scoreOf(
  { name, model, aliases }: Contestant,
  examples: readonly Example[],
  program: Program,
  limits: Pick<Limits, "timeout" | "memory">,
  context: InSandbox,
): Promise<Score> {
  const {
    target,
    twins: { bug },
  } = program;
  const weighed = await Promise.all(
    examples.map(async (example) => await weighExample(example, program, limits, context)),
  );
  const disagreements = weighed.flatMap((each) => each.disagreements);
  const sum = (count: (each: Weighed) => number) => weighed.reduce((total, each) => total + count(each), 0);
  const toldApart = sum((each) => each.toldApart);
  const atBug = disagreements.filter(({ isBug }) => isBug).length;
  const found = atBug > 0 ? 1 : 0;
  const { id, module, qualifiedName, source, mutant } = target;
  return Score.make(
    {
      target: id,
      model: name,
      metrics: {
        expectations: sum((each) => each.expectations),
        disagreements: disagreements.length,
        disagreementsAtBug: atBug,
        toldApart,
        disagreementRecall: found,
        disagreementRecallWhereTold: toldApart > 0 ? found : null,
      },
      labels: {
        name: qualifiedName,
        module,
        role: "model",
        bug,
        ...(mutant !== undefined && { operator: mutant.operator }),
        ...(model !== null && { model: model.ref, model_sha256: model.sha256 }),
        ...(aliases.length > 0 && { aliases: aliases.join(", ") }),
        outcome: outcomeOf(weighed, found === 1),
        detail: "",
      },
      disagreements,
    },
    { source, from: [target, ...examples] },
  );
}

/** The expectations of one file of tests, on the buggy and on the correct program. */
async function weighExample(
  example: Example,
  { twins: { buggy, correct }, source, identity }: Program,
  limits: Pick<Limits, "timeout" | "memory">,
  context: InSandbox,
): Promise<Weighed> {
  const { evidence } = example;
  if (!PytestEvidence.is(evidence) || example.response === "")
    return { expectations: 0, disagreements: [], toldApart: 0 };
  const candidate = { example, evidence, source, identity };
  const [onBuggy, onCorrect] = await Promise.all(
    [buggy, correct].map(
      async (program) => await expectationsOf(candidate, { ...limits, replacement: program }, context),
    ),
  );
  return weigh(onBuggy ?? [], onCorrect ?? []);
}

function outcomeOf(weighed: readonly Weighed[], isFound: boolean): string {
  if (isFound) return "points at the bug";
  if (weighed.some(({ disagreements }) => disagreements.length > 0)) return "disagrees, not at the bug";
  if (weighed.some(({ toldApart }) => toldApart > 0)) return "takes the bug for right";
  return weighed.some(({ expectations }) => expectations > 0) ? "no call shows the bug" : "no expectation";
}
