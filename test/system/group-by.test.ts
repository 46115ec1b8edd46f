import { expect, it } from "vitest";
import { addTo, groupBy } from "../../pipeline/system/group-by.js";

it("groups stand in the order of their first items, and items in theirs", () => {
  const groups = groupBy(["b1", "a1", "b2", "c1", "a2"], (item) => item.slice(0, 1));
  expect([...groups]).toEqual([
    ["b", ["b1", "b2"]],
    ["a", ["a1", "a2"]],
    ["c", ["c1"]],
  ]);
});

it("a group takes one more item as it is", () => {
  const groups = new Map<number, string[]>();
  addTo(groups, 1, "a");
  const group = groups.get(1);
  addTo(groups, 1, "b");
  expect(groups.get(1)).toBe(group);
  expect(group).toEqual(["a", "b"]);
});
