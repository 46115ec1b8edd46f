import { sha256 } from "../../pipeline/hash.js";
import type { Example, Source } from "../../pipeline/records.js";

/**
 * The group that an example belongs to, as 16 hexadecimal digits of a seeded hash: sorted by them, groups stand in an
 * order that is random, yet the same for the same seed, whatever other groups there are.
 */
export function groupKey({ id, source }: Example, group: "file" | "package", seed: number): string {
  return sha256(JSON.stringify([seed, source === null ? id : place(source, group)])).slice(0, 16);
}

/** A source's reference without the version: two releases of a package are one place. */
export function unversioned({ ref, version }: Source): string {
  return ref.endsWith(`@${version}`) ? ref.slice(0, -version.length - 1) : ref;
}

function place(source: Source, group: "file" | "package"): string[] {
  return group === "package" || source.path === undefined ? [unversioned(source)] : [unversioned(source), source.path];
}
