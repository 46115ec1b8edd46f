import { createInterface } from "node:readline/promises";
import type { ModelSpec } from "../../contract/model-spec.js";
import { modelOf } from "../../engine/config/catalogue.js";
import { type CachedFolder, planRemoval, type Removal } from "../../models/weights/removal.js";
import { bytes } from "../../system/byte-size.js";
import { PipelineError } from "../../system/errors.js";
import { removeFolder } from "../../system/files/remove-folder.js";
import { unfinishedFolder } from "../../system/files/work-folder.js";
import { defaultCacheDir } from "../../system/paths.js";
import { dirname, join } from "node:path";
import { namedModels } from "../named-models.js";
import { table } from "../table.js";
import { isInteractive, print, printJson } from "../terminal.js";
import type { NamingOptions } from "./named.js";

interface Options extends NamingOptions {
  readonly yes?: boolean;
  readonly dryRun?: boolean;
}

/** Removes models from the cache, once that was allowed; says what goes, and what stays and why. */
export async function remove(sources: readonly string[], options: Options): Promise<void> {
  const named = await namedModels(options.pipeline);
  const wanted = new Map(sources.map((source): [string, ModelSpec] => [source, modelOf(source, named)]));
  const removal = await planRemoval(wanted, { ...named.catalogue, ...named.models }, defaultCacheDir());
  const isAsked = options.yes !== true && options.dryRun !== true && removal.removed.length > 0;
  if (isAsked) {
    if (options.json === true || !isInteractive(process.stdout) || !process.stdin.isTTY) throw notAllowed(removal);
    print(textOf(removal, "Would free"));
    if (!(await isAllowed())) return print("Nothing was removed.");
  }
  if (options.dryRun !== true)
    for (const { path } of removal.removed) await removeFolder(path, join(dirname(path), unfinishedFolder));
  if (options.json === true)
    return printJson({ ...removal, bytes: sum(removal.removed), dryRun: options.dryRun === true });
  print(
    isAsked
      ? `Freed ${bytes(sum(removal.removed))}.`
      : textOf(removal, options.dryRun === true ? "Would free" : "Freed"),
  );
}

function textOf({ removed, kept }: Removal, freed: string): string {
  const rows = [
    ...removed.map(({ what, bytes: size }) => [freed === "Freed" ? "removed" : "goes", bytes(size), what, ""]),
    ...kept.map(({ what, bytes: size, reason }) => ["kept", bytes(size), what, reason]),
  ];
  return `${table(rows, { right: [1] })}\n${freed} ${bytes(sum(removed))}.`;
}

function notAllowed(removal: Removal): PipelineError {
  return new PipelineError(`removing would free ${bytes(sum(removal.removed))}, and nobody can be asked`, {
    code: "usage",
    hint: "add --yes to remove, or --dry-run to see what would go",
  });
}

async function isAllowed(): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return /^y(?:es)?$/iu.test((await terminal.question("Remove? [y/N] ")).trim());
  } finally {
    terminal.close();
  }
}

function sum(folders: readonly CachedFolder[]): number {
  return folders.reduce((total, { bytes: size }) => total + size, 0);
}
