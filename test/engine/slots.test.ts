import { describe, expect, it } from "vitest";
import { Slots } from "../../pipeline/engine/run/slots.js";
import { createStop } from "../../pipeline/system/abort.js";

const { signal } = createStop();

/** Steps that want slots, in this order, and the order in which they are given them as each is given back. */
async function givenTo(slots: number, asking: readonly string[]): Promise<string[]> {
  const shared = new Slots(slots);
  const given: string[] = [];
  const held: (() => void)[] = [];
  const waiting = asking.map(async (step) => {
    const leave = await shared.take(step, signal);
    given.push(step);
    held.push(leave);
  });
  while (given.length < asking.length) {
    await new Promise(setImmediate);
    held.shift()?.();
  }
  await Promise.all(waiting);
  return given;
}

describe("slots that steps share", () => {
  it("go to the step that has fewest, so that none waits for all of another", async () => {
    expect(await givenTo(2, ["generate", "generate", "generate", "generate", "verify", "verify"])).toEqual([
      "generate",
      "generate",
      "verify",
      "generate",
      "verify",
      "generate",
    ]);
  });

  it("go round where there is one for all", async () => {
    expect(await givenTo(1, ["a", "a", "a", "b", "b", "c"])).toEqual(["a", "b", "c", "a", "b", "a"]);
  });

  it("are not waited for by who is stopped", async () => {
    const slots = new Slots(1);
    const leave = await slots.take("a", signal);
    const stop = createStop();
    const waiting = slots.take("b", stop.signal);
    const next = slots.take("c", signal);
    stop.abort();
    await expect(waiting).rejects.toMatchObject({ code: "interrupted" });
    leave();
    (await next)();
    (await slots.take("d", signal))();
  });
});
