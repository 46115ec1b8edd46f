import { z } from "zod";
import { leftFiles, type StepManifest } from "../../engine/state/manifest.js";
import type { LeftRecord } from "../../partition/protocol.js";
import { readRecordFiles } from "../../partition/record-file.js";
import { count, counted } from "../../reporters/format.js";
import { table } from "../table.js";

/** Routes that are left out for one reason, or an application that could not be asked for them (count 0). */
export interface LeftRoutes {
  readonly reason: string;
  readonly count: number;
  /** What to do about it; null where nothing helps but another text. */
  readonly fix: string | null;
}

/**
 * What steps that find routes have left out, most frequent first; applications that could not be asked stand at the
 * end.
 */
export async function leftRoutes(manifests: readonly StepManifest[]): Promise<LeftRoutes[]> {
  const found = new Map<string, LeftRoutes>();
  for (const manifest of manifests.filter(({ writes }) => writes === "Target")) {
    for await (const { type, reason, fix = null, part } of readRecordFiles<LeftRecord>(leftFiles(manifest))) {
      const { data } = Part.safeParse(part);
      if (type !== "rejected" || data === undefined) continue;
      const times = "application" in data ? 0 : 1;
      found.set(reason, { reason, fix, count: (found.get(reason)?.count ?? 0) + times });
    }
  }
  return [...found.values()].toSorted((a, b) => b.count - a.count);
}

/** How a step names a route, and an application as a whole. */
const Part = z.union([z.object({ application: z.string() }), z.object({ path: z.string() })]);

/** Most reasons that are listed. */
const mostReasons = 8;

/** The lines that say so: how many routes, why, and what to do about it. None where nothing is left out. */
export function leftRoutesText(left: readonly LeftRoutes[]): string[] {
  const [routes, applications] = [left.filter((each) => each.count > 0), left.filter((each) => each.count === 0)];
  const total = routes.reduce((sum, each) => sum + each.count, 0);
  const rows = routes.slice(0, mostReasons).map((each) => ["", count(each.count), each.reason]);
  return [
    ...(total === 0
      ? []
      : [`${counted(total, "route")} ${total === 1 ? "is" : "are"} left out:`, table(rows, { right: [1] })]),
    ...(routes.length > mostReasons
      ? [`  and ${counted(routes.length - mostReasons, "other reason")}: --json lists them all`]
      : []),
    ...applications.flatMap(({ reason, fix }) => [
      `The application was not asked for its routes: ${reason}`,
      ...(fix === null ? [] : [`  fix  ${fix}`]),
    ]),
  ];
}
