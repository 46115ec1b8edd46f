import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RunnerPool } from "../../pipeline/sandbox/pool.js";
import type { Runner } from "../../pipeline/sandbox/runner.js";
import type { RunnerConfig } from "../../pipeline/sandbox/runner-config.js";
import { Turnstile } from "../../pipeline/sandbox/turnstile.js";
import { findPython } from "../../pipeline/system/python/interpreter.js";
import { sandboxed } from "./sandboxed.js";

describe("the pool", () => {
  let config: (hashSeed: number) => RunnerConfig;
  const pool = new RunnerPool(1);
  beforeAll(async () => {
    const { interpreter: python, readable } = await findPython();
    config = (hashSeed) => ({
      python,
      backend: "none",
      hashSeed,
      readable,
      paths: [],
      roots: [],
      source: null,
      shown: [],
      probe: true,
    });
  });
  afterAll(() => pool.close());
  const runner = (hashSeed: number) => pool.use(config(hashSeed), async (used): Promise<Runner> => used);

  it("uses a warm runner again", async () => {
    expect(await runner(1)).toBe(await runner(1));
  });

  it("ends the runner that was idle the longest when there are too many", async () => {
    const first = await runner(1);
    const others = [
      await runner(2),
      await runner(3),
      await runner(4),
      await runner(5),
      await runner(6),
      await runner(7),
    ];
    expect(await runner(7)).toBe(others[5]);
    expect(await runner(2)).toBe(others[0]);
    expect(await runner(1)).not.toBe(first);
  });

  it("ends a runner that failed", async () => {
    let failed: Runner | undefined;
    await expect(
      pool.use(config(6), async (used) => {
        failed = used;
        throw new Error("failed");
      }),
    ).rejects.toThrow("failed");
    expect(await runner(6)).not.toBe(failed);
  });
});

it("a sandbox that is closed in the middle of a run ends it, and says so", async () => {
  const box = await sandboxed({ "m.py": "" });
  const closeInTheMiddle = async () => {
    await box.run("def test_a():\n    assert len('a') == 1\n"); // the other one is under way
    await box.close();
  };
  const [outcome] = await Promise.allSettled([
    box.run("def test_a():\n    while True: pass\n", { timeout: 100 }),
    closeInTheMiddle(),
  ]);
  expect(outcome).toMatchObject({ status: "rejected", reason: { code: "interrupted" } });
});

describe("the turnstile", () => {
  it("lets in as many as there are places", async () => {
    const turnstile = new Turnstile(2);
    const order: string[] = [];
    const [leaveA] = await Promise.all([turnstile.enter("with others"), turnstile.enter("with others")]);
    const third = turnstile.enter("with others").then(() => order.push("third is in"));
    order.push("two are in");
    leaveA();
    await third;
    expect(order).toEqual(["two are in", "third is in"]);
  });

  it("lets one be alone, and those behind it wait", async () => {
    const turnstile = new Turnstile(2);
    const order: string[] = [];
    const leave = await turnstile.enter("with others");
    const alone = turnstile.enter("alone").then((leaveAlone) => {
      order.push("alone");
      return leaveAlone();
    });
    const behind = turnstile.enter("with others").then(() => order.push("behind"));
    leave();
    await Promise.all([alone, behind]);
    expect(order).toEqual(["alone", "behind"]);
  });
});
