import { existsSync } from "node:fs";
import { readlink, realpath, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, relative, resolve, sep } from "node:path";
import { PipelineError } from "../../system/errors.js";
import { listFolder } from "../../sources/folder.js";
import { importFoldersOf } from "../../sources/import-folders.js";

/** The code that tests are written for. */
export interface Code {
  /** Absolute folder of the project: all of it is there when a test is run. */
  readonly root: string;
  /** Globs, relative to it, of the files whose functions get tests. */
  readonly include: readonly string[];
}

/**
 * The project that holds the files and folders that a user names. Throws a PipelineError (usage) where one does not
 * exist, is no Python, or where they belong to several projects.
 */
export async function codeOf(paths: readonly string[]): Promise<Code> {
  const named = await Promise.all(paths.map(expectCode));
  const roots = [...new Set(named.map(({ root }) => root))];
  const [root = ""] = roots;
  if (roots.length > 1) {
    throw new PipelineError(`these paths belong to ${roots.length} projects: ${roots.join(", ")}`, {
      code: "usage",
      hint:
        "run the command once a project; a project is the folder with pyproject.toml, setup.cfg, setup.py or " +
        ".git, or else the folder itself",
    });
  }
  await expectBounds(root, paths[0] ?? "");
  for (const [index, { path, isFolder }] of named.entries())
    if (isFolder) await expectPython(path, paths[index] ?? path);
  const inside = (folder: string) =>
    named.map(({ path, isFolder }) => ({ path: relative(folder, path).split(sep).join("/"), isFolder }));
  const project = await ownFolder(
    root,
    inside(root).map(({ path }) => path),
  );
  return { root: project, include: inside(project).map(({ path, isFolder }) => globFor(path, isFolder)) };
}

/**
 * The folder of a repository's several that all of the paths lie in and that the code in it is run from: of two
 * services with a main.py each, Python finds one. Else the repository.
 */
async function ownFolder(root: string, paths: readonly string[]): Promise<string> {
  const { displaced } = await importFoldersOf(root);
  const own = displaced.find((folder) => paths.every((path) => `${path}/`.startsWith(`${folder}/`)));
  return own === undefined ? root : resolve(root, own);
}

async function expectCode(
  written: string,
): Promise<{ readonly path: string; readonly isFolder: boolean; readonly root: string }> {
  const path = await followed(written);
  const isFolder = (await stat(path)).isDirectory();
  if (!isFolder && !path.endsWith(".py"))
    throw new PipelineError(`expected a Python file, got ${written}`, {
      code: "usage",
      hint: "name files that end in .py, or folders that hold some",
    });
  const folder = isFolder ? path : dirname(path);
  return { path, isFolder, root: projectOf(folder) ?? abovePackage(folder) };
}

/** What a path names, through links: the project is around what they lead to. */
async function followed(written: string): Promise<string> {
  const hint = "name Python files, or folders that hold some";
  try {
    const path = await realpath(written);
    // Python goes by the name that a module is imported under.
    return written.endsWith(".py") && !path.endsWith(".py") ? resolve(written) : path;
  } catch {
    const target = await readlink(written).catch(() => undefined);
    if (target === undefined) throw new PipelineError(`no such file or folder: ${written}`, { code: "usage", hint });
    throw new PipelineError(`${written} is a link to ${target}, and that is not there`, {
      code: "usage",
      hint: `mend the link, or ${hint}`,
    });
  }
}

/** A folder without Python is a slip: of the name, or of what was meant to be in it. */
async function expectPython(folder: string, written: string): Promise<void> {
  const { files } = await listFolder(folder);
  if (files.some(({ path }) => path.endsWith(".py"))) return;
  const links = files.filter(({ link }) => link).map(({ path }) => path);
  const [first] = links;
  throw new PipelineError(files.length === 0 ? `the folder ${written} is empty` : `no Python file in ${written}`, {
    code: "usage",
    hint:
      first !== undefined
        ? `${first} is a link: name what it leads to`
        : "name a folder that holds files ending in .py; what tools keep (.venv, node_modules, .git) and tests that " +
          "this command wrote do not count",
  });
}

/** A project is copied as a whole: no one means all that they have. */
async function expectBounds(root: string, path: string): Promise<void> {
  const home = await realpath(homedir()).catch(() => homedir());
  if (root !== home && dirname(root) !== root) return;
  throw new PipelineError(`the code around ${path} would be the whole folder ${root}`, {
    code: "usage",
    hint: "put the code into a folder of its own, or mark its project: an empty pyproject.toml in its folder is enough",
  });
}

const marks = ["pyproject.toml", "setup.cfg", "setup.py", ".git"];

/** The nearest folder, from this one up, that is marked as a project; undefined where there is none. */
function projectOf(folder: string): string | undefined {
  if (marks.some((mark) => existsSync(resolve(folder, mark)))) return folder;
  return dirname(folder) === folder ? undefined : projectOf(dirname(folder));
}

/** The folder that a package is imported from: the first that is no package itself. */
function abovePackage(folder: string): string {
  return existsSync(resolve(folder, "__init__.py")) && dirname(folder) !== folder
    ? abovePackage(dirname(folder))
    : folder;
}

function globFor(path: string, isFolder: boolean): string {
  const literal = path.replaceAll(/[\\[\](){}!*?+@|]/gu, String.raw`\$&`);
  if (!isFolder) return literal;
  return literal === "" ? "**/*.py" : `${literal}/**/*.py`;
}
