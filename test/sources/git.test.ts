import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, readFile, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { packageRoot } from "../../pipeline/system/paths.js";
import { repositoryName } from "../../pipeline/sources/git.js";
import { resolveSource } from "../../pipeline/sources/resolve.js";
import { createSources } from "../../pipeline/sources/service.js";
import { type TestContext, serviceContext } from "./support/context.js";
import { type Repository, makeRepository } from "./support/repository.js";

async function project(): Promise<{ context: TestContext; repository: Repository }> {
  const context = await serviceContext();
  return { context, repository: await makeRepository(join(context.baseDir, "repo")) };
}

const fetch = (ref: string, context: TestContext) => createSources(context).api.fetch(ref);
const read = (folder: string, path: string) => readFile(join(folder, path), "utf8");

describe("a commit", () => {
  it("is fetched with its files, read-only", async () => {
    const { context, repository } = await project();
    const commit = await repository.commit({
      "pkg/__init__.py": "x = 1\n",
      LICENSE: await read(import.meta.dirname, "licence-texts/MIT.txt"),
    });
    await repository.commit({ "pkg/__init__.py": "x = 2\n" });

    const tree = await fetch(`git:${repository.folder}@${commit}`, context);
    expect(tree).toMatchObject({
      ref: `git:${repository.folder}@${commit}`,
      name: "repo",
      version: commit,
      licence: { expression: "MIT", files: ["LICENSE"] },
      importRoots: [""],
      refused: [],
    });
    expect(await read(tree.folder, "pkg/__init__.py")).toBe("x = 1\n");
    expect(await readdir(tree.folder)).toEqual(["LICENSE", "pkg"]);
    expect(context.pinned.size).toBe(0);
  });

  it.each(["file", "path"])("is fetched over %s, in the way that the pipeline file names it", async (way) => {
    const { context, repository } = await project();
    const commit = await repository.commit({ "a.py": "x = 1\n" });
    const url = way === "file" ? `file://${repository.folder}` : "repo";
    expect(await fetch(`git:${url}@${commit}`, context)).toMatchObject({ ref: `git:${url}@${commit}`, name: "repo" });
  });

  it("that no branch leads to any more is fetched where the server still has it, else missed by name", async () => {
    const { context, repository } = await project();
    const commit = await repository.commit({ "a.py": "x = 1\n" });
    await repository.git.raw(["commit", "--amend", "--quiet", "--message=other"]);
    expect(await fetch(`git:repo@${commit}`, context)).toMatchObject({ version: commit });
    const missing = "0123456789abcdef0123456789abcdef01234567";
    await expect(fetch(`git:repo@${missing}`, context)).rejects.toMatchObject({
      code: "source",
      message: `the repository repo has no commit ${missing}`,
    });
  });

  it("needs no repository once it was fetched", async () => {
    const { context, repository } = await project();
    const commit = await repository.commit({ "a.py": "x = 1\n" });
    const { folder } = await fetch(`git:repo@${commit}`, context);
    await rm(repository.folder, { recursive: true });
    await rm(join(context.stateDir, "sources"), { recursive: true });
    expect((await fetch(`git:repo@${commit}`, context)).folder).toBe(folder);
    expect(await read(folder, "a.py")).toBe("x = 1\n");
  });

  it("is fetched again where the cache was damaged", async () => {
    const { context, repository } = await project();
    const commit = await repository.commit({ "a.py": "x = 1\n" });
    await fetch(`git:repo@${commit}`, context);
    await rm(join(context.stateDir, "sources"), { recursive: true });
    const objects = join(context.cacheDir, "git", `${commit}.git`, "objects");
    await rm(objects, { recursive: true });
    await mkdir(objects);
    expect(await read((await fetch(`git:repo@${commit}`, context)).folder, "a.py")).toBe("x = 1\n");
  });
});

