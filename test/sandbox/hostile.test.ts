import { access, chmod, chown, constants, mkdtemp, readdir, readFile, realpath, rm, stat, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findPython } from "../../pipeline/python.js";
import { backends } from "../../pipeline/sandbox/backends.js";
import { runJob } from "../../pipeline/sandbox/job.js";
import { RunnerPool } from "../../pipeline/sandbox/pool.js";
import { prepareSource, type Environment, type PreparedSource } from "../../pipeline/sandbox/prepared.js";
import { runTests } from "../../pipeline/sandbox/run-tests.js";
import { readReport } from "../../pipeline/sandbox/verdicts.js";
import type { SourceTree } from "../../pipeline/sources.js";
import { publicEnvironment, sourceTree } from "./sandboxed.js";

/*
 * Every file of hostile/ runs under every backend, as root and as an ordinary user, without the check of its text:
 * confinement must hold alone. With the check none of their tests may pass.
 */
const folder = new URL("hostile/", import.meta.url);
const names = (await readdir(folder)).filter((name) => name.endsWith(".py"));
const ordinaryUser = 65_533;
const systemPython = "/usr/bin/python3";

/** Their tests pass when they run: what they do is a lie that only the check of their text can tell. */
const lies = new Set(["patch_sys_modules.py", "swallowed_assertion.py"]);

/** Held by the monitor and by the reading of reports, which are the same under every backend: tried under the first and the last. */
const heldAlike = new Set([
  "crash.py", "deep_recursion.py", "endless_loop_ignoring_signals.py", "exit_at_import.py", "exit_from_a_thread.py", "exit_in_a_test.py",
  "fork_bomb.py", "forge_on_every_descriptor.py", "forge_through_frames.py", "forge_through_gc.py", "memory_bomb.py", "memory_in_children.py",
  "nested_source.py", "output_flood.py", "patch_pytest.py", "patch_sys_modules.py", "plain_exit_at_import.py", "pytest_exit.py",
  "raw_output_flood.py", "sleeper.py", "swallowed_assertion.py",
]);
const [first, last] = [backends[0].name, backends[backends.length - 1]?.name];

const victim = "def double(x):\n    return 2 * x\n";
const honest = "from victim import double\n\ndef test_double():\n    assert double(2) == 4\n";
const limits = { timeout: 0.5, memory: 128 };
const target = { module: "victim", qualifiedName: "double" };

const isRoot = process.getuid?.() === 0;
const canBeOrdinary = isRoot && await access(systemPython, constants.X_OK).then(() => true, () => false);
const cases = backends.flatMap(({ name }) => [
  ...(isRoot ? [{ backend: name, user: "root" as const }] : []),
  ...((canBeOrdinary || !isRoot) && !name.startsWith("root-") ? [{ backend: name, user: "an ordinary user" as const }] : []),
]);

let outside: string;
let tree: SourceTree;
let ordinary: Environment;
let environment: Environment;
let servers: Server[];
let port: number;
const visits: string[] = [];

beforeAll(async () => {
  outside = await realpath(await mkdtemp(join(tmpdir(), "outside-")));
  tree = await sourceTree({ "victim.py": victim });
  await writeFile(join(outside, "secret"), "SECRET");
  // Anyone may read and write here: what keeps the tests out is the sandbox.
  await chmod(outside, 0o777);
  await chmod(join(outside, "secret"), 0o666);
  await chmod(join(tree.folder, "victim.py"), 0o666);
  await chmod(tree.folder, 0o777);
  environment = await publicEnvironment(tree, outside);
  ordinary = isRoot ? await asOrdinaryUser(environment) : environment;
  const tcp = createServer(() => { visits.push("tcp"); }).listen(0, "127.0.0.1");
  const unix = createServer(() => { visits.push("unix"); }).listen(join(outside, "socket"));
  servers = [tcp, unix];
  await Promise.all(servers.map((server) => new Promise((resolve) => { server.once("listening", resolve); })));
  await chmod(join(outside, "socket"), 0o777);
  port = (tcp.address() as { port: number }).port;
});

afterAll(async () => {
  for (const server of servers) server.close();
  await rm(outside, { recursive: true, force: true });
  await rm(tree.folder, { recursive: true, force: true });
});

describe.each(cases)("$backend as $user", ({ backend, user }) => {
  let pool: RunnerPool;
  let source: PreparedSource;
  let started: Set<string>;

  beforeAll(async () => {
    started = new Set(await readdir(outside));
    pool = new RunnerPool(2);
    if (isRoot) await chown(join(tree.folder, "victim.py"), user === "root" ? 0 : ordinaryUser, 0);
    source = await prepareSource(tree, user === "root" ? environment : ordinary, backend);
  });
  afterAll(() => pool.close());

  const tried = backend === first || backend === last ? names : names.filter((name) => !heldAlike.has(name));
  it.concurrent.each(tried)("contains %s", async (name) => {
    const code = await hostileCode(name);
    const nonce = "the nonce of this run";
    const place = { seed: 0, modules: ["victim"], source, pool };
    const report = readReport(await runJob({ job: "tests", code, skip: [], nonce }, limits, place), nonce);
    const hasPassed = report.type === "complete" && report.verdicts.some(({ outcome }) => outcome === "passed");
    expect(hasPassed && !lies.has(name)).toBe(false);

    const next = await runJob({ job: "tests", code: honest, skip: [], nonce }, limits, place);
    expect(readReport(next, nonce)).toMatchObject({ type: "complete", verdicts: [{ test: "test_double", outcome: "passed" }] });
  });

  it("has let nothing out", async () => {
    expect(visits).toEqual([]);
    expect(new Set(await readdir(outside))).toEqual(started);
    expect(await readFile(join(outside, "secret"), "utf8")).toBe("SECRET");
    expect(await readdir(tree.folder)).toEqual(["victim.py"]);
    expect(await readFile(join(tree.folder, "victim.py"), "utf8")).toBe(victim);
    expect((await stat(join(tree.folder, "victim.py"))).mode & 0o777).toBe(0o666);
  });
});

describe("with the check of its text", () => {
  let pool: RunnerPool;
  beforeAll(() => { pool = new RunnerPool(1); });
  afterAll(() => pool.close());

  it.each(names)("no test of %s passes", async (name) => {
    const backend = cases[0]?.backend ?? "none";
    const source = await prepareSource(tree, environment, backend);
    const code = await hostileCode(name);
    const { verdicts } = await runTests({ source: tree, code, target, hashSeeds: [0], ...limits }, source, pool);
    expect(verdicts.filter(({ outcome }) => outcome === "passed")).toEqual([]);
  });
});

async function hostileCode(name: string): Promise<string> {
  const text = await readFile(new URL(name, folder), "utf8");
  return text.replaceAll("@OUTSIDE@", outside).replaceAll("@PORT@", String(port));
}

/** The same, with an interpreter that gives up root first. */
async function asOrdinaryUser({ paths }: Environment): Promise<Environment> {
  const python = join(outside, "python");
  const script = `#!/bin/sh\nexec setpriv --reuid ${ordinaryUser} --regid ${ordinaryUser} --clear-groups ${systemPython} "$@"\n`;
  await writeFile(python, script, { mode: 0o755 });
  return { python, paths, readable: (await findPython("/usr/bin")).readable };
}
