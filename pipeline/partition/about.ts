import type { AnyRecord } from "../contract/kind.js";

/** A record as a user knows it: shop/prices.py: total, or shop/prices.py:12, or what it came from. */
export function aboutRecord(record: AnyRecord): string {
  const { id, kind, source } = record;
  const { qualifiedName, name, path } = record as { qualifiedName?: unknown; name?: unknown; path?: unknown };
  const place = [source?.path, path].find((each): each is string => typeof each === "string");
  const called = [qualifiedName, name].find((each): each is string => typeof each === "string");
  if (place !== undefined && called !== undefined) return `${place}: ${called}`;
  if (place !== undefined) return source?.lines === undefined ? place : `${place}:${source.lines[0]}`;
  return called ?? `${kind} ${id.slice(0, 12)}${source === null ? "" : ` of ${source.name}`}`;
}
