import type { AnyEvidenceType, Evidence, EvidenceTypes } from "../contract/evidence.js";
import type { Stage } from "../contract/stage.js";
import { PipelineError } from "../system/errors.js";

/** The type of this name. A PipelineError (stage) where no stage up to the step declares it. */
export function knownEvidence(type: string, types: EvidenceTypes): AnyEvidenceType {
  const found = types.get(type);
  if (found !== undefined) return found;
  throw new PipelineError(`no stage up to this step declares evidence of the type "${type}"`, {
    code: "stage",
    hint: `declared are ${[...types.keys()].join(", ")}; a stage declares what it brings in its \`evidence\``,
  });
}

/**
 * Evidence is open: what it holds is for the stage to say that brings it, and some stage has to. Throws a PipelineError
 * (stage) where none does, or where it is not as that stage says.
 */
export function checkEvidence(stage: Stage, { evidence }: { readonly evidence: Evidence }, types: EvidenceTypes): void {
  const type = types.get(evidence.type);
  if (type === undefined) {
    throw new PipelineError(
      `stage "${stage.name}" put out evidence of the type "${evidence.type}", which no stage up to it declares`,
      {
        code: "stage",
        hint:
          `declare it in the stage that brings it: evidence: [defineEvidence({ type: "${evidence.type}", ... })]; ` +
          `declared are ${[...types.keys()].join(", ")}`,
      },
    );
  }
  const { success, error } = type.schema.safeParse(evidence);
  if (success) return;
  const [issue] = error.issues;
  throw new PipelineError(
    `stage "${stage.name}" put out ${evidence.type} evidence that is none: ` +
      `${["evidence", ...(issue?.path ?? [])].join(".")}: ${issue?.message ?? ""}`,
    { code: "stage", hint: `what such evidence holds is written where it is defined, as type: "${evidence.type}"` },
  );
}