describe("a branch", () => {
  it("is pinned once, and moves when it is resolved again", async () => {
    const { context, repository } = await project();
    const first = await repository.commit({ "a.py": "x = 1\n" });
    const before = await resolveSource("git:repo@main", context);
    expect(before.refs).toEqual([`git:repo@${first}`]);

    const second = await repository.commit({ "a.py": "x = 2\n" });
    expect(await resolveSource("git:repo@main", context)).toEqual(before);
    expect(context.pinned.get("git:repo@main")).toEqual({ commit: first });

    const updated = await serviceContext(new Map(), context.baseDir);
    const after = await resolveSource("git:repo@main", updated);
    expect(after.refs).toEqual([`git:repo@${second}`]);
    expect(after.hash).not.toBe(before.hash);
    expect(await read((await fetch(after.refs[0] ?? "", updated)).folder, "a.py")).toBe("x = 2\n");
    expect(await read((await fetch(before.refs[0] ?? "", updated)).folder, "a.py")).toBe("x = 1\n");
  });

  it("stands before a tag of its name; a tag stands for its commit; nothing stands for HEAD", async () => {
    const { context, repository } = await project();
    const first = await repository.commit({ "a.py": "x = 1\n" });
    await repository.git.raw(["tag", "--annotate", "--message=one", "v1"]);
    await repository.git.raw(["tag", "both"]);
    const second = await repository.commit({ "a.py": "x = 2\n" });
    await repository.git.raw(["branch", "both"]);
    const commitOf = async (ref: string) => (await resolveSource(ref, context)).refs[0]?.slice(-40);
    expect(await commitOf("git:repo@v1")).toBe(first);
    expect(await commitOf("git:repo@both")).toBe(second);
    expect(await commitOf("git:repo")).toBe(second);
  });

  it("that is not there is missed, with the way to see those that are", async () => {
    const { context, repository } = await project();
    await repository.commit({});
    await expect(resolveSource("git:repo@nonsuch", context)).rejects.toMatchObject({
      code: "source",
      message: 'the repository repo has no branch or tag "nonsuch"',
      hint: expect.stringContaining("git ls-remote repo"),
    });
    await expect(resolveSource("git:repo@abcdef1", context)).rejects.toMatchObject({
      hint: expect.stringContaining("40 digits"),
    });
  });

  it("has any name that git allows", async () => {
    const { context, repository } = await project();
    const commit = await repository.commit({ "a.py": "x = 1\n" });
    for (const name of ["fix/#12", "types/@2", "50%-off", "größe,(a)&b"]) await repository.git.raw(["branch", name]);
    for (const written of ["fix/#12", "types/%402", "50%25-off", "größe,(a)&b", "refs/heads/fix/#12"]) {
      expect(await resolveSource(`git:repo@${written}`, context)).toMatchObject({ refs: [`git:repo@${commit}`] });
    }
  });

  it("that HEAD names and that is not there is told, with those that are there", async () => {
    const { context, repository } = await project();
    const commit = await repository.commit({ "a.py": "x = 1\n" });
    await repository.git.raw(["branch", "fix/@1"]);
    await repository.git.raw(["symbolic-ref", "HEAD", "refs/heads/trunk"]);
    await expect(resolveSource("git:repo", context)).rejects.toMatchObject({
      code: "source",
      message: "the repository repo names no branch that it has: its HEAD leads nowhere",
      hint: "its branches are: fix/@1, main\nname one of them: git:repo@fix/%401",
    });
    expect(await resolveSource("git:repo@fix/%401", context)).toMatchObject({ refs: [`git:repo@${commit}`] });
    await repository.git.raw(["tag", "v1", "main"]);
    await repository.git.raw(["branch", "-D", "fix/@1", "main"]);
    await expect(resolveSource("git:repo", context)).rejects.toMatchObject({
      hint: "its tags are: v1\nname one of them: git:repo@v1",
    });
    await repository.git.raw(["tag", "-d", "v1"]);
    await expect(resolveSource("git:repo", context)).rejects.toMatchObject({ message: "the repository repo is empty" });
  });
});

