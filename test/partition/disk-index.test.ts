import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { TemporaryIndex } from "../../pipeline/partition/disk-index.js";
import { temporaryFolder } from "../support/pipelines.js";

/** Long enough that a hundred of them are too many for memory. */
const long = "x".repeat(1 << 16);

describe.each([
  ["in memory", (key: string) => key, false],
  ["on disk", (key: string) => `${key}${long}`, true],
])("an index that has its pairs %s", (_, value, isOnDisk) => {
  const keys = Array.from({ length: 100 }, (_each, number) => `k${number}`);

  it("answers what was set last, and claims a key once", async () => {
    const folder = await temporaryFolder();
    const index = new TemporaryIndex(folder);
    for (const key of keys) expect(index.claim(key, value(key))).toBeUndefined();
    expect(readdirSync(folder).length > 0).toBe(isOnDisk);
    expect(keys.map((key) => index.claim(key, "other"))).toEqual(keys.map(value));
    index.set("k7", "changed");
    expect([index.get("k7"), index.get("k8"), index.get("nonsuch"), index.size]).toEqual([
      "changed",
      value("k8"),
      undefined,
      100,
    ]);
    index.close();
    expect(readdirSync(folder)).toEqual([]);
  });

  it("has them in the order of their keys' bytes", async () => {
    const index = new TemporaryIndex(await temporaryFolder());
    const given = ["é", "\u{1F600}", "\uFFFD", "b", "B", "ab", ...keys];
    for (const key of given) index.set(key, value(key));
    const sorted = given.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    expect([...index.entries()]).toEqual(sorted.map((key) => [key, value(key)]));
    index.close();
  });
});
