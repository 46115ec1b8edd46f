import { testFile } from "../../../python/lib/pytest-file.js";
import { reason } from "../../../../pipeline/contract/reasons.js";
import { Example } from "../../../../pipeline/contract/records.js";
import type { Expectation } from "../evidence/schema.js";
import type { ExpectationRun, SettledExpectation } from "../../../../pipeline/contract/expectation.js";
import { observed } from "../in-sandbox.js";
import type { Candidate, InSandbox, Limits } from "../candidate.js";
import { mend, type Mended, publicNamesOf } from "../fixes/rules.js";
import { rewritten } from "./rewrite.js";
import { type ObservedTests, observeWithoutOpen, type OpenExpectation, openIn } from "./without-open.js";
import { PytestEvidence } from "../evidence/pytest-evidence.js";

/** Whether a model wrote the tests: those of people are never edited. */
export function isByModel({ labels, evidence }: Example): boolean {
  const isOfPeople = PytestEvidence.is(evidence) && evidence.originals !== undefined;
  return !isOfPeople && String(labels["teacher"] ?? "").startsWith("model:");
}

/**
 * The example with what the code answers in the place of wrong expectations. What lacks an import, or fails for another
 * reason that a rule knows, is mended first: there is nothing to see of a test that does not run.
 */
export async function recordValues(candidate: Candidate, limits: RunLimits, context: InSandbox): Promise<Example> {
  const { example, evidence } = candidate;
  if (example.response === "") return Example.derive(example, { evidence: { ...evidence, expectations: [] } });
  const { response, result, mended, cut } = await observeWithoutOpen(
    evidence.preamble,
    example.response,
    async (tests) =>
      await observeMended({ ...candidate, example: Example.derive(example, { response: tests }) }, limits, context),
  );
  for (const each of cut) tellOpen(each, "; the test goes on without it", candidate, context);
  for (const each of openIn(result)) tellOpen(each, "", candidate, context);
  const wrong = result.expectations.filter((each) => each.type === "wrong");
  for (const each of wrong) if (each.moving.length > 0) tellMoving(each, candidate, context);
  const expectations = result.expectations.filter((each) => each.type !== "open").map(toExpectation);
  const isChanged = wrong.length > 0 || cut.length > 0;
  const repairs = isChanged ? mended.map(({ repair }) => repair) : [];
  return Example.derive(example, {
    response: isChanged ? rewritten(evidence.preamble, response, wrong) : example.response,
    labels: { ...example.labels, ...(repairs.length > 0 && { repair: repairs.join(", ") }) },
    evidence: { ...evidence, expectations },
  });
}

/**
 * What becomes of each expectation of an example, without anything written in its place.
 * @param replacement text that takes the place of the target's module; null: the module as it is
 */
export async function expectationsOf(
  candidate: Candidate,
  { replacement, ...limits }: RunLimits & { readonly replacement: string | null },
  context: InSandbox,
): Promise<readonly SettledExpectation[]> {
  const { result } = await observeMended(
    candidate,
    { ...limits, ...(replacement !== null && { replacement }) },
    context,
  );
  return result.expectations;
}

type WrongExpectation = Extract<SettledExpectation, { type: "wrong" }>;

type RunLimits = Pick<Limits, "timeout" | "memory">;

async function observeMended(
  candidate: Candidate,
  limits: RunLimits & Pick<ExpectationRun, "replacement">,
  context: InSandbox,
): Promise<ObservedTests> {
  const {
    example,
    evidence: { target, preamble },
    source,
  } = candidate;
  const mended: Mended[] = [];
  let { response } = example;
  while (true) {
    const result = await observed(requestFor(candidate, response, limits), candidate.identity, context);
    const tried = new Set(mended.map(({ repair }) => repair));
    const repaired = await mend(
      { response, preamble, target, publicNames: publicNamesOf(source, context) },
      { ...result, coverage: null },
      tried,
    );
    if (repaired === null) return { response, result, mended };
    mended.push(repaired);
    ({ response } = repaired);
  }
}

function requestFor(
  { source: { ref, name, version }, evidence }: Candidate,
  response: string,
  limits: RunLimits & Pick<ExpectationRun, "replacement">,
): ExpectationRun {
  const { module, qualifiedName, route } = evidence.target;
  const target = { module, qualifiedName, ...(route !== undefined && { route }) };
  return { source: { ref, name, version }, code: testFile(evidence.preamble, response), target, ...limits };
}

function toExpectation({
  test,
  asked,
  expected,
  ...settled
}: Exclude<SettledExpectation, { type: "open" }>): Expectation {
  return { test, asked, expected, recorded: settled.type === "wrong" ? settled.answered : null };
}

/** A wrong expectation without a value: it is cut out, or it stays and `verify` cuts its test out. */
function tellOpen(
  { test, asked, expected, reason: why }: OpenExpectation,
  what: string,
  { example, evidence }: Candidate,
  context: InSandbox,
): void {
  const text = `no value to record: ${test}: ${asked}: ${why}${what}`;
  context.reject(
    { target: evidence.target.qualifiedName, asked, expected },
    example,
    reason("no-value-to-record", text),
  );
}

/** A value of which some fields are others in another run: the rest is asserted, field by field. */
function tellMoving(
  { test, asked, expected, moving }: WrongExpectation,
  { example, evidence }: Candidate,
  context: InSandbox,
): void {
  const text =
    `no value to record: ${test}: ${asked}: not the same in every run, or not to be written down: ` +
    `${moving.join(", ")}; the ` +
    `other fields are asserted`;
  context.reject(
    { target: evidence.target.qualifiedName, asked, expected },
    example,
    reason("no-value-to-record", text),
  );
}
