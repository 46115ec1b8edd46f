import { PipelineError } from "../../../pipeline/system/errors.js";
import { sha256 } from "../../../pipeline/system/hash.js";
import type { Example } from "../../../pipeline/contract/records.js";
import type { Source } from "../../../pipeline/contract/kind.js";

/**
 * What stands in one split as a whole: rows of a table (or the lines of a file), files, packages, or what has one label
 * in common.
 */
export type GroupKind = "row" | "file" | "package" | `label:${string}`;

/**
 * The group that an example belongs to, as 16 hexadecimal digits of a seeded hash: sorted by them, groups stand in an
 * order that is random, yet the same for the same seed, whatever other groups there are.
 */
export function groupKey({ id, source, labels }: Example, group: GroupKind, seed: number): string {
  const label = labelOf(group);
  const value = label === null ? undefined : labels[label];
  // Values of a label are told apart from ids: a label may hold any text.
  const named = label === null ? source && place(source, group, id) : value === undefined ? null : ["label", value];
  return sha256(JSON.stringify([seed, named ?? id])).slice(0, 16);
}

/** The label that groups are made by; null where they are made by place. */
export function labelOf(group: GroupKind): string | null {
  return group.startsWith("label:") ? group.slice("label:".length) : null;
}

/**
 * Throws a PipelineError (config) where groups are made by a label that no example has: a typo must not pass silently.
 */
export function expectLabel(group: GroupKind, known: ReadonlySet<string>): void {
  const label = labelOf(group);
  if (label === null || known.has(label)) return;
  throw new PipelineError(`group: no example has the label "${label}"`, {
    code: "config",
    option: ["group"],
    hint:
      known.size === 0
        ? "no example has a label: group by row, file or package"
        : `the labels are: ${[...known].toSorted().join(", ")}`,
  });
}

/** A source's reference without the version: two releases of a package are one place. */
export function unversioned({ ref, version }: Source): string {
  return ref.endsWith(`@${version}`) ? ref.slice(0, -version.length - 1) : ref;
}

function place(source: Source, group: GroupKind, id: string): unknown[] {
  const { path, row, lines } = source;
  const file = path === undefined ? [unversioned(source)] : [unversioned(source), path];
  if (group === "row") return [...file, row ?? lines ?? id];
  return group === "package" ? [unversioned(source)] : file;
}
