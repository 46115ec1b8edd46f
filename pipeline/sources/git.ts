import { devNull } from "node:os";
import { join, resolve } from "node:path";
import { rm, stat } from "node:fs/promises";
import { z } from "zod";
import { ChildError, runChild } from "../system/child.js";
import { PipelineError } from "../system/errors.js";
import { reason } from "../contract/reasons.js";
import { writeRevision } from "../system/revision.js";
import type { ServiceContext } from "../contract/service.js";
import { makeFolder } from "../system/files/make-folder.js";
import { type Refusal, listFiles } from "./files.js";
import { isRepositoryUrl } from "./location.js";

type Repository = { readonly url: string; readonly revision: string | null };
type GitContext = Pick<ServiceContext, "lockfile" | "baseDir" | "cacheDir" | "emit" | "signal">;

const Pin = z.strictObject({ commit: z.string().regex(/^[0-9a-f]{40}$/u) });

/**
 * The commit that a repository's branch, tag or HEAD stands for, as pipeline.lock pins it. A whole commit needs no
 * network.
 */
export async function pinCommit({ url, revision }: Repository, context: GitContext): Promise<string> {
  if (revision !== null && /^[0-9a-f]{40}$/u.test(revision)) return revision;
  const reference = revision === null ? `git:${url}` : `git:${url}@${revision}`;
  const { commit } = await context.lockfile.pin(reference, Pin, async () => ({
    commit: await askCommit(url, revision, context),
  }));
  return commit;
}

/** The name that a clone of the repository would have. */
export function repositoryName(url: string): string {
  const last =
    url
      .replace(/[/\\]+$/u, "")
      .split(/[/:\\]/u)
      .at(-1) ?? "";
  return (
    last
      .replace(/\.git$/u, "")
      .replaceAll(/[^\w.-]/gu, "-")
      .replace(/^\.+/u, "") || "repository"
  );
}

/** Writes the files of a commit into an empty folder, and answers what it left out. */
export async function checkOut(
  { url }: Repository,
  commit: string,
  folder: string,
  context: GitContext,
): Promise<readonly Refusal[]> {
  const cached = await openCommit(url, commit, context);
  try {
    return await writeFiles(cached, commit, folder, context);
  } catch (error) {
    if (context.signal.aborted) throw error;
    // A loss of power may have damaged what is cached; the repository has it whole.
    await rm(cached, { recursive: true, force: true });
    return writeFiles(await openCommit(url, commit, context), commit, folder, context);
  }
}

/** Branch before tag, as `git clone --branch` has it; a tag stands for the commit that it points to. */
async function askCommit(url: string, revision: string | null, context: GitContext): Promise<string> {
  const patterns =
    revision === null
      ? ["HEAD"]
      : [
          `refs/heads/${revision}`,
          `refs/tags/${revision}^{}`,
          `refs/tags/${revision}`,
          ...(revision.startsWith("refs/") ? [revision] : []),
        ];
  const address = addressOf(url, context);
  const answer = await reach(url, () => git(context.baseDir, context)("ls-remote", address, ...patterns));
  const commits = new Map(
    answer
      .trim()
      .split("\n")
      .map((line) => line.split("\t").toReversed() as [string, string]),
  );
  const commit = patterns.map((name) => commits.get(name)).find((found) => found !== undefined);
  if (commit !== undefined) return commit;
  throw await missing({ url, revision }, address, context);
}

/** What the repository has instead of the branch that was asked for, or of the one that its HEAD names. */
async function missing({ url, revision }: Repository, address: string, context: GitContext): Promise<PipelineError> {
  const listed = (
    await reach(url, () => git(context.baseDir, context)("ls-remote", "--heads", "--tags", "--refs", address))
  )
    .trim()
    .split("\n");
  const names = (kind: string) =>
    listed
      .map((line) => line.split("\t")[1] ?? "")
      .filter((name) => name.startsWith(kind))
      .map((name) => name.slice(kind.length));
  const [branches, tags] = [names("refs/heads/"), names("refs/tags/")];
  const [first = tags[0]] = branches;
  if (first === undefined)
    return new PipelineError(`the repository ${url} is empty`, {
      code: "source",
      hint: "give another repository, or one that has a commit",
    });
  const known = [
    ["branches", branches],
    ["tags", tags],
  ].flatMap(([kind, found]) => (found?.length === 0 ? [] : [`its ${String(kind)} are: ${some(found as string[])}`]));
  if (revision === null) {
    return new PipelineError(`the repository ${url} names no branch that it has: its HEAD leads nowhere`, {
      code: "source",
      hint: [...known, `name one of them: git:${url}@${writeRevision(first)}`].join("\n"),
    });
  }
  const isShort = /^[0-9a-f]{7,39}$/u.test(revision);
  return new PipelineError(`the repository ${url} has no branch or tag "${revision}"`, {
    code: "source",
    hint: [
      ...(isShort ? ["a commit must be written with all of its 40 digits"] : []),
      ...known,
      `see them all with: git ls-remote ${url}`,
    ].join("\n"),
  });
}

function some(names: readonly string[]): string {
  return `${names.slice(0, 12).join(", ")}${names.length > 12 ? ` and ${names.length - 12} more` : ""}`;
}

