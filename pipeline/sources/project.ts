import { parse as parseToml } from "smol-toml";
import { z } from "zod";
import { type Description, namesIn, ownRequirements, readText } from "./description.js";
import { type ImportFolders, importFoldersOf } from "./import-folders.js";
import { parseConfig } from "./ini.js";
import { isLicenceFile } from "./licence.js";
import { poetryRequirements } from "./poetry.js";

/**
 * Reads what a repository or a folder says of itself: pyproject.toml, setup.cfg, and requirements.txt where neither
 * names requirements; where nothing names the folders that are imported from, what the code imports tells. setup.py
 * would have to be run to be read, so it is not.
 */
export async function describeProject(folder: string): Promise<Description> {
  const pyproject = await readPyproject(folder);
  const setup = parseConfig((await readText(folder, "setup.cfg")) ?? "");
  const files = [
    ...(await namesIn(folder, "")).files,
    ...(await namesIn(folder, "LICENSES")).files.map((name) => `LICENSES/${name}`),
  ];
  const { project } = pyproject;
  const { license: licence } = project;
  const configured = configuredRoots(pyproject, setup);
  const imports = configured.length > 0 ? null : await importFoldersOf(folder);
  return {
    requirements: ownRequirements(await readRequirements(folder, pyproject, setup, imports?.inner ?? [])),
    importRoots: imports === null ? configured : await findImportRoots(folder, imports),
    declaredLicence: {
      expression: typeof licence === "string" ? licence : setup.get("metadata")?.get("license_expression"),
      text:
        (typeof licence === "object" ? licence.text : undefined) ??
        pyproject.tool.poetry.license ??
        setup.get("metadata")?.get("license"),
      classifiers:
        project.classifiers ?? pyproject.tool.poetry.classifiers ?? lines(setup.get("metadata")?.get("classifiers")),
    },
    licenceFiles: files.filter((path) => path.startsWith("LICENSES/") || isLicenceFile(path)),
  };
}

const strings = z.array(z.string()).optional().catch(undefined);
const string = z.string().optional().catch(undefined);

/** What is read of pyproject.toml; anything else in it, or of another shape, is not for us to judge. */
const Pyproject = z.object({
  project: z
    .object({
      dependencies: strings,
      dynamic: strings,
      classifiers: strings,
      license: z
        .union([z.string(), z.object({ text: string })])
        .optional()
        .catch(undefined),
    })
    .prefault({})
    .catch({}),
  tool: z
    .object({
      poetry: z
        .object({
          license: string,
          classifiers: strings,
          dependencies: z.record(z.string(), z.unknown()).optional().catch(undefined),
          packages: z
            .array(z.object({ from: string }))
            .optional()
            .catch(undefined),
        })
        .prefault({})
        .catch({}),
      setuptools: z
        .object({
          "package-dir": z.record(z.string(), z.string()).optional().catch(undefined),
          packages: z
            .object({ find: z.object({ where: strings }).optional() })
            .optional()
            .catch(undefined),
          dynamic: z
            .object({ dependencies: z.object({ file: z.union([z.string(), z.array(z.string())]) }).optional() })
            .optional()
            .catch(undefined),
        })
        .prefault({})
        .catch({}),
      pdm: z
        .object({ build: z.object({ "package-dir": string }).optional() })
        .prefault({})
        .catch({}),
      flit: z
        .object({ module: z.object({ "package-dir": string }).optional() })
        .prefault({})
        .catch({}),
      hatch: z
        .object({
          build: z
            .object({
              sources: strings,
              targets: z.object({ wheel: z.object({ packages: strings, sources: strings }).optional() }).optional(),
            })
            .optional(),
        })
        .prefault({})
        .catch({}),
    })
    .prefault({})
    .catch({ poetry: {}, setuptools: {}, pdm: {}, flit: {}, hatch: {} }),
});
type Pyproject = z.infer<typeof Pyproject>;
type SetupConfig = ReturnType<typeof parseConfig>;

/** A broken pyproject.toml says nothing; the code beside it may still be good. */
async function readPyproject(folder: string): Promise<Pyproject> {
  try {
    return Pyproject.parse(parseToml((await readText(folder, "pyproject.toml")) ?? ""));
  } catch {
    return Pyproject.parse({});
  }
}

