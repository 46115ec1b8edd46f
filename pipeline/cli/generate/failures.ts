import { z } from "zod";
import { leftFiles } from "../../engine/state/manifest.js";
import type { LeftRecord } from "../../partition/protocol.js";
import { readRecordFiles } from "../../partition/record-file.js";
import { newestResults } from "../results.js";

/** A test that the model wrote and that did not pass. */
export interface FailedTest {
  /** Path of the source file. */
  readonly file: string;
  /** Dotted name of what it is a test of. */
  readonly target: string;
  readonly test: string;
  readonly code: string;
  readonly reason: string;
}

/** The tests that the newest run of a pipeline has left out, in the order of their steps. */
export async function failedTests(pipeline: string): Promise<FailedTest[]> {
  const results = (await newestResults()).find(({ run }) => run.pipeline === pipeline);
  const found: FailedTest[] = [];
  for (const manifest of results?.manifests ?? []) {
    for await (const { path, code, reason, part } of readRecordFiles<LeftRecord>(leftFiles(manifest))) {
      const { data } = Part.safeParse(part);
      // A test that passes, and shows nothing that others do not show, has not failed.
      if (data !== undefined && code !== "redundant")
        found.push({ file: path ?? "", target: data.target, test: data.test ?? "", code, reason });
    }
  }
  return found;
}

/** How stages name a test that they leave out; what has no name could not be read. */
const Part = z.object({ target: z.string(), test: z.string().nullable() });

/** Whether a test failed for a value alone: then the code may be wrong as well as the test. */
export function isSuspectedBug({ code }: Pick<FailedTest, "code">): boolean {
  return code === "wrong-value";
}
