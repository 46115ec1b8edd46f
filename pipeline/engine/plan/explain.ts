import { diffLines } from "diff";
import type { LeftRecord } from "../../partition/protocol.js";
import { readRecordFiles } from "../../partition/record-file.js";
import type { AnyRecord } from "../../contract/kind.js";
import { type Difference, differences } from "./differences.js";
import { leftFiles, outputFiles, type StepManifest } from "../state/manifest.js";
import type { PlannedStep } from "./plan.js";

/** Why a step ran again, or would. */
export interface Miss {
  readonly step: string;
  readonly stage: string;
  /** True where the step is finished as it stands now, and is compared with the result before. */
  readonly finished: boolean;
  /** null where there is no earlier result to compare with. */
  readonly changed: readonly (Difference & { readonly lines: readonly string[] })[] | null;
  /** Parts of the fingerprint that are the same, by name. */
  readonly unchanged: readonly string[];
}

/** A planned step, or what a manifest says of a finished one. */
interface ComparedStep extends Pick<PlannedStep, "fingerprint" | "manifest"> {
  readonly step: { readonly id: string; readonly stage: string };
  readonly parts: StepManifest["parts"];
  readonly resolved: Pick<PlannedStep["resolved"], "texts">;
}

/**
 * Compares a step as it stands with its last other result.
 * @param results those of the same pipeline's step, newest first
 */
export function explainMiss(
  { step, parts, fingerprint, resolved, manifest }: ComparedStep,
  results: readonly StepManifest[],
): Miss {
  const last = results.find((result) => result.fingerprint !== fingerprint);
  const finished = manifest !== null;
  const about = { step: step.id, stage: step.stage, finished };
  if (last === undefined) return { ...about, changed: null, unchanged: [] };
  const changed = differences(last.parts, parts).map((difference) => ({
    ...difference,
    lines: changedLines(difference, last, resolved.texts),
  }));
  const unchanged = Object.keys(parts).filter(
    (part) => !changed.some(({ path }) => path === part || path.startsWith(`${part}.`)),
  );
  return { ...about, changed, unchanged };
}

/** For a text, or a reference to one, the lines that differ, as "line 12: old → new". */
function changedLines(difference: Difference, last: StepManifest, texts: Readonly<Record<string, string>>): string[] {
  const option = /^references\.(.+)\.sha256$/u.exec(difference.path)?.[1];
  const isText = difference.path === "pipeline.text";
  const [before, after] = isText
    ? [difference.before, difference.after]
    : [last.texts[option ?? ""], texts[option ?? ""]];
  if (typeof before !== "string" || typeof after !== "string") return [];
  const lines: string[] = [];
  let line = 1;
  let removed: string | undefined;
  for (const part of diffLines(before, after)) {
    if (part.removed) removed = part.value.trim();
    else if (part.added) {
      lines.push(
        removed === undefined
          ? `line ${line}: added ${JSON.stringify(part.value.trim())}`
          : `line ${line}: ${JSON.stringify(removed)} → ${JSON.stringify(part.value.trim())}`,
      );
      removed = undefined;
    } else if (removed !== undefined) {
      lines.push(`line ${line}: removed ${JSON.stringify(removed)}`);
      removed = undefined;
    }
    if (!part.removed) line += part.count;
  }
  if (removed !== undefined) lines.push(`line ${line}: removed ${JSON.stringify(removed)}`);
  return lines;
}

/** A record with all that it was made from and all that was made from it. */
export interface Lineage {
  readonly record: { readonly step: string; readonly record: AnyRecord };
  /** Nearest last: in the order of the steps. */
  readonly ancestors: readonly { readonly step: string; readonly record: AnyRecord }[];
  readonly descendants: readonly { readonly step: string; readonly record: AnyRecord }[];
  /** Where the record, or something made from it, was left out. */
  readonly left: readonly { readonly step: string; readonly entry: LeftRecord }[];
}

/**
 * Follows a record through the finished steps, given in the order of the pipeline.
 * @param id an id, or the beginning of one
 * @returns undefined where no step put out such a record
 */
export async function traceRecord(id: string, manifests: readonly StepManifest[]): Promise<Lineage | undefined> {
  const record = await findRecord(id, manifests);
  if (record === undefined) return undefined;

  const wanted = new Set(record.record.from);
  const ancestors: { step: string; record: AnyRecord }[] = [];
  for (const manifest of manifests.toReversed()) {
    for await (const candidate of readRecordFiles<AnyRecord>(outputFiles(manifest))) {
      if (!wanted.delete(candidate.id)) continue;
      ancestors.unshift({ step: manifest.step, record: candidate });
      for (const parent of candidate.from) wanted.add(parent);
    }
  }

  const family = new Set([record.record.id]);
  const descendants: { step: string; record: AnyRecord }[] = [];
  const left: { step: string; entry: LeftRecord }[] = [];
  for (const manifest of manifests) {
    for await (const entry of readRecordFiles<LeftRecord>(leftFiles(manifest))) {
      if (entry.record !== null && family.has(entry.record)) left.push({ step: manifest.step, entry });
    }
    const found: AnyRecord[] = [];
    for await (const candidate of readRecordFiles<AnyRecord>(outputFiles(manifest))) {
      if (candidate.from.some((parent) => family.has(parent))) found.push(candidate);
    }
    for (const candidate of found) {
      family.add(candidate.id);
      descendants.push({ step: manifest.step, record: candidate });
    }
  }
  return { record, ancestors, descendants, left };
}

async function findRecord(id: string, manifests: readonly StepManifest[]): Promise<Lineage["record"] | undefined> {
  for (const manifest of manifests) {
    for await (const record of readRecordFiles<AnyRecord>(outputFiles(manifest))) {
      if (record.id.startsWith(id)) return { step: manifest.step, record };
    }
  }
  return undefined;
}
