import { join } from "node:path";
import { z } from "zod";
import { reason } from "../../pipeline/contract/reasons.js";
import { Example } from "../../pipeline/contract/records.js";
import { Target } from "../python/lib/records.js";
import { defineStage } from "../../pipeline/contract/stage.js";
import { changedTarget } from "./lib/changed-code.js";
import { type Candidates, chooseMutants } from "./mutants/choose.js";
import { killedMutants } from "./mutants/killed.js";
import { readIfThere } from "./lib/buggy.js";
import { orFail, sandboxIdentities } from "../tests/lib/in-sandbox.js";
import { testedTargetId } from "../tests/lib/tested-target-id.js";
import { runLimits } from "../tests/lib/run-limits.js";

/**
 * Buggy programs whose bugs nobody can have read about: small changes of functions, as the mutation of `verify` makes
 * them. Only those are taken that a known test of the function (a doctest, a recorded answer) fails on: of the others
 * nobody knows whether they do anything else than the function.
 */
export default defineStage({
  name: "mutants",
  summary: "Makes buggy programs of functions: small changes of their code that known tests of theirs notice",
  version: 1,
  reads: { targets: Target, tests: Example },
  writes: Target,
  parallel: "whole",
  needs: ["sandbox"],
  options: z.strictObject({
    most: z
      .int()
      .min(1)
      .default(300)
      .describe(
        "Mutants in all, spread over targets and kinds of change by the pipeline's seed; a larger number only adds " +
          "some",
      ),
    candidates: z
      .int()
      .min(1)
      .default(20)
      .describe(
        "Most mutants of a target that its known tests are run on: a fixed choice, spread over kinds of change and " +
          "lines",
      ),
    runs: z
      .int()
      .min(1)
      .max(10)
      .default(3)
      .describe(
        "Runs of every known test on the target as it is, each with another PYTHONHASHSEED: those that pass count",
      ),
    ...runLimits,
  }),

  async *run({ targets, tests }, { most, candidates: limit, ...limits }, context) {
    const identityOf = sandboxIdentities(context.sandbox);
    const testsOf = await context.lookup(tests, "target", testedTargetId);
    const noted = context.map(targets, async (target): Promise<Candidates<Origin> | null> => {
      const { source, id } = target;
      if (source?.path === undefined) {
        context.drop(target, reason("no-source", "no source: there is no file to change"));
        return null;
      }
      return await orFail(target, context, async () => {
        const { folder } = await context.sourceTree(source);
        const text = await readIfThere(join(folder, source.path ?? ""));
        const { killed, ran } = await killedMutants(
          testsOf(id),
          { source, identity: await identityOf(source) },
          { ...limits, mutants: limit },
          context,
        );
        if (text !== null && killed.length > 0) return { key: id, of: { target, text }, mutants: killed };
        context.drop(
          target,
          ran === 0
            ? reason("no-known-test", "no known test: nothing tells a mutant from it")
            : reason("kills-no-mutant", "kills no mutant: no known test of it notices a change"),
        );
        return null;
      });
    });
    const all: Candidates<Origin>[] = [];
    for await (const each of noted) if (each !== null) all.push(each);

    const chosen = chooseMutants(all, { most, seed: context.seed }, ({ target, text }, { operator, line, diff }) =>
      changedTarget(target, { operator, line, diff }, text),
    );
    const taken = new Set(chosen.flatMap(({ from }) => from));
    yield* chosen;
    for (const {
      of: { target },
    } of all)
      if (!taken.has(target.id)) context.drop(target, reason("more-than-wanted", `more than wanted: most is ${most}`));
  },
});

/** A target with the text of its file. */
interface Origin {
  readonly target: Target;
  readonly text: string;
}
