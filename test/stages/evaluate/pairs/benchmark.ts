import { chmod, cp, mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { testFile } from "../../../../stages/python/lib/pytest-file.js";
import type { Example, SourceFile } from "../../../../pipeline/contract/records.js";
import type { Target } from "../../../../stages/python/lib/records.js";
import type { Sandbox } from "../../../../pipeline/contract/sandbox.js";
import type { TestResult } from "../../../../pipeline/contract/test-run.js";
import { createSandbox } from "../../../../pipeline/sandbox/service.js";
import type { Sources, SourceTree } from "../../../../pipeline/contract/sources.js";
import extract from "../../../../stages/python/extract.js";
import ingest from "../../../../stages/read/ingest.js";
import { serviceContext } from "../../../sandbox/sandboxed.js";
import { runStage, type StageSurroundings } from "../../../support/run-stage.js";
import { PytestEvidence } from "../../../../stages/tests/lib/evidence/pytest-evidence.js";

/** A folder as a source: what the steps before `pairs` make of it, and a sandbox to run its tests in. */
export interface Benchmark {
  readonly tree: SourceTree;
  readonly inputs: { readonly targets: Target[]; readonly files: SourceFile[] };
  readonly surroundings: StageSurroundings;
  /** Runs the tests of a row, in place of the target's own module where a text is given. */
  run(row: Example, replacement?: string): Promise<TestResult>;
  close(): Promise<void>;
}

export async function openBenchmark(folder: string): Promise<Benchmark> {
  const tree = await copied(folder);
  const sources: Sources = { fetch: async () => tree, tree: async () => tree };
  const surroundings: StageSurroundings = {
    services: { sources },
    prompts: { "prompts/pytest.yaml": { name: "pytest", instruction: "Test {{qualified_name}}:\n{{code}}" } },
  };
  const files = (await runStage(ingest, [], { sources: [tree.ref] }, surroundings)).kept as SourceFile[];
  const targets = (await runStage(extract, files, {}, surroundings)).kept as Target[];
  const service = createSandbox(serviceContext, { sources, backend: "auto", workers: 2 });
  return {
    tree,
    inputs: { targets, files },
    surroundings,
    run: async (row, replacement) => await service.api.runTests(requestFor(row, tree, replacement)),
    async close() {
      await service.close();
      await rm(tree.folder, { recursive: true, force: true });
    },
  };
}

function requestFor(
  { evidence, response }: Example,
  source: SourceTree,
  replacement?: string,
): Parameters<Sandbox["runTests"]>[0] {
  if (!PytestEvidence.is(evidence)) throw new Error("the row is no pytest row");
  const {
    target: { module, qualifiedName },
    preamble,
  } = evidence;
  return {
    source,
    code: testFile(preamble, response),
    target: { module, qualifiedName },
    hashSeeds: [0],
    timeout: 2,
    memory: 256,
    ...(replacement !== undefined && { replacement }),
  };
}

/** A copy that every user may read: the checkout may lie below a home folder. */
async function copied(folder: string): Promise<SourceTree> {
  const copy = await realpath(await mkdtemp(join(tmpdir(), "benchmark-")));
  await chmod(copy, 0o755);
  await cp(folder, copy, { recursive: true });
  return {
    ref: "folder:benchmark",
    name: "benchmark",
    version: "1",
    folder: copy,
    importRoots: [""],
    licence: { expression: "LicenseRef-own", evidence: "folder", files: [] },
    refused: [],
    requirements: [],
  };
}
