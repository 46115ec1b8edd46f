import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { openPromise } from "yauzl";
import { sha256 } from "../../../pipeline/system/hash.js";
import { packageRoot } from "../../../pipeline/system/paths.js";
import { languageTable } from "../../../stages/read/lib/languages.js";

/** A file that people wrote. */
export interface GivenFile {
  readonly path: string;
  readonly text: string;
}

/** Characters: longer ones say little more, and take long. */
const longest = 60_000;

/**
 * Files of a language as they are installed here, as many as are wanted, chosen by the hash of their paths: of a folder
 * that is named, or else of what comes with the language's tools.
 */
export async function filesOf(language: string, folder: string | null, count: number): Promise<GivenFile[]> {
  const paths = folder === null ? await standardFiles(language) : await below(folder, suffixesOf(language));
  const chosen = paths.toSorted((a, b) => (sha256(a) < sha256(b) ? -1 : 1));
  const files: GivenFile[] = [];
  for (const path of chosen) {
    if (files.length === count) break;
    const text = path.includes("src.zip!") ? await zipped(path) : await readFile(path, "utf8").catch(() => "");
    // Python's installers write scripts that the shell begins and Python ends.
    if (language === "shell" && !/^#!.*\/(?:env )?(?:ba)?sh\b.*\n(?!'''|"exec")/u.test(text)) continue;
    if (text.trim() !== "" && text.length <= longest && !text.includes("\uFFFD")) files.push({ path, text });
  }
  return files;
}

function suffixesOf(language: string): readonly string[] {
  return languageTable[language as keyof typeof languageTable].suffixes;
}

async function standardFiles(language: string): Promise<string[]> {
  switch (language) {
    case "python":
      return (
        await below(await said("python3", "-c", "import os; print(os.path.dirname(os.__file__))"), [".py"])
      ).filter(
        // Tests of the parser are wrong on purpose, and so are those of the converter from Python 2.
        (path) => !/\/(?:test|tests|lib2to3|site-packages)\//u.test(path),
      );
    case "javascript":
      return await below(join(dirname(await said("npm", "root", "-g")), "node_modules"), [".js"]);
    case "typescript":
      return (await below(join(packageRoot, "node_modules"), [".ts"])).filter((path) =>
        /\/src\/.*[^d]\.ts$/u.test(path),
      );
    case "go":
      return (await below(join(await said("go", "env", "GOROOT"), "src"), [".go"])).filter(
        (path) => !path.includes("/testdata/"),
      );
    case "java":
      return await entriesOf(
        await said("sh", "-c", "ls -d /usr/lib/jvm/*/lib/src.zip | xargs -n1 realpath -e | head -n1"),
      );
    case "c":
      // Those that stand in the first folders are there to be included by themselves.
      return await below("/usr/include", [".h"], (path) =>
        /^\/usr\/include(?:\/[^/]*-gnu\/sys|\/linux|\/GL|\/X11)?\/[^/]+$/u.test(path),
      );
    case "cpp":
      return await below("/usr/include/c++", [""], (path) =>
        /^\/usr\/include\/c\+\+\/\d+(?:\/(?:experimental|ext|tr1))?\/[^/]+$/u.test(path),
      );
    case "shell":
      return await shellScripts();
    default:
      return [];
  }
}

/** What bash is started for by its first line. */
async function shellScripts(): Promise<string[]> {
  const folders = ["/usr/bin", "/etc", "/usr/lib", "/usr/share", "/usr/sbin"];
  const { stdout } = await execa("grep", ["-rIlE", "--max-count=1", "^#!.*/(env )?(ba)?sh\\b", ...folders], {
    reject: false,
  });
  return stdout.split("\n").filter((path) => path !== "");
}

async function below(
  folder: string,
  suffixes: readonly string[],
  isWanted: (path: string) => boolean = () => true,
): Promise<string[]> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return names
    .filter((entry) => entry.isFile() && suffixes.some((suffix) => entry.name.endsWith(suffix)))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter(isWanted);
}

async function said(command: string, ...args: string[]): Promise<string> {
  return (await execa(command, args, { reject: false })).stdout.trim();
}

/** What an archive holds, by name. */
const archives = new Map<string, Map<string, () => Promise<string>>>();

async function entriesOf(archive: string): Promise<string[]> {
  const zip = await openPromise(archive, { autoClose: false }).catch(() => null);
  if (zip === null) return [];
  const texts = new Map<string, () => Promise<string>>();
  for await (const entry of zip.eachEntry())
    texts.set(entry.fileName, async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of await zip.openReadStreamPromise(entry)) chunks.push(chunk as Buffer);
      return Buffer.concat(chunks).toString("utf8");
    });
  archives.set(archive, texts);
  return [...texts.keys()].filter((name) => name.endsWith(".java")).map((name) => `${archive}!${name}`);
}

async function zipped(path: string): Promise<string> {
  const [archive = "", name = ""] = path.split("!");
  return (await archives.get(archive)?.get(name)?.()) ?? "";
}
