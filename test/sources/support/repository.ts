import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type SimpleGit, simpleGit } from "simple-git";

export interface Repository {
  readonly folder: string;
  readonly git: SimpleGit;
  /** Writes the files, commits everything and answers the commit. */
  commit(files: Readonly<Record<string, string>>): Promise<string>;
}

/** A real git repository on branch main. */
export async function makeRepository(folder: string): Promise<Repository> {
  await mkdir(folder, { recursive: true });
  const git = simpleGit(folder);
  await git.init(["--quiet", "--initial-branch=main"]);
  await git.addConfig("user.name", "Test");
  await git.addConfig("user.email", "test@example.org");
  await git.addConfig("commit.gpgsign", "false");
  return {
    folder,
    git,
    async commit(files) {
      await writeFiles(folder, files);
      await git.add(["--all"]);
      await git.commit("change", { "--allow-empty": null });
      return git.revparse(["HEAD"]);
    },
  };
}

export async function writeFiles(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}
