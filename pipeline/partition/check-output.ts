import type { Evidence, EvidenceTypes } from "../contract/evidence.js";
import type { AnyKind, AnyRecord } from "../contract/kind.js";
import type { Stage } from "../contract/stage.js";
import { PipelineError } from "../system/errors.js";
import { checkEvidence } from "./evidence.js";
import type { PartitionTask } from "./protocol.js";

/**
 * A PipelineError (stage) for a record that a stage may not put out: of another kind, with evidence that the stage did
 * not declare, or changed in place, which only a stage of the user's own is looked at for.
 */
export function checkOutput(stage: Stage, record: AnyRecord, { module }: PartitionTask, evidence: EvidenceTypes): void {
  const kind: AnyKind = stage.writes;
  const { success, error } = kind.schema.safeParse(record);
  if (!success) {
    const [issue] = error.issues;
    throw new PipelineError(
      `stage "${stage.name}" put out something that is no ${kind.name}: ${issue?.path.join(".") ?? ""}: ` +
        (issue?.message ?? ""),
      {
        code: "stage",
        hint: `make records with ${kind.name}.make(content, { source, from }) or ${kind.name}.derive(record, changes)`,
      },
    );
  }
  if (kind.hasEvidence) checkEvidence(stage, record as AnyRecord & { readonly evidence: Evidence }, evidence);
  const isUsersOwn = module.name === null;
  if (isUsersOwn && !hasOwnId(kind, record)) {
    throw new PipelineError(
      `stage "${stage.name}" changed a record in place: ${record.id} no longer stands for its content`,
      {
        code: "stage",
        hint: `yield ${kind.name}.derive(record, changes) instead`,
      },
    );
  }
}

function hasOwnId(kind: AnyKind, record: AnyRecord): boolean {
  const { kind: _kind, id, source, from, ...content } = record;
  return kind.make(content as never, { source, from: from.map((parent) => ({ id: parent })) }).id === id;
}
