import { isAbsolute, join, relative, sep } from "node:path";

/** Folders that every machine of a run has, each at a place of its own. */
const rootNames = ["state", "cache", "package", "project"] as const;
/** Name of a folder that every machine of a run has, if not at the same place. */
export type RootName = (typeof rootNames)[number];

/**
 * Where they are on one machine, absolute: `state` is the project's `.pipeline`, which all machines share; `cache` the
 * user's cache; `package` this toolkit; `project` the folder of the pipeline file.
 */
export type Roots = Readonly<Record<RootName, string>>;

/** Stands before a path below no root: it has to be the same on every machine. */
const elsewhere = "machine";

/**
 * A path of this machine as every machine can read it: `state:steps/x/part-00000.jsonl`, by the innermost root that
 * holds it.
 */
export function toRooted(path: string, roots: Roots): string {
  const places = rootNames.flatMap((name) => {
    const inside = relative(roots[name], path);
    return inside === ".." || inside.startsWith(`..${sep}`) || isAbsolute(inside) ? [] : [{ name, inside }];
  });
  const [innermost] = places.toSorted((one, other) => one.inside.length - other.inside.length);
  return innermost === undefined
    ? `${elsewhere}:${path}`
    : `${innermost.name}:${innermost.inside.split(sep).join("/")}`;
}

/** The path on this machine that a rooted one stands for. */
export function fromRooted(rooted: string, roots: Roots): string {
  const [, name = "", inside = ""] = /^([a-z]+):(.*)$/su.exec(rooted) ?? [];
  if (name === elsewhere) return inside;
  const root = rootNames.find((each) => each === name);
  if (root === undefined) throw new Error(`"${rooted}" begins with none of ${rootNames.join(", ")}`);
  return join(roots[root], inside);
}
