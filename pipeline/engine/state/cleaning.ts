import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { removeFolder } from "../../system/files/remove-folder.js";
import { sizeOf } from "../../system/files/size.js";
import { unfinishedFolder, unfinishedIn, wasLeft } from "../../system/files/work-folder.js";
import { listResults, removeResult, type StepResult } from "./results.js";
import type { Store } from "./store.js";

/** Something that can go. */
export interface Removable {
  readonly path: string;
  readonly bytes: number;
  readonly remove: () => Promise<void>;
}

/** Results of a step, with the pipelines that have used them. */
export interface RemovableResult extends Removable {
  readonly step: string;
  readonly pipelines: readonly string[];
}

/** What a project's `.pipeline` holds, by whether it can go. */
export interface ProjectState {
  readonly results: readonly RemovableResult[];
  readonly kept: readonly StepResult[];
  /** Work that was begun and left; with `all` also snapshots of sources, and what trainings left. */
  readonly others: readonly Removable[];
}

/**
 * What can go from a project's `.pipeline`: results that the last runs of its pipelines did not use, or with `all`
 * every one. What was remembered (answers of models, verdicts) always stays.
 */
export async function removableState(
  stateDir: string,
  store: Store,
  { all, now }: { readonly all: boolean; readonly now: number },
): Promise<ProjectState> {
  const uses = usesOf(store);
  const found = await listResults(stateDir);
  const goes = (result: StepResult) => all || uses.get(keyOf(result.step, result.fingerprint))?.isLast !== true;
  return {
    results: found.filter(goes).map(({ step, folder, fingerprint, bytes }) => ({
      step,
      path: folder,
      bytes,
      pipelines: uses.get(keyOf(step, fingerprint))?.pipelines ?? [],
      remove: async () => await removeResult(stateDir, folder),
    })),
    kept: found.filter((result) => !goes(result)),
    others: [
      ...(await leftIn(join(stateDir, "sources"), now)),
      ...(await leftIn(join(stateDir, "training/finished"), now)),
      ...(all ? await wholeFolders(stateDir, ["sources", "training", "conversion"]) : []),
    ],
  };
}

/** Work below the folder of finished ones that was begun, and left. */
export async function leftIn(root: string, now: number): Promise<Removable[]> {
  const left = (await unfinishedIn(join(root, unfinishedFolder))).filter((unfinished) => wasLeft(unfinished, now));
  return await Promise.all(
    left.map(async ({ place }) => ({
      path: place,
      bytes: await sizeOf(place),
      remove: async () => await rm(place, { recursive: true, force: true }),
    })),
  );
}

/**
 * Which pipelines used a result, and whether one of them did so in its last run, or in the last that came to its end.
 */
function usesOf(store: Store): ReadonlyMap<string, { readonly pipelines: string[]; isLast: boolean }> {
  const uses = new Map<string, { readonly pipelines: string[]; isLast: boolean }>();
  const seen = new Set<string>();
  for (const { run, pipeline, status } of store.runs(Number.MAX_SAFE_INTEGER)) {
    const steps = store.steps(run);
    if (steps.length === 0) continue;
    const isLast = !seen.has(pipeline) || (status === "done" && !seen.has(`${pipeline} done`));
    seen.add(pipeline);
    if (status === "done") seen.add(`${pipeline} done`);
    for (const { step, fingerprint } of steps) {
      const use = uses.get(keyOf(step, fingerprint)) ?? { pipelines: [], isLast: false };
      if (!use.pipelines.includes(pipeline)) use.pipelines.push(pipeline);
      use.isLast ||= isLast;
      uses.set(keyOf(step, fingerprint), use);
    }
  }
  return uses;
}

function keyOf(step: string, fingerprint: string): string {
  return `${step} ${fingerprint.slice(0, 16)}`;
}

async function wholeFolders(stateDir: string, names: readonly string[]): Promise<Removable[]> {
  const there = new Set(await readdir(stateDir));
  return await Promise.all(
    names
      .filter((name) => there.has(name))
      .map(async (name) => {
        const path = join(stateDir, name);
        return {
          path,
          bytes: await sizeOf(path),
          remove: async () => await removeFolder(path, join(stateDir, "removed")),
        };
      }),
  );
}