describe("a repository", () => {
  it("that cannot be reached is named, with git's own reason", async () => {
    const { context } = await project();
    await expect(resolveSource("git:nowhere", context)).rejects.toMatchObject({
      code: "source",
      message: expect.stringMatching(/^the repository nowhere cannot be reached: fatal: /u),
      hint: expect.stringContaining("git ls-remote nowhere"),
    });
    await expect(resolveSource("git:http://127.0.0.1:1/repo", context)).rejects.toMatchObject({
      code: "source",
      message: expect.stringContaining("http://127.0.0.1:1/repo cannot be reached"),
    });
    expect(context.pinned.size).toBe(0);
  });

  it("that wants a password is refused at once, without a question", async () => {
    const server = createServer((socket) =>
      socket.end(
        'HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm="x"\r\nContent-Length: 0\r\nConnection: ' +
          "close\r\n\r\n",
      ),
    );
    onTestFinished(() => void server.close());
    await once(server.listen(0, "127.0.0.1"), "listening");
    const { context } = await project();
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/repo`;
    await expect(resolveSource(`git:${url}`, context)).rejects.toMatchObject({
      code: "source",
      message: expect.stringContaining("cannot be reached"),
    });
  });

  it("runs none of its hooks and filters, and none of the user's", async () => {
    const { context, repository } = await project();
    const marker = join(context.baseDir, "ran");
    const configuration = join(context.baseDir, "gitconfig");
    await writeFile(
      configuration,
      `[core]\n  hooksPath = ${context.baseDir}/hooks\n  autocrlf = true\n[filter "evil"]\n  smudge = touch ` +
        `${marker}\n[safe]\n ` +
        ` directory = *\n`,
    );
    await mkdir(join(context.baseDir, "hooks"));
    for (const hook of ["post-checkout", "reference-transaction", "post-index-change"]) {
      await writeFile(join(context.baseDir, "hooks", hook), `#!/bin/sh\ntouch ${marker}\n`);
      await chmod(join(context.baseDir, "hooks", hook), 0o755);
    }
    const commit = await repository.commit({ ".gitattributes": "*.py filter=evil\n", "a.py": "x = 1\n" });
    vi.stubEnv("GIT_CONFIG_GLOBAL", configuration);
    onTestFinished(() => void vi.unstubAllEnvs());
    const { folder } = await fetch(`git:repo@${commit}`, context);
    expect(await read(folder, "a.py")).toBe("x = 1\n");
    await expect(readFile(marker)).rejects.toThrow(/ENOENT/u);
  });

  it("keeps links inside itself, and is cut off from what its other links lead to", async () => {
    const { context, repository } = await project();
    await writeFile(join(context.baseDir, "secret.py"), "password = 1\n");
    await mkdir(join(repository.folder, "pkg"));
    for (const [path, target] of [
      ["pkg/up.py", "../../secret.py"],
      ["abs.py", "/etc/hostname"],
      ["gone.py", "nowhere.py"],
      ["chain.py", "pkg/up.py"],
      ["fine.py", "pkg/a.py"],
      ["out", "../.."],
    ] as const) {
      await symlink(target, join(repository.folder, path));
    }
    const commit = await repository.commit({ "pkg/a.py": "x = 1\n" });
    const tree = await fetch(`git:repo@${commit}`, context);
    expect(tree.refused.map(({ path }) => path)).toEqual(["abs.py", "chain.py", "gone.py", "out", "pkg/up.py"]);
    expect(tree.refused.find(({ path }) => path === "abs.py")?.reason.text).toMatch(/absolute target/u);
    expect((await readdir(tree.folder)).toSorted()).toEqual(["fine.py", "pkg"]);
    expect(await read(tree.folder, "fine.py")).toBe("x = 1\n");
  });

  it("leaves its submodules out, and says so", async () => {
    const { context, repository } = await project();
    const inner = await makeRepository(join(context.baseDir, "inner"));
    await repository.commit({ "a.py": "x = 1\n" });
    await repository.git.raw(["update-index", "--add", "--cacheinfo", `160000,${await inner.commit({})},vendor/inner`]);
    await repository.git.commit("a submodule");
    const commit = await repository.git.revparse(["HEAD"]);
    const tree = await fetch(`git:repo@${commit}`, context);
    expect(tree.refused).toEqual([
      { path: "vendor/inner", reason: { code: "submodule", text: expect.stringContaining("submodule") } },
    ]);
  });
});

describe("git", () => {
  it("ends when the process that started it is gone", async () => {
    const { server, url } = await silentServer();
    const sources = pathToFileURL(join(packageRoot, "dist/pipeline/sources/resolve.js")).href;
    const parent = spawn(process.execPath, [
      "--input-type=module",
      "-e",
      `import { resolveSource } from ${JSON.stringify(sources)};
      const lockfile = { pin: async (_reference, _schema, resolve) => await resolve(false) };
      await resolveSource(${JSON.stringify(`git:${url}`)}, { lockfile, baseDir: "/", cacheDir: "/nonexistent", emit: ` +
        `() => {}, signal: new AbortController().signal });`,
    ]);
    const [connection] = (await once(server, "connection")) as [Socket];
    parent.kill("SIGKILL");
    const [hadError] = await once(connection.on("error", () => undefined).resume(), "close");
    expect(hadError).toBe(false);
  });

  it("ends when it is stopped, and is not taken for a repository that cannot be reached", async () => {
    const { server, url } = await silentServer();
    const { context } = await project();
    const stop = new AbortController();
    const resolving = resolveSource(`git:${url}`, { ...context, signal: stop.signal });
    const [connection] = (await once(server, "connection")) as [Socket];
    const closed = once(connection.on("error", () => undefined).resume(), "close");
    stop.abort();
    await expect(resolving).rejects.toMatchObject({ code: "interrupted" });
    await closed;
  });
});

/** Takes connections, and answers none. */
async function silentServer() {
  const server = createServer();
  onTestFinished(() => void server.close());
  await once(server.listen(0, "127.0.0.1"), "listening");
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/repo` };
}

it.each([
  ["https://host/owner/my.repo.git/", "my.repo"],
  ["git@host:repo", "repo"],
  ["../some repo", "some-repo"],
  ["https://host/..", "repository"],
])("the repository %s is called %s", (url, name) => {
  expect(repositoryName(url)).toBe(name);
});