/**
 * @param inner folders below the top that code is run from: where the top says nothing, each may have a
 * requirements.txt of its own
 */
async function readRequirements(
  folder: string,
  { project, tool }: Pyproject,
  setup: SetupConfig,
  inner: readonly string[],
): Promise<readonly string[]> {
  if (project.dependencies !== undefined) return project.dependencies;
  const files = [tool.setuptools.dynamic?.dependencies?.file ?? []].flat();
  if (project.dynamic?.includes("dependencies") && files.length > 0) return readRequirementFiles(folder, files);
  if (tool.poetry.dependencies !== undefined) return poetryRequirements(tool.poetry.dependencies);
  const fromSetup = setup.get("options")?.get("install_requires");
  if (fromSetup?.startsWith("file:"))
    return readRequirementFiles(
      folder,
      fromSetup
        .slice("file:".length)
        .split(",")
        .map((file) => file.trim()),
    );
  if (fromSetup !== undefined) return lines(fromSetup);
  const own = await readRequirementFiles(folder, ["requirements.txt"]);
  return own.length > 0
    ? own
    : await readRequirementFiles(
        folder,
        inner.map((each) => `${each}/requirements.txt`),
      );
}

/** Plain requirement lines; options, paths and addresses of a requirements file are pip's business alone. */
async function readRequirementFiles(folder: string, files: readonly string[]): Promise<string[]> {
  const texts = await Promise.all(
    files.filter((file) => !file.split(/[/\\]/u).includes("..")).map((file) => readText(folder, file)),
  );
  return texts
    .flatMap((text) => (text ?? "").replaceAll(/\\\r?\n/gu, " ").split(/\r?\n/u))
    .map((line) =>
      line
        .replace(/(?:^|\s)#.*$/u, "")
        .replace(/\s--hash=\S+/gu, "")
        .trim(),
    )
    .filter((line) => /^[A-Za-z0-9]/u.test(line) && !line.includes("://"));
}

function configuredRoots({ tool }: Pyproject, setup: SetupConfig): string[] {
  const wheel = tool.hatch.build?.targets?.wheel;
  const configured = [
    tool.setuptools["package-dir"]?.[""],
    ...(tool.setuptools.packages?.find?.where ?? []),
    setup.get("options.packages.find")?.get("where"),
    /^=\s*(.+)$/mu.exec(setup.get("options")?.get("package_dir") ?? "")?.[1],
    ...(tool.poetry.packages ?? []).map(({ from }) => from),
    tool.pdm.build?.["package-dir"],
    tool.flit.module?.["package-dir"],
    ...(tool.hatch.build?.sources ?? []),
    ...(wheel?.sources ?? []),
    ...(wheel?.packages ?? []).map((path) => path.slice(0, Math.max(0, path.lastIndexOf("/")))),
  ];
  return [...new Set(configured.flatMap((root) => (root === undefined ? [] : [cleanRoot(root)])))]
    .filter((root) => root !== null)
    .toSorted();
}

/**
 * `src` where it holds code and is no package itself; else the folders that the code's own imports name, and the top.
 */
async function findImportRoots(folder: string, { inner, importsSrc, holdsCode }: ImportFolders): Promise<string[]> {
  const hasSource = !importsSrc && holdsCode("src") && (await isSourceFolder(folder));
  return hasSource ? [...new Set(["src", ...inner])] : [...inner, ""];
}

async function isSourceFolder(folder: string): Promise<boolean> {
  const { files, folders } = await namesIn(folder, "src");
  if (files.includes("__init__.py")) return false;
  return files.some((name) => name.endsWith(".py")) || folders.some((name) => /^[A-Za-z_]\w*$/u.test(name));
}

/** A folder inside the source, as POSIX without `./` and the last slash; null where it leads outside. */
function cleanRoot(root: string): string | null {
  const parts = root
    .trim()
    .split(/[/\\]/u)
    .filter((part) => part !== "" && part !== ".");
  return parts.includes("..") || /^(?:\/|[A-Za-z]:)/u.test(root) ? null : parts.join("/");
}

function lines(text: string | undefined): string[] {
  return (text ?? "")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}
