import { WorkInHand } from "../system/abort.js";
import { PipelineError } from "../system/errors.js";
import { hashValue } from "../system/hash.js";
import type { Sandbox } from "../contract/sandbox.js";
import type { Service, ServiceContext } from "../contract/service.js";
import type { Sources } from "../contract/sources.js";
import type { Source } from "../contract/kind.js";
import { backendName, chooseBackend, type BackendName } from "./backends.js";
import { check } from "./check.js";
import { findContainer } from "./container.js";
import { identify } from "./checker-identity.js";
import type { CheckerPlace } from "./checker-tool.js";
import { findPython, type Interpreter, otherPython } from "../system/python/interpreter.js";
import { discover } from "./discover.js";
import { environmentIdentity, prepareEnvironment } from "./environment.js";
import { type GivenEnvironment, readGivenEnvironment } from "./given-environment.js";
import { mutate } from "./mutate.js";
import { observe } from "./observe.js";
import { RunnerPool } from "./pool.js";
import { prepareSource, type PreparedSource } from "./prepared.js";
import { recordCalls } from "./record-calls.js";
import { RunnerLost } from "./runner.js";
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
  const wanted = backendName(backend);
  const work = new WorkInHand(given.signal);
  const context = { ...given, signal: work.signal };
  const pool = new RunnerPool(workers);
  const prepared = new Map<string, Promise<PreparedSource>>();
  let chosen: Promise<BackendName> | undefined;
  let runnerCode: Promise<string> | undefined;
  let another: Promise<Interpreter | null> | undefined;
  let asked: Promise<GivenEnvironment | null> | undefined;

  const users = () => (asked ??= python === undefined ? Promise.resolve(null) : readGivenEnvironment(python));
  const confinement = () =>
    (chosen ??= users().then(
      async (environment) => await chooseBackend(wanted, environment?.python ?? (await findPython()), work.signal),
    ));

  const checkerPlace = async (): Promise<CheckerPlace> => ({
    backend: await confinement(),
    python: (await users())?.python ?? (await findPython()),
    pool,
  });

  /** Beside an environment that the user names, there is none that holds the same. */
  const other = () =>
    (another ??= users().then(async (environment) =>
      environment === null ? await otherPython(await findPython()) : null,
    ));

  function prepare(source: Pick<Source, "ref" | "name" | "version">): Promise<PreparedSource> {
    const key = JSON.stringify([source.ref, source.version]);
    const known = prepared.get(key);
    if (known) return known;
    const preparing = prepareNow(source);
    prepared.set(key, preparing);
    preparing.catch((error: unknown) => {
      // asked again in this run, pip would say the same
      const isFinal = error instanceof PipelineError && error.code === "python";
      if (!isFinal) prepared.delete(key);
    });
    return preparing;
  }

  async function prepareNow(source: Pick<Source, "ref" | "name" | "version">): Promise<PreparedSource> {
    const name = await confinement();
    const tree = await sources.tree(source);
    return prepareSource(tree, await prepareEnvironment(tree, context, await users()), name, {
      variables,
      other: await other(),
    });
  }

  return {
    api: work.guard<Sandbox>({
      async runTests(request) {
        const source = await prepare(request.source);
        try {
          return await runTests(request, source, pool);
        } catch (error) {
          if (!(error instanceof RunnerLost)) throw error;
          return {
            verdicts: [],
            fileError: { outcome: "error", reason: "infra", detail: error.message.slice(0, 300) },
            coverage: null,
          };
        }
      },
      async observe(request) {
        const source = await prepare(request.source);
        return await orLost("a run of tests", () => observe(request, source, pool));
      },
      async mutate(request) {
        const source = await prepare(request.source);
        return await orLost("a run on mutants", () => mutate(request, source, pool));
      },
      async runOriginal(request) {
        const source = await prepare(request.source);
        try {
          return await runOriginal(request, source, pool);
        } catch (error) {
          if (!(error instanceof RunnerLost)) throw error;
          return { outcome: "error", reason: "infra", detail: error.message.slice(0, 300) };
        }
      },
      async runInPlace(request) {
        const source = await prepare(request.source);
        try {
          return await runInPlace(request, source, pool);
        } catch (error) {
          if (!(error instanceof RunnerLost)) throw error;
          return {
            verdicts: [],
            fileError: { outcome: "error", reason: "infra", detail: error.message.slice(0, 300) },
            coverage: null,
          };
        }
      },
      async record(request) {
        const source = await prepare(request.source);
        return await orLost("calls", () => recordCalls(request, source, pool));
      },
      async discover(request) {
        const source = await prepare(request.source);
        try {
          return await discover(request, source, pool);
        } catch (error) {
          if (!(error instanceof RunnerLost)) throw error;
          throw new PipelineError(`the import of ${request.application} was lost: ${error.message.slice(0, 300)}`, {
            code: "sandbox",
            cause: error,
          });
        }
      },
      async check(job) {
        return await check(job, await checkerPlace());
      },
      async checker(tool) {
        return await identify(tool, await checkerPlace());
      },
      async otherPython() {
        return (await other())?.version ?? null;
      },
      async identity(source) {
        const own = await users();
        const environment =
          source === undefined
            ? environmentIdentity(undefined, context, own)
            : sources.tree(source).then((tree) => environmentIdentity(tree, context, own));
        const [name, { python, hash }, runner] = await Promise.all([
          confinement(),
          environment,
          (runnerCode ??= hashRunner()),
        ]);
        return {
          backend: name,
          python,
          environment: name === "container" ? hashValue([hash, (await findContainer()).id]) : hash,
          runner,
          ...(Object.keys(variables).length > 0 && { variables: hashValue(variables) }),
        };
      },
    }),
    capacity: () => workers,
    async close() {
      work.abort();
      await pool.close();
      await work.ended();
    },
  };
}

/** A PipelineError `sandbox` where what runs it was lost: that says nothing of what was run. */
async function orLost<T>(what: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof RunnerLost)) throw error;
    throw new PipelineError(`the sandbox lost ${what}: ${error.message.slice(0, 300)}`, {
      code: "sandbox",
      cause: error,
    });
  }
}
