import { dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { PipelineError } from "../system/errors.js";
import { writeRevision } from "../system/revision.js";
import { readTextFile } from "../system/text-file.js";
import { isRepositoryUrl, parseSourceRef } from "./location.js";

/**
 * The source references in a list file: one a line, or the plain address of a repository; `#` begins a comment.
 * Paths in it are relative to the list file, and are answered relative to `baseDir`.
 */
export async function readSourceList(path: string, baseDir: string): Promise<string[]> {
  const file = resolve(baseDir, path);
  const text = await readList(file, path);
  const refs = text.split(/\r?\n/u).flatMap((line, index) => {
    const written = line.replace(/(?:^|\s)#.*$/u, "").trim();
    if (written === "") return [];
    try {
      return [fromBase(isRepositoryUrl(written) ? `git:${written}` : written, dirname(file), baseDir)];
    } catch (error) {
      if (!(error instanceof PipelineError)) throw error;
      const location = { file, line: index + 1, column: line.indexOf(written) + 1, length: written.length };
      throw new PipelineError(error.message, {
        code: error.code,
        locations: [location],
        cause: error,
        ...(error.hint !== undefined && { hint: error.hint }),
      });
    }
  });
  if (refs.length > 0) return [...new Set(refs)];
  throw new PipelineError(`the list ${file} names no source`, {
    code: "reference",
    hint: "write one a line: pypi:NAME, folder:PATH, or the address of a git repository",
  });
}

function fromBase(ref: string, folder: string, baseDir: string): string {
  const location = parseSourceRef(ref);
  const moved = (path: string) =>
    isAbsolute(path) ? path : relative(baseDir, join(folder, path)).split(sep).join("/") || ".";
  switch (location.type) {
    case "list":
      throw new PipelineError(`source "${ref}": a list cannot name another list`, {
        code: "reference",
        hint: "write its lines here",
      });
    case "folder":
    case "file":
    case "archive":
      return `${location.type}:${moved(location.path)}`;
    case "git": {
      const url = isRepositoryUrl(location.url) ? location.url : moved(location.url);
      return `git:${url}${location.revision === null ? "" : `@${writeRevision(location.revision)}`}`;
    }
    case "pypi":
      return ref;
  }
}

async function readList(file: string, written: string): Promise<string> {
  try {
    return await readTextFile(file);
  } catch (error) {
    if (error instanceof PipelineError) throw error;
    throw new PipelineError(
      `cannot read the list of sources ${file} (${(error as NodeJS.ErrnoException).code ?? ""})`,
      {
        code: "reference",
        hint: `"list:${written}" is relative to the pipeline file's folder`,
        cause: error,
      },
    );
  }
}