/** A bare repository below the cache folder that holds the one commit: fetched once, never changed. */
async function openCommit(url: string, commit: string, context: GitContext): Promise<string> {
  const root = join(context.cacheDir, "git");
  const name = `${commit}.git`;
  const what = `${repositoryName(url)} ${commit.slice(0, 12)}`;
  return await makeFolder(
    root,
    name,
    async (partial) => {
      context.emit({ type: "transfer", what, done: 0, total: null });
      const local = git(partial, context);
      await local("init", "--bare", "--quiet", ".");
      await reach(url, () => fetchCommit(local, url, commit, context));
      const bytes = await sizeOf(join(partial, "objects"));
      context.emit({ type: "transfer", what, done: bytes, total: bytes });
    },
    { signal: context.signal },
  );
}

/** The commit alone where the server hands out single commits; else everything that it has. */
async function fetchCommit(local: Git, url: string, commit: string, context: GitContext): Promise<void> {
  const address = addressOf(url, context);
  const options = ["--no-tags", "--no-recurse-submodules", "--quiet"];
  try {
    await local("fetch", ...options, "--depth=1", address, commit);
  } catch (error) {
    if (context.signal.aborted) throw error;
    await local("fetch", ...options, address, "+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*");
  }
  try {
    await local("cat-file", "-e", `${commit}^{commit}`);
  } catch (error) {
    if (context.signal.aborted) throw error;
    throw new PipelineError(`the repository ${url} has no commit ${commit}`, {
      code: "source",
      hint: "was the branch rewritten? Name another commit, or run with --update to resolve the branch again",
      cause: error,
    });
  }
}

/**
 * An index of its own and `checkout-index`: no hook runs, submodules stay out, and git itself refuses paths that leave
 * the folder. Neither the user's nor the machine's configuration is read, so no filter runs and the same bytes come out
 * everywhere.
 */
async function writeFiles(
  repository: string,
  commit: string,
  folder: string,
  context: GitContext,
): Promise<readonly Refusal[]> {
  const index = `${folder}.index`;
  const local = git(folder, context, {
    GIT_DIR: repository,
    GIT_WORK_TREE: folder,
    GIT_INDEX_FILE: index,
    GIT_CONFIG_GLOBAL: devNull,
    GIT_CONFIG_SYSTEM: devNull,
    GIT_LFS_SKIP_SMUDGE: "1",
  });
  try {
    await local("read-tree", commit);
    await local("checkout-index", "--all", "--force");
    const entries = await local("ls-files", "-z", "--stage");
    return entries
      .split("\0")
      .filter((entry) => entry.startsWith("160000 "))
      .map((entry) => ({
        path: entry.slice(entry.indexOf("\t") + 1),
        reason: reason("submodule", "submodule: name its repository as a source of its own"),
      }));
  } finally {
    await rm(index, { force: true });
    await rm(`${index}.lock`, { force: true });
  }
}

/** Runs git, and answers what it writes. */
type Git = (...args: readonly string[]) => Promise<string>;

/** git, never asking anyone anything. `safe.directory` and credentials stay the user's own. */
function git(folder: string, { signal }: GitContext, variables: Readonly<Record<string, string>> = {}): Git {
  const { SSH_ASKPASS = "false", SSH_ASKPASS_REQUIRE = "force", LC_ALL = "C" } = process.env;
  const env = {
    ...inherited,
    SSH_ASKPASS,
    SSH_ASKPASS_REQUIRE,
    LC_ALL,
    GIT_TERMINAL_PROMPT: "0",
    GCM_INTERACTIVE: "never",
    ...variables,
  };
  return async (...args) =>
    (await runChild("git", [...settings, ...args], { cwd: folder, env, signal, code: "source" })).stdout;
}

const settings = [
  "http.lowSpeedLimit=1",
  "http.lowSpeedTime=60",
  "core.fsync=all",
  "gc.auto=0",
  "core.quotePath=false",
].flatMap((setting) => ["-c", setting]);

/**
 * Set where git itself started this process (a hook, `git rebase --exec`): they mean another repository, and are taken
 * away.
 */
const inherited: Readonly<Record<string, undefined>> = {
  GIT_DIR: undefined,
  GIT_WORK_TREE: undefined,
  GIT_INDEX_FILE: undefined,
  GIT_PREFIX: undefined,
  GIT_OBJECT_DIRECTORY: undefined,
  GIT_ALTERNATE_OBJECT_DIRECTORIES: undefined,
  GIT_COMMON_DIR: undefined,
  GIT_NAMESPACE: undefined,
};

async function reach<T>(url: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof ChildError)) throw error;
    if (error.status === 127)
      throw new PipelineError("git was not found", {
        code: "source",
        hint: "install git, and see that it is on the PATH",
        cause: error,
      });
    const lines = (error.stderr || error.message)
      .trim()
      .split("\n")
      .map((line) => line.trim());
    const reason = lines.find((line) => /^(?:fatal|error|remote|ssh):/iu.test(line)) ?? lines.at(-1);
    throw new PipelineError(`the repository ${url} cannot be reached: ${reason}`, {
      code: "source",
      hint: `check the address, the network and your access with: git ls-remote ${url}`,
      cause: error,
    });
  }
}

/** A path is relative to the pipeline file; its name in records and in the lock file stays as written. */
function addressOf(url: string, { baseDir }: GitContext): string {
  return isRepositoryUrl(url) ? url : resolve(baseDir, url);
}

async function sizeOf(folder: string): Promise<number> {
  const { files } = await listFiles(folder);
  const sizes = await Promise.all(files.map(async ({ path }) => (await stat(join(folder, path))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}
