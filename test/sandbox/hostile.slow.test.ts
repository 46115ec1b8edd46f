import { randomUUID } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { backends, chooseBackend, type BackendName } from "../../pipeline/sandbox/backends.js";
import { findPython } from "../../pipeline/system/python/interpreter.js";
import { runJob } from "../../pipeline/sandbox/job.js";
import { RunnerPool } from "../../pipeline/sandbox/pool.js";
import { prepareSource, type PreparedSource } from "../../pipeline/sandbox/prepared.js";
import { Runner } from "../../pipeline/sandbox/runner.js";
import { runTests } from "../../pipeline/sandbox/run-tests.js";
import { readReport, type TestReport } from "../../pipeline/sandbox/verdicts.js";
import { lies, notHeld } from "./hostile-exceptions.js";
import { sandboxed } from "./sandboxed.js";
import { makeWorld, type User } from "./hostile-world.js";

/*
 * Every file of hostile/ runs under every backend, as root and as an ordinary user, without the check of its text:
 * confinement must hold alone. A test that passes says that its attack went through.
 */
const folder = new URL("hostile/", import.meta.url);
const names = (await readdir(folder)).filter((name) => name.endsWith(".py"));
const world = await makeWorld();
const combinations = (
  await Promise.all(
    world.users.map(async (user) => {
      const found = [];
      // a container takes an image, and is attacked in hostile-checks.slow.test.ts
      const possible = backends.filter(
        ({ name }) => name !== "container" && (user === "root" || !name.startsWith("root-")),
      );
      for (const { name } of possible) found.push({ backend: name, user, reason: await whyNot(name, user) });
      return found;
    }),
  )
).flat();
const tried = combinations.filter(({ reason }) => reason === "");
const left = combinations.filter(({ reason }) => reason !== "");
const workers = 2;
const answers = vi.spyOn(Runner.prototype, "ask");
const firstUser = world.users[0] ?? "an ordinary user";

const honest = "from victim import double\n\ndef test_double():\n    assert double(2) == 4\n";
const limits = { timeout: 0.25, memory: 128 };
const target = { module: "victim", qualifiedName: "double" };

afterAll(() => world.close());

describe.each(tried)("$backend as $user", ({ backend, user }) => {
  let pool: RunnerPool;
  let source: PreparedSource;
  let before: unknown;

  beforeAll(async () => {
    await world.handTo(user);
    before = await world.state();
    pool = new RunnerPool(workers);
    source = await prepareSource(world.tree, world.environment(user), backend);
    answers.mockClear();
  });
  afterAll(() => pool.close());

  it.concurrent.each(names)("contains %s", async (name) => {
    const exception = lies[name] ?? notHeld[name]?.[backend];
    const timeout = exception === undefined ? limits.timeout : 10; // a lie takes its time
    expect(isPassed(await report(await hostileCode(name, user), source, pool, timeout))).toBe(exception !== undefined);
    expect(await report(honest, source, pool, 10)).toMatchObject({
      type: "complete",
      verdicts: [{ test: "test_double", outcome: "passed" }],
    });
  });

  it("has let nothing out", async () => {
    expect(await world.state()).toEqual(before);
  });

  it("has lost no runner", async () => {
    // A lost one is replaced, as in a pipeline, so that no verdict shows it.
    const settled = await Promise.allSettled(answers.mock.results.map(({ value }) => value));
    expect(settled.flatMap((result) => (result.status === "rejected" ? [String(result.reason)] : []))).toEqual([]);
  });
});

describe("what this machine cannot have", () => {
  it.for(left)("$backend as $user", ({ reason }, { skip }) => {
    skip(reason !== "", reason);
    expect(reason).toBe("");
  });

  it("is counted", () => {
    if (left.length > 0 || world.missing)
      console.warn(
        `hostile files: ${left.length} of ${combinations.length} combinations of backend and user were left out` +
          (world.missing && `; ${world.missing}`),
      );
    expect(tried.length).toBeGreaterThan(0);
  });
});

describe("with the check of its text", () => {
  let pool: RunnerPool;
  beforeAll(() => {
    pool = new RunnerPool(workers);
  });
  afterAll(() => pool.close());

  const found = names.filter((name) => lies[name] !== "mutants: it kills none");
  it.concurrent.each(found)("no test of %s passes", async (name) => {
    const source = await prepareSource(world.tree, world.environment(firstUser), tried[0]?.backend ?? "none");
    const code = await hostileCode(name, firstUser);
    const { verdicts } = await runTests({ source: world.tree, code, target, hashSeeds: [0], ...limits }, source, pool);
    expect(verdicts.filter(({ outcome }) => outcome === "passed")).toEqual([]);
  });
});

it.each(names.filter((name) => lies[name] === "mutants: it kills none"))(
  "%s kills no mutant, though each of its tests passes",
  async (name) => {
    const box = await sandboxed({ "victim.py": "def double(x):\n    return 2 * x\n" });
    try {
      const code = await hostileCode(name, firstUser);
      const { verdicts } = await box.run(code, { target: "double" });
      expect(verdicts.map(({ outcome }) => outcome)).toEqual(["passed"]);
      const tests = verdicts.map(({ test }) => test);
      const { mutants } = await box.api.mutate({
        source: box.tree,
        code,
        target,
        tests,
        hashSeed: 0,
        limit: 3,
        enough: null,
        timeout: 5,
        memory: 256,
      });
      expect(mutants.map(({ outcome }) => outcome)).toEqual(mutants.map(() => "survived"));
      expect(mutants.length).toBeGreaterThan(0);
    } finally {
      await box.close();
    }
  },
);

async function whyNot(backend: BackendName, user: User): Promise<string> {
  const { python, readable } = world.environment(user);
  try {
    await chooseBackend(
      backend,
      { ...(await findPython()), interpreter: python, readable: [...readable] },
      new AbortController().signal,
    );
    return "";
  } catch (error) {
    return (error as Error).message.split("\n").at(-1)?.trim() ?? "";
  }
}

/** What a file reports, whatever its text. */
async function report(
  code: string,
  source: PreparedSource,
  pool: RunnerPool,
  timeout = limits.timeout,
): Promise<TestReport> {
  const nonce = randomUUID();
  const job = { job: "tests", code, skip: [], tests: null, until: "end", replacement: null, coverage: null, nonce };
  return readReport(
    await runJob(job, { ...limits, timeout }, { surroundings: { hashSeed: 0 }, modules: ["victim"], source, pool }),
    nonce,
  );
}

function isPassed(report: TestReport): boolean {
  return report.type === "complete" && report.verdicts.some(({ outcome }) => outcome === "passed");
}

async function hostileCode(name: string, user: User): Promise<string> {
  return world.fill(await readFile(new URL(name, folder), "utf8"), user);
}
