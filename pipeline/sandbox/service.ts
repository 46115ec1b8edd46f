import type { Sandbox, SandboxIdentity } from "../contract/sandbox.js";
import type { Service, ServiceContext } from "../contract/service.js";
import type { Sources } from "../contract/sources.js";
import type { TestRun } from "../contract/test-run.js";
import { WorkInHand } from "../system/abort.js";
import { hashValue } from "../system/hash.js";
import { check } from "./check.js";
import { findTool } from "./tools/find-tool.js";
import { identify } from "./checker-identity.js";
import type { CheckerPlace } from "./checker-tool.js";
import { findContainer } from "./container.js";
import { discover } from "./discover.js";
import { environmentIdentity } from "./environment.js";
import { orFail, originalOrLost, resultOrLost } from "./lost.js";
import { SandboxMachine } from "./machine.js";
import { mutate } from "./mutate.js";
import { observe } from "./observe.js";
import { RunnerPool } from "./pool.js";
import { PreparedSources } from "./prepared-sources.js";
import { recordCalls } from "./record-calls.js";
import { runInPlace, runOriginal } from "./run-original.js";
import { runTests } from "./run-tests.js";
import { hashRunner } from "./runner-hash.js";

/** What a sandbox is made for. */
export interface SandboxOptions {
  readonly sources: Sources;
  /** auto: the best backend that works here; none: no confinement, on request alone; else a backend's name. */
  readonly backend: string;
  /** Children at work at once. */
  readonly workers: number;
  /** The Python of an environment that the user names: tests run with what is installed there. */
  readonly python?: string | undefined;
  /** Variables that the user names: what runs finds them. */
  readonly variables?: Readonly<Record<string, string>>;
}

/** The only place where ingested or generated code runs. Starts nothing before it is asked to. */
export function createSandbox(
  given: ServiceContext,
  { sources, backend, workers, python, variables = {} }: SandboxOptions,
): Service<Sandbox> {
  const work = new WorkInHand(given.signal);
  const context = { ...given, signal: work.signal };
  const pool = new RunnerPool(workers);
  const machine = new SandboxMachine(backend, python, work.signal);
  const prepared = new PreparedSources(machine, sources, { context, variables });
  const checkerPlace = async (): Promise<CheckerPlace> => ({
    backend: await machine.backend(),
    python: await machine.python(),
    pool,
  });
  let runnerCode: Promise<string> | undefined;

  async function identity(source: TestRun["source"] | undefined): Promise<SandboxIdentity> {
    const own = await machine.given();
    const environment =
      source === undefined
        ? environmentIdentity(undefined, context, own)
        : sources.tree(source).then((tree) => environmentIdentity(tree, context, own));
    const [name, { python: version, hash }, runner] = await Promise.all([
      machine.backend(),
      environment,
      (runnerCode ??= hashRunner()),
    ]);
    return {
      backend: name,
      python: version,
      environment: name === "container" ? hashValue([hash, (await findContainer()).id]) : hash,
      runner,
      ...(Object.keys(variables).length > 0 && { variables: hashValue(variables) }),
    };
  }

  return {
    api: work.guard<Sandbox>({
      async runTests(request) {
        const source = await prepared.prepare(request.source);
        return await resultOrLost(() => runTests(request, source, pool));
      },
      async observe(request) {
        const source = await prepared.prepare(request.source);
        return await orFail("the sandbox lost a run of tests", () => observe(request, source, pool));
      },
      async mutate(request) {
        const source = await prepared.prepare(request.source);
        return await orFail("the sandbox lost a run on mutants", () => mutate(request, source, pool));
      },
      async runOriginal(request) {
        const source = await prepared.prepare(request.source);
        return await originalOrLost(() => runOriginal(request, source, pool));
      },
      async runInPlace(request) {
        const source = await prepared.prepare(request.source);
        return await resultOrLost(() => runInPlace(request, source, pool));
      },
      async record(request) {
        const source = await prepared.prepare(request.source);
        return await orFail("the sandbox lost calls", () => recordCalls(request, source, pool));
      },
      async discover(request) {
        const source = await prepared.prepare(request.source);
        const lost = `the import of ${request.application} was lost`;
        return await orFail(lost, () => discover(request, source, pool));
      },
      check: async (job) => await check(job, await checkerPlace()),
      findTool: async (tool, purpose) =>
        await findTool(tool, { purpose, isContainer: (await machine.backend()) === "container", context }),
      checker: async (tool) => await identify(tool, await checkerPlace()),
      otherPython: async () => (await machine.other())?.version ?? null,
      identity: async (source) => await identity(source),
    }),
    capacity: () => workers,
    async close() {
      work.abort();
      await pool.close();
      await work.ended();
    },
  };
}
