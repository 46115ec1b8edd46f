import type { Pipeline } from "../../engine/config/pipeline.js";
import { outputFiles } from "../../engine/state/manifest.js";
import { readRecordFiles } from "../../partition/record-file.js";
import type { AnyRecord } from "../../contract/kind.js";
import { newestResults } from "../results.js";
import { Example } from "../../contract/records.js";
import { PytestEvidence } from "../../../stages/records.js";

/** Where a model expected something else than the code answers. */
export interface Disagreement {
  /** Path of the source file, and the line that the function begins in. */
  readonly file: string;
  readonly line: number;
  /** Dotted name of what was asked. */
  readonly target: string;
  readonly test: string;
  readonly asked: string;
  readonly expected: string;
  readonly answered: string;
}

/**
 * What the newest run of a pipeline held against the code: all that models expected, and where they were wrong, in the
 * order of the code.
 */
export async function readExpectations(
  pipeline: Pipeline,
): Promise<{ readonly own: number; readonly recorded: number; readonly disagreements: readonly Disagreement[] }> {
  const results = (await newestResults()).find(({ run }) => run.pipeline === pipeline.name);
  const found = new Map<string, Disagreement>();
  let [own, recorded] = [0, 0];
  // Steps that hold expectations against the code: what comes after them passes the same on.
  const holding = new Set<string>();
  for (const manifest of (results?.manifests ?? []).filter(({ writes }) => writes === "Example")) {
    if (comesFrom(manifest.step, holding, pipeline)) continue;
    for await (const record of readRecordFiles<AnyRecord>(outputFiles(manifest))) {
      if (!Example.is(record) || !PytestEvidence.is(record.evidence)) continue;
      const { expectations, target } = record.evidence;
      if (expectations === undefined) continue;
      holding.add(manifest.step);
      for (const { test, asked, expected, recorded: answered } of expectations) {
        if (answered === null) own += 1;
        else {
          recorded += 1;
          const { path = "", lines: [line] = [1] } = record.source ?? {};
          const name =
            target.route === undefined ? target.qualifiedName : `${target.route.method} ${target.route.path}`;
          const key = JSON.stringify([path, name, asked, expected, answered]);
          if (!found.has(key))
            found.set(key, { file: path, line, target: name, test: test ?? "", asked, expected, answered });
        }
      }
    }
  }
  const disagreements = [...found.values()].toSorted((a, b) =>
    a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line,
  );
  return { own, recorded, disagreements };
}

/** Whether a step reads, directly or not, from one of these. */
function comesFrom(id: string, sources: ReadonlySet<string>, pipeline: Pipeline): boolean {
  const read = [...(pipeline.steps.find((step) => step.id === id)?.from.values() ?? [])].flat();
  return read.some((source) => sources.has(source) || comesFrom(source, sources, pipeline));
}
