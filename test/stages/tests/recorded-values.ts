import type { Example } from "../../../pipeline/contract/records.js";
import type { Expectation } from "../../../stages/tests/lib/evidence/schema.js";
import recordValues from "../../../stages/tests/record-values.js";
import { laterSandbox, type Sandboxed } from "../../sandbox/sandboxed.js";
import { runStage } from "../../support/run-stage.js";
import { pytestExample } from "./verify-example.js";
import { PytestEvidence } from "../../../stages/tests/lib/evidence/pytest-evidence.js";

/** What became of a model's tests. */
export interface Recorded {
  readonly example: Example;
  readonly response: string;
  readonly expectations: readonly Expectation[];
  /** Why a wrong expectation stayed. */
  readonly open: readonly string[];
}

/** Holds what a model wrote for a function of prices.py against the code. */
export async function recordedBy(box: () => Sandboxed, code: string, name = "add"): Promise<Recorded> {
  const written = { ...pytestExample(code, { name }), labels: { teacher: "model:tiny" } };
  const sources = { fetch: async () => box().tree, tree: async () => box().tree };
  const { kept, rejected } = await runStage(
    recordValues,
    [written],
    {},
    { services: { sandbox: laterSandbox(box), sources } },
  );
  const example = kept[0] as Example;
  const expectations = PytestEvidence.is(example.evidence) ? (example.evidence.expectations ?? []) : [];
  return { example, response: example.response, expectations, open: rejected.map(({ reason }) => reason) };
}
