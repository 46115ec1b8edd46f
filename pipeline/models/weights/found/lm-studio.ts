import { existsSync } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, join, relative, sep } from "node:path";
import { z } from "zod";
import { PipelineError } from "../../../system/errors.js";
import { partsOf } from "../../../system/gguf-parts.js";
import type { FoundModel } from "./found-model.js";

const Settings = z.object({ downloadsFolder: z.string().min(1) });

/**
 * Where LM Studio keeps its models, as `PUBLISHER/REPOSITORY/FILE.gguf`: the folder that its settings name, and the
 * usual ones of today and of before 2025.
 */
async function lmStudioFolders(): Promise<string[]> {
  const home = homedir();
  const pointer = await readFile(join(home, ".lmstudio-home-pointer"), "utf8").catch(() => "");
  const homes = [pointer.trim(), join(home, ".lmstudio"), join(home, ".cache", "lm-studio")].filter(Boolean);
  const own = await Promise.all(homes.map(async (each) => await downloadsFolder(join(each, "settings.json"))));
  const folders = [...own.flatMap((folder) => folder ?? []), ...homes.map((each) => join(each, "models"))];
  return [...new Set(folders)].filter((folder) => existsSync(folder));
}

async function downloadsFolder(settings: string): Promise<string | null> {
  try {
    return Settings.parse(JSON.parse(await readFile(settings, "utf8"))).downloadsFolder;
  } catch {
    return null;
  }
}

/** All models that LM Studio has here, those in several parts once. */
export async function listLmStudio(): Promise<FoundModel[]> {
  const found = await Promise.all((await lmStudioFolders()).map(modelsIn));
  const all = found.flat();
  return all.filter((model, index) => all.findIndex(({ source }) => source === model.source) === index);
}

/**
 * The file of a model: PUBLISHER/REPOSITORY/FILE.gguf, or PUBLISHER/REPOSITORY where that has one. Throws a
 * PipelineError (reference) where there is none, or more than one.
 */
export async function findInLmStudio(name: string): Promise<string> {
  const models = await listLmStudio();
  const wanted = `lmstudio:${name}`;
  const found = models.filter(({ source }) => source === wanted || source.startsWith(`${wanted}/`));
  const [first] = found;
  if (first !== undefined && found.length === 1) return first.path;
  const names = (found.length > 0 ? found : models).map(({ source }) => source);
  throw new PipelineError(
    found.length > 1 ? `LM Studio has ${found.length} files of "${name}"` : `LM Studio has no model "${name}"`,
    {
      code: "reference",
      hint:
        names.length === 0
          ? "fetch it there first; models are looked for in ~/.lmstudio/models and where LM Studio's settings say"
          : `name one of these: ${names.slice(0, 12).join(", ")}${names.length > 12 ? ", …" : ""}`,
    },
  );
}

async function modelsIn(folder: string): Promise<FoundModel[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true }).catch(() => []);
  const files = entries.filter((entry) => !entry.isDirectory() && entry.name.endsWith(".gguf"));
  const found = await Promise.all(
    files.map(async (entry) => {
      const path = join(entry.parentPath, entry.name);
      const parts = partsOf(path) ?? [path];
      const source = relative(folder, path).split(sep).join("/");
      // Beside a model that sees lies what sees for it, which is none by itself.
      if (parts[0] !== path || source.split("/").length !== 3 || /^mmproj/iu.test(basename(path))) return null;
      const sizes = await Promise.all(parts.map(async (part) => (await stat(part).catch(() => null))?.size));
      if (sizes.includes(undefined)) return null;
      const bytes = sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0);
      return { tool: "LM Studio" as const, source: `lmstudio:${source}`, path, bytes, sha256: null };
    }),
  );
  return found.filter((model) => model !== null).toSorted((a, b) => (a.source < b.source ? -1 : 1));
}
