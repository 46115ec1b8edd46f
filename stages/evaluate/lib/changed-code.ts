import { applyPatch } from "diff";
import { SourceFile } from "../../../pipeline/contract/records.js";
import { type ChangedCode, Target } from "../../python/lib/records.js";
import { targetsOf } from "../../python/lib/targets.js";

/** A file's text with the change; null where the diff does not fit it. */
export function changedText(text: string, { diff }: Pick<ChangedCode, "diff">): string | null {
  const changed = applyPatch(text, diff);
  return changed === false ? null : changed;
}

/**
 * A target as it stands in the changed file; null where it is not found there, or the change does not show in what a
 * model reads.
 */
export function changedTarget(target: Target, change: ChangedCode, text: string): Target | null {
  const { source, language, module, qualifiedName, targetKind } = target;
  const changed = changedText(text, change);
  if (changed === null || source === null) return null;
  const file = SourceFile.make(
    { language, role: "code", module, encoding: "utf-8", text: changed },
    { source, from: [] },
  );
  const { targets } = targetsOf(file, {
    kinds: [targetKind === "route" ? "function" : targetKind],
    private: true,
    maxLines: Infinity,
    minComplexity: 1,
  });
  const found = targets.find((each) => each.qualifiedName === qualifiedName);
  if (found === undefined || found.promptCode === target.promptCode) return null;
  const { kind: _kind, id: _id, from: _from, source: place, ...content } = found;
  return Target.make({ ...content, mutant: change }, { source: place, from: [target] });
}
