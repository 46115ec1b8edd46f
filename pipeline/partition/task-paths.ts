import { fileURLToPath, pathToFileURL } from "node:url";
import { fromRooted, type Roots, toRooted } from "../system/roots.js";
import type { PartitionTask } from "./protocol.js";
import type { PartitionReceipt } from "./receipt.js";

/** A task as it goes to another machine: its paths name a root, `package:dist/stages/index.js`. */
export function rootedTask(task: PartitionTask, roots: Roots): PartitionTask {
  const toRoot = (path: string): string => toRooted(path, roots);
  return mapTask(task, toRoot, (url) => toRoot(fileURLToPath(url)));
}

/** A task that came from another machine, with the paths of this one. */
export function placedTask(task: PartitionTask, roots: Roots): PartitionTask {
  const place = (path: string): string => fromRooted(path, roots);
  return mapTask(task, place, (url) => pathToFileURL(place(url)).href);
}

/** A receipt as it goes to another machine. */
export function rootedReceipt(receipt: PartitionReceipt, roots: Roots): PartitionReceipt {
  return mapReceipt(receipt, (path) => toRooted(path, roots));
}

/** A receipt that came from another machine, with the paths of this one. */
export function placedReceipt(receipt: PartitionReceipt, roots: Roots): PartitionReceipt {
  return mapReceipt(receipt, (path) => fromRooted(path, roots));
}

type MapPath = (path: string) => string;

function mapTask(task: PartitionTask, map: MapPath, mapUrl: MapPath): PartitionTask {
  const mapModule = (module: PartitionTask["module"]) => ({ ...module, url: mapUrl(module.url) });
  const slice = <S extends { readonly path: string }>(each: S): S => ({ ...each, path: map(each.path) });
  return {
    ...task,
    module: mapModule(task.module),
    evidence: task.evidence.map(mapModule),
    inputs: task.inputs.map(([name, slices]) => [name, slices.map(slice)] as const),
    earlier:
      task.earlier === null
        ? null
        : { ...task.earlier, output: slice(task.earlier.output), left: slice(task.earlier.left) },
    folder: map(task.folder),
    outputDir: map(task.outputDir),
    files: Object.fromEntries(Object.entries(task.files).map(([name, path]) => [name, map(path)])),
    artifactFolders: task.artifactFolders.map(map),
    run: { ...task.run, work: { ...task.run.work, models: mapPathsIn(task.run.work.models, map) } },
  };
}

function mapReceipt(receipt: PartitionReceipt, map: MapPath): PartitionReceipt {
  const { output, left } = receipt;
  return { ...receipt, output: { ...output, path: map(output.path) }, left: { ...left, path: map(left.path) } };
}

/** Plain data in which every text called `path` is a path. */
function mapPathsIn<T>(value: T, map: MapPath): T {
  if (Array.isArray(value)) return value.map((item: unknown) => mapPathsIn(item, map)) as T;
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, held]: [string, unknown]) => [
    key,
    key === "path" && typeof held === "string" ? map(held) : mapPathsIn(held, map),
  ]);
  return Object.fromEntries(entries) as T;
}
