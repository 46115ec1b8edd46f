import type { LocatedYaml, Path } from "./located.js";

/**
 * A file over the one that it leaves the rest to: mappings are joined, anything else of the upper file takes the place
 * of the lower one's.
 */
export function layered(upper: LocatedYaml, lower: LocatedYaml): LocatedYaml {
  // What neither has is missing in the upper one: that is the user's.
  const holder = (path: Path) => (!upper.has(path) && lower.has(path) ? lower : upper);
  return {
    value: joined(upper.value, lower.value),
    locate: (path) => holder(path).locate(path),
    locateKey: (path) => holder(path).locateKey(path),
    has: (path) => upper.has(path) || lower.has(path),
  };
}

function joined(upper: unknown, lower: unknown): unknown {
  if (!isMapping(upper) || !isMapping(lower)) return upper;
  return {
    ...lower,
    ...Object.fromEntries(
      Object.entries(upper).map(([key, value]) => [key, key in lower ? joined(value, lower[key]) : value]),
    ),
  };
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
