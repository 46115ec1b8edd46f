import { existsSync } from "node:fs";
import type { Command } from "commander";
import { type ProjectState, removableState } from "../engine/state/cleaning.js";
import { stateDir } from "../engine/config/options.js";
import { RunLock } from "../engine/run/run-lock.js";
import { Store } from "../engine/state/store.js";
import { defaultCacheDir } from "../system/paths.js";
import { shortPath } from "../reporters/error.js";
import { bytes } from "../system/byte-size.js";
import { counted } from "../reporters/format.js";
import { type CacheRoom, oldAfterDays, removableCache } from "./clean-cache.js";
import { table } from "./table.js";
import { print, printJson } from "./terminal.js";

interface Options {
  readonly all?: boolean;
  readonly models?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** `pipeline clean`: frees disk in `.pipeline/` and in the user's cache, and says how much. */
export default function define(command: Command): Command {
  return command
    .description(
      `Free disk: results of steps that no pipeline's last run used, and what was not used for ${oldAfterDays} days ` +
        `in the cache that projects share.`,
    )
    .option(
      "--all",
      "all results of steps, and all of the cache but models; what was remembered (answers of models, verdicts) is " +
        "kept",
    )
    .option("--models", `models of the cache, too: those not used for ${oldAfterDays} days, with --all every one`)
    .option("-n, --dry-run", "say what would go, and remove nothing")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      "\nOutputs in data/ are never touched. Other programs that use the cache should be at rest when --all is given.",
    )
    .action(clean);
}

async function clean({ all = false, models = false, dryRun = false, json = false }: Options): Promise<void> {
  const folder = stateDir({ cwd: process.cwd() });
  const now = Date.now();
  // Nothing is removed from under a run.
  const lock = dryRun || !existsSync(folder) ? null : RunLock.acquire(folder);
  try {
    const state = existsSync(folder)
      ? await withStore(folder, async (store) => await removableState(folder, store, { all, now }))
      : nothing;
    const cache = await removableCache(defaultCacheDir(), { all, models, now });
    const everything = [...state.results, ...state.others, ...cache.flatMap(({ entries }) => entries)];
    if (!dryRun) for (const { remove } of everything) await remove();
    const summary = {
      dryRun,
      bytes: sum(everything),
      results: byStep(state),
      state: { entries: state.others.length, bytes: sum(state.others) },
      cache: cache.map(roomOf),
      kept: sum(state.kept),
    };
    if (json) printJson(summary);
    else print(textOf(summary, folder));
  } finally {
    lock?.release();
  }
}

const nothing: ProjectState = { results: [], kept: [], others: [] };

async function withStore<T>(folder: string, use: (store: Store) => Promise<T>): Promise<T> {
  const store = Store.open(folder);
  try {
    return await use(store);
  } finally {
    store.close();
  }
}

interface Summary {
  readonly dryRun: boolean;
  readonly bytes: number;
  readonly results: readonly {
    readonly step: string;
    readonly pipelines: readonly string[];
    readonly results: number;
    readonly bytes: number;
  }[];
  readonly state: { readonly entries: number; readonly bytes: number };
  readonly cache: readonly {
    readonly what: string;
    readonly entries: number;
    readonly bytes: number;
    readonly kept: CacheRoom["kept"];
  }[];
  readonly kept: number;
}

/** By step, and by the pipelines that used it. */
function byStep({ results }: ProjectState): Summary["results"] {
  const groups = new Map<string, { step: string; pipelines: readonly string[]; results: number; bytes: number }>();
  for (const { step, pipelines, bytes: size } of results) {
    const key = JSON.stringify([step, pipelines]);
    const group = groups.get(key) ?? { step, pipelines, results: 0, bytes: 0 };
    groups.set(key, { ...group, results: group.results + 1, bytes: group.bytes + size });
  }
  return [...groups.values()].toSorted((a, b) => b.bytes - a.bytes);
}

function roomOf({ what, entries, kept }: CacheRoom): Summary["cache"][number] {
  return { what, entries: entries.length, bytes: sum(entries), kept };
}

function textOf({ dryRun, bytes: freed, results, state, cache, kept }: Summary, folder: string): string {
  const rows = (lines: string[][], right: number[]) =>
    lines.length === 0 ? ["  nothing"] : [table(lines, { indent: "  ", right })];
  return [
    `Results of steps  ${shortPath(folder, process.cwd())}`,
    ...rows(
      [
        ...results.map((each) => [
          each.step,
          each.pipelines.join(", ") || "no run that is known",
          counted(each.results, "result"),
          bytes(each.bytes),
        ]),
        ...(state.entries === 0 ? [] : [["other work", "", counted(state.entries, "folder"), bytes(state.bytes)]]),
      ],
      [3],
    ),
    `Cache  ${shortPath(defaultCacheDir(), process.cwd())}`,
    ...rows(
      cache
        .filter(({ entries }) => entries > 0)
        .map(({ what, entries, bytes: size }) => [what, String(entries), bytes(size)]),
      [1, 2],
    ),
    `${dryRun ? "Would free" : "Freed"} ${bytes(freed)}. Kept: ${[
      `${bytes(kept)} of results`,
      ...cache.filter((room) => room.kept.entries > 0).map((room) => `${bytes(room.kept.bytes)} of ${room.what}`),
    ].join(", ")}.`,
  ].join("\n");
}

function sum(sized: readonly { readonly bytes: number }[]): number {
  return sized.reduce((total, { bytes: size }) => total + size, 0);
}
