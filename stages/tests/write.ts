import { mkdir, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { stamp } from "../../pipeline/contract/generated-file.js";
import { hashFile } from "../../pipeline/system/hash.js";
import { Artifact, Example } from "../../pipeline/contract/records.js";
import { defineStage } from "../../pipeline/contract/stage.js";
import { sandboxIdentities } from "./lib/in-sandbox.js";
import { checkFile } from "./write/check.js";
import { figuresOf } from "./write/figures.js";
import { planFiles, type PlannedFile } from "./write/plan.js";

const options = z.strictObject({
  by: z
    .enum(["file", "shard"])
    .default("file")
    .describe("Which tests share a file: those of one source file, or those that a model was asked for together"),
  check: z
    .boolean()
    .default(true)
    .describe("Runs every file once more as it is written: tests that passed alone may fail side by side"),
  keepFailing: z
    .boolean()
    .default(false)
    .describe("Writes tests that fail, too, marked xfail with the reason; without it they are left out"),
  explainValues: z
    .boolean()
    .default(false)
    .describe(
      "Says behind an assertion what the model had expected, where what the code answers was written down instead",
    ),
  timeout: z.number().positive().default(60).describe("CPU seconds that a whole file may take"),
  memory: z
    .int()
    .min(64)
    .default(1024)
    .describe("MiB of memory that a file may take, with all processes that it starts"),
});

/**
 * One pytest file for each source file, or for each shard, with the tests of all its functions: imports merged, names
 * made unique, and two lines above them that say what wrote it. `tests` are what is to be written; `written` is what
 * the model wrote, where those are found that failed.
 */
export default defineStage({
  name: "write",
  summary: "Writes the tests of each source file into a pytest file, and runs it as it stands",
  version: 1,
  reads: { tests: Example, written: Example },
  writes: Artifact,
  parallel: "whole",
  needs: ["sandbox"],
  options,

  async *run({ tests, written }, { by, check, keepFailing, explainValues, ...limits }, context) {
    const identityOf = sandboxIdentities(context.sandbox);
    const files = await planFiles(tests, written, { by, keepFailing, explainValues }, context);
    for (const [index, file] of files.entries()) {
      context.signal.throwIfAborted();
      const checked = await checkFile(
        file,
        check ? { limits, identity: await identityOf(file.source) } : null,
        context,
      );
      if (checked !== null) {
        const path = join(context.outputDir, file.name);
        await mkdir(dirname(path), { recursive: true });
        await writeFile(path, stamp(checked.text, { subject: file.subject, writer: writerOf(file, check) }));
        yield Artifact.make(
          {
            type: "tests",
            path: file.name,
            sha256: await hashFile(path),
            bytes: (await stat(path)).size,
            facts: figuresOf(file, checked),
          },
          { source: null, from: [] },
        );
      }
      context.progress(index + 1, files.length, "files");
    }
  },
});

/** Who wrote the tests, and whether they were ever run. */
function writerOf({ units }: PlannedFile, check: boolean): string {
  const teachers = [
    ...new Set(units.map(({ example: { labels } }) => String(labels["teacher"] ?? "unknown").replace(/^model:/u, ""))),
  ];
  const requires = [
    ...new Set(
      units.flatMap(({ example: { labels } }) =>
        typeof labels["requires"] === "string" ? labels["requires"].split(", ") : [],
      ),
    ),
  ].toSorted();
  return [
    teachers.join(", "),
    ...(check ? [] : ["never run"]),
    ...(requires.length > 0 ? [`requires ${requires.join(", ")}`] : []),
  ].join("; ");
}
