import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { PipelineError } from "../system/errors.js";
import { isRepositoryUrl } from "../sources/location.js";

/**
 * A source as a user names it on the command line, where paths are relative to the working folder: a reference, an
 * address of git, or a path.
 */
export async function sourceReference(text: string): Promise<string> {
  const [, scheme, path = ""] = /^(folder|archive|list):(.*)$/su.exec(text) ?? [];
  if (scheme !== undefined) return `${scheme}:${resolve(path)}`;
  if (/^(?:pypi|git):/u.test(text)) return text;
  if (isRepositoryUrl(text)) return `git:${text}`;
  const found = await stat(text).catch(() => undefined);
  if (found === undefined)
    throw new PipelineError(`no such folder: ${text}`, {
      code: "usage",
      hint: `name a folder, or a package as pypi:${/^[\w.-]+$/u.test(text) ? text : "NAME"}`,
    });
  if (found.isDirectory()) return `folder:${resolve(text)}`;
  if (/\.(?:whl|zip)$/u.test(text)) return `archive:${resolve(text)}`;
  throw new PipelineError(`${text} is no folder`, {
    code: "usage",
    hint: "name the folder that holds the code, or a .whl or .zip",
  });
}

/**
 * A model as a user names it on the command line: a name of the pipeline file, a reference, or the path of a GGUF file.
 */
export function modelReference(text: string): string {
  const [, scheme, path = ""] = /^(file|scripted):(.*)$/su.exec(text) ?? [];
  if (scheme !== undefined) return `${scheme}:${resolve(path)}`;
  return text.endsWith(".gguf") && existsSync(text) ? `file:${resolve(text)}` : text;
}
