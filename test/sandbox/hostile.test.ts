import { randomUUID } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { backends, chooseBackend, type BackendName } from "../../pipeline/sandbox/backends.js";
import { findPython } from "../../pipeline/python.js";
import { runJob } from "../../pipeline/sandbox/job.js";
import { RunnerPool } from "../../pipeline/sandbox/pool.js";
import { prepareSource, type PreparedSource } from "../../pipeline/sandbox/prepared.js";
import { Runner } from "../../pipeline/sandbox/runner.js";
import { runTests } from "../../pipeline/sandbox/run-tests.js";
import { readReport, type TestReport } from "../../pipeline/sandbox/verdicts.js";
import { lies, notHeld } from "./hostile-exceptions.js";
import { makeWorld, type User } from "./hostile-world.js";

/*
 * Every file of hostile/ runs under every backend, as root and as an ordinary user, without the check of its text:
 * confinement must hold alone. A test that passes says that its attack went through.
 */
const folder = new URL("hostile/", import.meta.url);
const names = (await readdir(folder)).filter((name) => name.endsWith(".py"));
const world = await makeWorld();
const combinations = (await Promise.all(world.users.map(async (user) => {
  const found = [];
  for (const { name } of backends) found.push({ backend: name, user, reason: await whyNot(name, user) });
  return found;
}))).flat();
const tried = combinations.filter(({ reason }) => reason === "");
const left = combinations.filter(({ reason }) => reason !== "");
const workers = 2;
const firstUser = world.users[0] ?? "an ordinary user";

const honest = "from victim import double\n\ndef test_double():\n    assert double(2) == 4\n";
const limits = { timeout: 0.4, memory: 128 };

afterAll(() => world.close());

describe.each(tried)("$backend as $user", ({ backend, user }) => {
  let pool: RunnerPool;
  let source: PreparedSource;
  let before: unknown;
  const started = vi.spyOn(Runner, "start");

  beforeAll(async () => {
    await world.handTo(user);
    before = await world.state();
    pool = new RunnerPool(workers);
    source = await prepareSource(world.tree, world.environment(user), backend);
    started.mockClear();
  });
  afterAll(() => pool.close());
  const run = (code: string) => report(code, source, pool);

  it.concurrent.each(names)("contains %s", async (name) => {
    const exception = lies[name] ?? notHeld[name]?.[backend];
    expect(isPassed(await run(await hostileCode(name, user)))).toBe(exception !== undefined);
    expect(await run(honest)).toMatchObject({ type: "complete", verdicts: [{ test: "test_double", outcome: "passed" }] });
  });

  it("has let nothing out", async () => {
    expect(await world.state()).toEqual(before);
  });

  it("has lost no runner", () => {
    expect(started.mock.calls.length).toBeLessThanOrEqual(workers);
  });
});

describe("what this machine cannot have", () => {
  if (world.missing) it.skip(world.missing, () => {});
  for (const { backend, user, reason } of left) it.skip(`${backend} as ${user}: ${reason}`, () => {});

  it("is counted", () => {
    if (left.length > 0 || world.missing) console.warn(`hostile files: ${left.length} of ${combinations.length} combinations of backend and user were left out${world.missing && `; ${world.missing}`}`);
    expect(tried.length).toBeGreaterThan(0);
  });
});

describe("with the check of its text", () => {
  let pool: RunnerPool;
  beforeAll(() => { pool = new RunnerPool(workers); });
  afterAll(() => pool.close());

  const found = names.filter((name) => lies[name] !== "mutants: it kills none");
  it.concurrent.each(found)("no test of %s passes", async (name) => {
    const source = await prepareSource(world.tree, world.environment(firstUser), tried[0]?.backend ?? "none");
    const target = { module: "victim", qualifiedName: "double" };
    const code = await hostileCode(name, firstUser);
    const { verdicts } = await runTests({ source: world.tree, code, target, hashSeeds: [0], timeout: 0.4, memory: 128 }, source, pool);
    expect(verdicts.filter(({ outcome }) => outcome === "passed")).toEqual([]);
  });
});

async function whyNot(backend: BackendName, user: User): Promise<string> {
  const { python, readable } = world.environment(user);
  try {
    await chooseBackend(backend, { ...await findPython(), interpreter: python, readable: [...readable] });
    return "";
  } catch (error) {
    return (error as Error).message.split("\n").at(-1)?.trim() ?? "";
  }
}

/** What a file reports, whatever its text. */
async function report(code: string, source: PreparedSource, pool: RunnerPool): Promise<TestReport> {
  const nonce = randomUUID();
  const job = { job: "tests", code, skip: [], tests: null, until: "end", replacement: null, coverage: null, nonce };
  return readReport(await runJob(job, limits, { seed: 0, modules: ["victim"], source, pool }), nonce);
}

function isPassed(report: TestReport): boolean {
  return report.type === "complete" && report.verdicts.some(({ outcome }) => outcome === "passed");
}

async function hostileCode(name: string, user: User): Promise<string> {
  return world.fill(await readFile(new URL(name, folder), "utf8"), user);
}
