import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { isRepositoryUrl } from "./sources/location.js";
import { PipelineError } from "./system/errors.js";

/**
 * A source as a user names it outside a pipeline file, where paths begin at the working folder: a reference, an address
 * of git, or a path. Throws a PipelineError (usage) where it is none of these.
 */
export async function sourceReference(text: string, cwd: string): Promise<string> {
  const [, scheme, path = ""] = /^(folder|archive|list):(.*)$/su.exec(text) ?? [];
  if (scheme !== undefined) return `${scheme}:${resolve(cwd, path)}`;
  if (/^(?:pypi|git):/u.test(text)) return text;
  if (isRepositoryUrl(text)) return `git:${text}`;
  const place = resolve(cwd, text);
  const found = await stat(place).catch(() => undefined);
  if (found === undefined)
    throw new PipelineError(`no such folder: ${text}`, {
      code: "usage",
      hint: `name a folder, or a package as pypi:${/^[\w.-]+$/u.test(text) ? text : "NAME"}`,
    });
  if (found.isDirectory()) return `folder:${place}`;
  if (/\.(?:whl|zip)$/u.test(text)) return `archive:${place}`;
  throw new PipelineError(`${text} is no folder`, {
    code: "usage",
    hint: "name the folder that holds the code, or a .whl or .zip",
  });
}

/**
 * A model as a user names it outside a pipeline file: a name of that file, a reference, or the path of a GGUF file,
 * where paths begin at the working folder.
 */
export function modelReference(text: string, cwd: string): string {
  const [, scheme, path = ""] = /^(file|scripted):(.*)$/su.exec(text) ?? [];
  if (scheme !== undefined) return `${scheme}:${resolve(cwd, path)}`;
  return text.endsWith(".gguf") && existsSync(resolve(cwd, text)) ? `file:${resolve(cwd, text)}` : text;
}
