import { basename, dirname, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Code, CodeReader } from "../../system/code/code.js";
import type { Step } from "../config/pipeline.js";

/** The code of a stage: its own file and other modules that decide its results, each with what it imports. */
export function stageCode({ url, name }: Step["module"], others: readonly string[], reader: CodeReader): Code {
  const file = fileURLToPath(url);
  const folder = dirname(file);
  return name === null
    ? reader.read([file, ...others], folder)
    : reader.read([fileOf(name, file, reader), ...others], dirname(folder));
}

/**
 * A stage's own file: the list of a library imports a file a stage, which is called as the stage is. The others do not
 * count.
 */
function fileOf(stage: string, list: string, reader: CodeReader): string {
  const own = reader
    .importsOf(list)
    .find((specifier) => /^\.{1,2}\//u.test(specifier) && basename(specifier) === `${stage}.js`);
  return own === undefined ? list : resolve(dirname(list), own);
}

/** The module URL of a file. */
export function moduleUrl(path: string): string {
  return pathToFileURL(path).href;
}
