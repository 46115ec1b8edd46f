import { spawn, type ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import {
  access,
  chmod,
  chown,
  constants,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rm,
  stat,
  utimes,
  writeFile,
} from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findPython } from "../../pipeline/system/python/interpreter.js";
import type { Environment } from "../../pipeline/sandbox/prepared.js";
import type { SourceTree } from "../../pipeline/contract/sources.js";
import { publicEnvironment, sourceTree } from "./sandboxed.js";

export type User = "root" | "an ordinary user";

/** What lies around the sandbox, within reach of everyone: nothing but the sandbox keeps a test from it. */
export interface World {
  readonly tree: SourceTree;
  /** Who a runner can be started as on this machine. */
  readonly users: readonly User[];
  /** Why one of them is missing; empty where none is. */
  readonly missing: string;
  environment(user: User): Environment;
  /** The server that listens at a file, which everyone may ask. */
  readonly serverPath: string;
  /** The text of a hostile file, with the places of this world. */
  fill(text: string, user: User): string;
  /** Makes the source the user's own. */
  handTo(user: User): Promise<void>;
  /** All of it that a test could have changed. */
  state(): Promise<unknown>;
  close(): Promise<void>;
}

const ordinaryId = 65_533;
const systemPython = "/usr/bin/python3";
const victim = "def double(x):\n    return 2 * x\n";
const longAgo = new Date("2020-01-01T00:00:00Z");

export async function makeWorld(): Promise<World> {
  const isRoot = process.getuid?.() === 0;
  const canBeOrdinary =
    !isRoot ||
    (await access(systemPython, constants.X_OK).then(
      () => true,
      () => false,
    ));
  const users: User[] = [...(isRoot ? ["root" as const] : []), ...(canBeOrdinary ? ["an ordinary user" as const] : [])];

  const folder = await realpath(await mkdtemp(join(tmpdir(), "outside-")));
  const tree = await sourceTree({ "victim.py": victim });
  const source = join(tree.folder, "victim.py");
  await writeFile(join(folder, "secret"), "SECRET");
  await chmod(folder, 0o777);
  await chmod(join(folder, "secret"), 0o666);
  await chmod(source, 0o666);
  await chmod(tree.folder, 0o777);
  await utimes(source, longAgo, longAgo);

  const own = await publicEnvironment(tree, folder);
  const environments: Record<User, Environment> = {
    root: own,
    "an ordinary user": isRoot && canBeOrdinary ? await withoutRoot(own, folder) : own,
  };
  const visits: string[] = [];
  const tcp = await listening(
    createServer(() => {
      visits.push("tcp");
    }).listen(0, "127.0.0.1"),
  );
  const unix = await listening(
    createServer(() => {
      visits.push("unix");
    }).listen(join(folder, "socket")),
  );
  await chmod(join(folder, "socket"), 0o777);
  const abstractName = `outside-${randomUUID()}`;
  const abstract = await listening(
    createServer(() => {
      visits.push("abstract");
    }).listen(`\0${abstractName}`),
  );
  const { port } = tcp.address() as { port: number };
  const bystanders = new Map(
    users.map((user) => [user, startBystander(isRoot && user !== "root" ? ordinaryId : undefined)]),
  );

  return {
    tree,
    users,
    missing:
      users.length === 2 ? "" : isRoot ? `${systemPython} is needed to be an ordinary user` : "only root can be both",
    environment: (user) => environments[user],
    serverPath: join(folder, "socket"),
    fill: (text, user) =>
      text
        .replaceAll("@OUTSIDE@", folder)
        .replaceAll("@ABSTRACT@", abstractName)
        .replaceAll("@PORT@", String(port))
        .replaceAll("@BYSTANDER@", String(bystanders.get(user)?.pid)),
    async handTo(user) {
      if (isRoot) await chown(source, user === "root" ? 0 : ordinaryId, 0);
    },
    async state() {
      const { mode, mtimeMs, nlink } = await stat(source);
      return {
        outside: await readdir(folder),
        secret: await readFile(join(folder, "secret"), "utf8"),
        visits: [...visits],
        source: await readdir(tree.folder),
        text: await readFile(source, "utf8"),
        mode,
        mtimeMs,
        nlink,
        bystanders: await Promise.all([...bystanders.values()].map(processFacts)),
        leftBehind: await objectsOfTheMachine(),
      };
    },
    async close() {
      for (const bystander of bystanders.values()) {
        bystander.stdin?.end();
        await once(bystander, "close");
      }
      for (const server of [tcp, unix, abstract]) server.close();
      await rm(folder, { recursive: true, force: true });
      await rm(tree.folder, { recursive: true, force: true });
    },
  };
}

/** The same, with an interpreter that gives up root first. */
async function withoutRoot({ paths }: Environment, folder: string): Promise<Environment> {
  const python = join(folder, "python");
  const rights = `--reuid ${ordinaryId} --regid ${ordinaryId} --clear-groups`;
  await writeFile(python, `#!/bin/sh\nexec setpriv ${rights} ${systemPython} "$@"\n`, { mode: 0o755 });
  return { python, paths, readable: (await findPython("/usr/bin")).readable };
}

/** A process of the user's, with a secret in its arguments and its environment. It waits for its input to close. */
function startBystander(uid: number | undefined): ChildProcess {
  return spawn("/bin/sh", ["-c", "read -r _; exit 0", "SECRET"], {
    stdio: ["pipe", "ignore", "ignore"],
    env: { SECRET: "SECRET" },
    cwd: "/",
    ...(uid !== undefined && { uid, gid: uid }),
  });
}

/** What others can change of a process: its priority, processors, limits. Fails where it is gone. */
async function processFacts({ pid }: ChildProcess): Promise<unknown> {
  const [text, status, limits] = await Promise.all(
    ["stat", "status", "limits"].map((name) => readFile(`/proc/${pid}/${name}`, "utf8")),
  );
  const afterName = text?.slice(text.lastIndexOf(")") + 2).split(" ") ?? [];
  return { nice: afterName[16], policy: afterName[38], processors: status?.match(/Cpus_allowed:.*/u)?.[0], limits };
}

/** System V objects, which no process holds alive. */
async function objectsOfTheMachine(): Promise<unknown> {
  const tables = await Promise.all(
    ["shm", "sem", "msg"].map((name) => readFile(`/proc/sysvipc/${name}`, "utf8").catch(() => "")),
  );
  return tables.map((table) => table.split("\n").length);
}

async function listening(server: Server): Promise<Server> {
  await once(server, "listening");
  return server;
}
