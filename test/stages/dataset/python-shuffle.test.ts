import { execaSync } from "execa";
import { expect, it } from "vitest";
import { pythonShuffle } from "../../../stages/dataset/split/python-shuffle.js";

const program = `
import json, random, sys
orders = []
for count, seed in json.load(sys.stdin):
    order = list(range(count))
    random.Random(seed).shuffle(order)
    orders.append(order)
print(json.dumps(orders))
`;

it("shuffles as Python's random.Random(seed).shuffle does", () => {
  const seeds = [0, 1, 7, 2025, -2025, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 40 + 5, Number.MAX_SAFE_INTEGER];
  const counts = [0, 1, 2, 3, 31, 32, 33, 624, 1000, 2123, 70_000];
  const asked = counts.flatMap((count) => seeds.map((seed) => [count, seed] as const));
  const { stdout } = execaSync("python3", ["-c", program], { input: JSON.stringify(asked), maxBuffer: 1e8 });
  const orders = JSON.parse(stdout) as number[][];
  for (const [index, [count, seed]] of asked.entries())
    expect([...pythonShuffle(count, seed)], `${count} rows, seed ${seed}`).toEqual(orders[index]);
});
