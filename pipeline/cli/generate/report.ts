import type { Pipeline } from "../../engine/config/pipeline.js";
import { leftFiles, outputFiles, type StepManifest } from "../../engine/state/manifest.js";
import type { LeftRecord } from "../../partition/protocol.js";
import { readRecordFiles } from "../../partition/record-file.js";
import { addTo } from "../../system/group-by.js";
import type { AnyRecord } from "../../contract/kind.js";
import { newestResults } from "../results.js";
import { Example } from "../../contract/records.js";
import { PytestEvidence, Target } from "../../../stages/records.js";
import { isVerifying, writtenFrom } from "../steps.js";

/** What became of something that tests were asked for. */
export interface TargetReport {
  readonly id: string;
  readonly kind: Target["targetKind"];
  /** Dotted name inside the module; of a route, its method and path. */
  readonly name: string;
  readonly file: string;
  readonly line: number;
  /**
   * `tested`: a test that passes was written; `unverified`: a test was written that was not run; `failed`: the model
   * wrote tests, and none passes; `never answered`: it wrote none.
   */
  readonly status: "tested" | "unverified" | "failed" | "never answered";
  /** Why there is no test; null where there is one. */
  readonly reason: string | null;
}

/**
 * Every target that a model was asked about in the newest run of a pipeline, or would have been, in the order of the
 * code.
 */
export async function reportTargets(pipeline: Pipeline): Promise<TargetReport[]> {
  const manifests = (await newestResults()).find(({ run }) => run.pipeline === pipeline.name)?.manifests ?? [];
  const fate = await fatesOf(manifests, pipeline);
  const reports: TargetReport[] = [];
  for (const manifest of manifests) {
    for await (const record of records(manifest)) {
      // A step puts out records of one kind.
      if (!Target.is(record)) break;
      const found = fate(record.id);
      if (found !== null) reports.push({ ...shownTarget(record), ...found });
    }
  }
  return reports;
}

/** A target as lists show it. */
export function shownTarget({
  id,
  targetKind,
  qualifiedName,
  route,
  source,
}: Target): Omit<TargetReport, "status" | "reason"> {
  return {
    id,
    kind: targetKind,
    name: route === undefined ? qualifiedName : `${route.method} ${route.path}`,
    file: source?.path ?? "",
    line: source?.lines?.[0] ?? 1,
  };
}

type Fate = Pick<TargetReport, "status" | "reason">;

/** What became of a target, by its id; null for one that nobody was to be asked about: `limit` has left it out. */
async function fatesOf(manifests: readonly StepManifest[], pipeline: Pipeline): Promise<(id: string) => Fate | null> {
  const reasons = await reasonsOf(manifests);
  const isVerified = pipeline.steps.some(isVerifying);
  const last = writtenFrom(pipeline);
  const [written, passed] = [
    await examplesOf(manifests.filter(({ step }) => !last.includes(step))),
    await examplesOf(manifests.filter(({ step }) => last.includes(step))),
  ];
  return (id) => {
    const good = passed.get(id)?.find((example) => !reasons.has(example));
    if (good !== undefined) return { status: isVerified ? "tested" : "unverified", reason: null };
    const examples = [...(written.get(id) ?? []), ...(passed.get(id) ?? [])];
    const reason = examples.map((example) => reasons.get(example)).find((why) => why !== undefined);
    if (examples.length > 0) return { status: "failed", reason: reason ?? null };
    return reasons.has(id) ? { status: "never answered", reason: reasons.get(id) ?? null } : null;
  };
}

/** Why targets and examples were left out, by their ids. */
async function reasonsOf(manifests: readonly StepManifest[]): Promise<ReadonlyMap<string, string>> {
  const reasons = new Map<string, string>();
  for (const manifest of manifests) {
    for await (const { type, record, part, reason } of readRecordFiles<LeftRecord>(leftFiles(manifest))) {
      // A target of a shard is a part of it.
      const id = type === "rejected" ? (part as { readonly id?: unknown } | null | undefined)?.id : record;
      if (typeof id === "string") reasons.set(id, reason);
    }
  }
  return reasons;
}

/** Ids of the examples that steps put out, by the id of the target that each is of. */
async function examplesOf(manifests: readonly StepManifest[]): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = new Map<string, string[]>();
  for (const manifest of manifests.filter(({ writes }) => writes === "Example")) {
    for await (const record of records(manifest)) {
      if (!Example.is(record) || !PytestEvidence.is(record.evidence)) continue;
      const { target } = record.evidence;
      addTo(found, target.id, record.id);
    }
  }
  return found;
}

function records(manifest: StepManifest): AsyncIterable<AnyRecord> {
  return readRecordFiles<AnyRecord>(outputFiles(manifest));
}
