import { z } from "zod";
import { type AnyEvidenceType, NoEvidence } from "../../contract/evidence.js";
import { canonicalJson } from "../../system/hash.js";
import { PipelineError } from "../../system/errors.js";
import type { Step } from "./pipeline.js";

/** The modules of the stages that bring evidence: of the step, and of those that its records come from. */
export function evidenceModules(step: Step, steps: readonly Step[]): Step["module"][] {
  return lineage(step, steps).flatMap(({ stage, module }) => (stage.evidence === undefined ? [] : [module]));
}

/**
 * Two stages may bring the same type of evidence, if it is the same: what a row carries would otherwise depend on who
 * asks. Throws a PipelineError (config) at the step that brings another one.
 */
export function checkEvidence(steps: readonly Step[]): void {
  for (const step of steps) {
    const known = new Map<string, { readonly type: AnyEvidenceType; readonly step: Step | null }>([
      [NoEvidence.type, { type: NoEvidence, step: null }],
    ]);
    for (const each of lineage(step, steps)) {
      for (const type of each.stage.evidence ?? []) {
        const before = known.get(type.type);
        known.set(type.type, before ?? { type, step: each });
        if (before !== undefined && !isSame(before.type, type)) throw clash(type.type, before.step, each);
      }
    }
  }
}

/** The step and those that its records come from, in the order of the file. */
function lineage(step: Step, steps: readonly Step[]): Step[] {
  const found = new Set([step.id]);
  for (const { id, from } of steps.toReversed())
    if (found.has(id)) for (const source of [...from.values()].flat()) found.add(source);
  return steps.filter(({ id }) => found.has(id));
}

function isSame(a: AnyEvidenceType, b: AnyEvidenceType): boolean {
  return a === b || formOf(a) === formOf(b);
}

/** What a type holds and shows, as text: two copies of one package hold equal definitions that are not identical. */
function formOf({ schema, columns = {} }: AnyEvidenceType): string {
  const shown = Object.entries(columns).map(([name, { type, meaning }]) => [name, type, meaning]);
  return canonicalJson([z.toJSONSchema(schema, { unrepresentable: "any" }), shown]);
}

function clash(type: string, before: Step | null, { id, location }: Step): PipelineError {
  return new PipelineError(
    `step "${id}" brings evidence of the type "${type}", which ` +
      (before === null ? "every row may carry" : `step "${before.id}" brings in another form`),
    { code: "config", hint: "give one of them another name: defineEvidence({ type: ... })", locations: [location] },
  );
}
