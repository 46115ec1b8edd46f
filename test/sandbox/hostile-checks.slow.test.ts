import { readdir, readFile } from "node:fs/promises";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { CheckerTool, CheckResult } from "../../pipeline/contract/checker.js";
import { type BackendName, chooseBackend } from "../../pipeline/sandbox/backends.js";
import { check } from "../../pipeline/sandbox/check.js";
import type { CheckerPlace } from "../../pipeline/sandbox/checker-tool.js";
import { RunnerPool } from "../../pipeline/sandbox/pool.js";
import { Runner } from "../../pipeline/sandbox/runner.js";
import { missingForSockets } from "../../pipeline/sandbox/sockets.js";
import { findPython } from "../../pipeline/system/python/interpreter.js";
import { makeImage } from "./container-image.js";
import { lies } from "./hostile-exceptions.js";
import { makeWorld, type User } from "./hostile-world.js";

/*
 * The same attacks from a command that is run as a checker is, with unix sockets wherever the backend gives them, and
 * attacks of their own on what sockets open. Each of the ways to confine is tried once; hostile.test.ts tries them all.
 */
const world = await makeWorld();
const image = await makeImage();
const attacks = [...(await filesOf("hostile/")), ...(await filesOf("hostile-checks/"))];
const ways: readonly (readonly [BackendName, User])[] = [
  ["namespaces+landlock+seccomp", "root"],
  ["namespaces+landlock+seccomp", "an ordinary user"],
  ["root-namespaces+seccomp", "root"],
  ["bubblewrap+seccomp", "an ordinary user"],
  ["landlock+seccomp", "an ordinary user"],
  ["container", "root"],
];
const combinations = await Promise.all(
  ways.map(async ([backend, user]) => ({ backend, user, reason: await whyNot(backend, user) })),
);
const tried = combinations.filter(({ reason }) => reason === "");
const answers = vi.spyOn(Runner.prototype, "ask");

/** What no attack is any more where sockets stay inside. */
const harmless: Readonly<Record<string, string>> = { "abstract_socket.py": "a name in a network of its own" };

/** Runs a file's tests without pytest; one that comes to its end has done what it set out to do. */
const driver = `
import pathlib, sys
sys.path.append("@SOURCE@")
space = {"__name__": "attack"}
exec(compile(pathlib.Path(sys.argv[1]).read_text(), sys.argv[1], "exec"), space)
for name, attack in [pair for pair in space.items() if pair[0].startswith("test_")]:
    try:
        attack()
    except BaseException:
        continue
    print("went through:", name, flush=True)
`;

afterAll(async () => {
  await image.remove();
  await world.close();
});

describe.each(tried)("$backend as $user", ({ backend, user }) => {
  const pool = new RunnerPool(2);
  // a folder below /tmp is shown elsewhere where there is a /tmp of its own
  const sourceInside = `${backend === "landlock+seccomp" ? "" : "/mnt"}${world.tree.folder}`;
  const hasSockets = missingForSockets(backend) === null;
  let place: CheckerPlace;
  let tool: CheckerTool;
  let before: unknown;

  beforeAll(async () => {
    await world.handTo(user);
    before = await world.state();
    place = { backend, python: await pythonOf(user), pool };
    const { interpreter, readable } = await findPython(user === "root" ? undefined : "/usr/bin");
    tool = {
      command: backend === "container" ? "python3" : interpreter,
      readable: [...readable, world.tree.folder],
      sockets: hasSockets,
    };
    answers.mockClear();
  });
  afterAll(() => pool.close());

  const run = async (text: string, timeout: number): Promise<CheckResult> => {
    const [result] = await check(
      {
        tool,
        arguments: ["driver.py", "{file}"],
        beside: [{ path: "driver.py", text: driver.replace("@SOURCE@", sourceInside) }],
        files: [{ path: "attack.py", text }],
        limits: { timeout, memory: 128, disk: 64 },
      },
      place,
    );
    if (!result) throw new Error("no result");
    return result;
  };

  it.concurrent.each(attacks)(
    "contains $name",
    async ({ name, text }) => {
      const result = await run(world.fill(text, user), 0.5);
      expect(result.type).toBe("ran");
      const wentThrough = result.type === "ran" && result.stdout.text.includes("went through:");
      if (hasSockets && name in harmless) return;
      expect(wentThrough).toBe(false);
      expect(await run("def test_a():\n    assert len('ab') == 2\n", 10)).toMatchObject({
        exitCode: 0,
        stdout: { text: "went through: test_a\n" },
      });
    },
    180_000,
  );

  it.runIf(hasSockets)("lets a checker have unix sockets in its own work folder", async () => {
    expect(await run(ownSockets, 10)).toMatchObject({ exitCode: 0, stdout: { text: "went through: test_talks\n" } });
  });

  it("refuses unix sockets where a server of the machine would be in reach", async () => {
    const reaching = { ...tool, sockets: true, readable: [...(tool.readable ?? []), world.serverPath] };
    const message = hasSockets ? `would reach the server that listens at ${world.serverPath}` : "are needed";
    await expect(check({ tool: reaching, arguments: [], files: [] }, place)).rejects.toMatchObject({
      code: "sandbox",
      message: expect.stringContaining(message),
    });
  });

  it("has let nothing out", async () => {
    expect(await world.state()).toEqual(before);
  });

  it("has lost no runner", async () => {
    const settled = await Promise.allSettled(answers.mock.results.map(({ value }) => value));
    expect(settled.flatMap((result) => (result.status === "rejected" ? [String(result.reason)] : []))).toEqual([]);
  });
});

it("is tried on this machine", () => {
  const left = combinations.filter(({ reason }) => reason !== "");
  if (left.length > 0)
    console.warn(
      `hostile checks: ${left.length} of ${combinations.length} ways to confine were left out: ` +
        left.map(({ backend, user, reason }) => `${backend} as ${user} (${reason})`).join("; "),
    );
  expect(tried.length).toBeGreaterThan(0);
});

const ownSockets = `
import os, socket

def test_talks():
    server = socket.socket(socket.AF_UNIX)
    server.bind("here")
    server.listen()
    client = socket.socket(socket.AF_UNIX)
    client.connect("here")
    answered, _ = server.accept()
    answered.send(b"file")
    assert client.recv(9) == b"file"
    one, two = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    one.send(b"pair")
    assert two.recv(9) == b"pair"
`;

/** Those that attack what is around their process; not those that attack pytest, or lie about themselves. */
async function filesOf(folder: string): Promise<{ name: string; text: string }[]> {
  const url = new URL(folder, import.meta.url);
  const names = (await readdir(url)).filter((name) => name.endsWith(".py"));
  const files = await Promise.all(
    names.map(async (name) => ({
      name: basename(name),
      text: await readFile(fileURLToPath(new URL(name, url)), "utf8"),
    })),
  );
  return files.filter(({ name, text }) => !(name in lies) && !/pytest|def test_\w+\(\w/u.test(text));
}

async function pythonOf(user: User): Promise<CheckerPlace["python"]> {
  const { python, readable } = world.environment(user);
  return { ...(await findPython()), interpreter: python, readable: [...readable] };
}

async function whyNot(backend: BackendName, user: User): Promise<string> {
  if (backend === "container" && image.missing) return image.missing;
  if (!world.users.includes(user)) return `nobody here is ${user}`;
  return await chooseBackend(backend, await pythonOf(user), new AbortController().signal).then(
    () => "",
    (error: Error) => error.message,
  );
}
