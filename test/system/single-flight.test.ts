import { describe, expect, it } from "vitest";
import { SingleFlight } from "../../pipeline/system/single-flight.js";

describe("a single flight", () => {
  it("computes once for all who ask while it is in flight, and anew for who asks later", async () => {
    const flights = new SingleFlight();
    const work = computation();
    const first = flights.ask("key", work.compute);
    const second = flights.ask("key", work.compute);
    await work.begun;
    work.finish(1);
    expect(await Promise.all([first, second])).toEqual([
      { value: 1, shared: false },
      { value: 1, shared: true },
    ]);
    expect(work.count()).toBe(1);

    const other = flights.ask("key", async () => 2);
    expect(await other).toEqual({ value: 2, shared: false });
  });

  it("keeps keys apart", async () => {
    const flights = new SingleFlight();
    const answers = await Promise.all(["a", "b"].map((key) => flights.ask(key, async () => key)));
    expect(answers.map(({ value }) => value)).toEqual(["a", "b"]);
  });

  it("gives a failure to all who wait for it, and does not keep it", async () => {
    const flights = new SingleFlight();
    const work = computation();
    const asked = [flights.ask("key", work.compute), flights.ask("key", work.compute)];
    await work.begun;
    work.fail(new Error("broken"));
    for (const each of asked) await expect(each).rejects.toThrow("broken");
    expect(await flights.ask("key", async () => 1)).toEqual({ value: 1, shared: false });
  });

  it.each([
    ["the one who began", 0],
    ["one who came later", 1],
  ])("lets %s leave at once, and the others keep their answer", async (_who, leaver) => {
    const flights = new SingleFlight();
    const work = computation();
    const stops = [new AbortController(), new AbortController()];
    const asked = stops.map(({ signal }) => flights.ask("key", work.compute, signal));
    await work.begun;
    stops[leaver]?.abort();
    await expect(asked[leaver]).rejects.toMatchObject({ code: "interrupted" });
    expect(work.stopped()).toBe(false);
    work.finish(1);
    expect(await asked[1 - leaver]).toMatchObject({ value: 1 });
  });

  it("stops the computation when the last one leaves, who waits for its end", async () => {
    const flights = new SingleFlight();
    const work = computation();
    const stops = [new AbortController(), new AbortController()];
    const [first, last] = stops.map(({ signal }) => flights.ask("key", work.compute, signal));
    await work.begun;
    stops[0]?.abort();
    await expect(first).rejects.toMatchObject({ code: "interrupted" });
    stops[1]?.abort();
    expect(work.stopped()).toBe(true);

    // Who comes now waits for the end of what is being stopped, and has it computed again.
    const next = flights.ask("key", async () => 2);
    let settled = false;
    void last?.catch(() => {
      settled = true;
    });
    await new Promise(setImmediate);
    expect(settled).toBe(false);
    work.fail(new Error("stopped in the middle"));
    await expect(last).rejects.toMatchObject({ code: "interrupted" });
    expect(await next).toEqual({ value: 2, shared: false });
  });

  it("begins nothing for who has left already", async () => {
    const flights = new SingleFlight();
    const work = computation();
    await expect(flights.ask("key", work.compute, AbortSignal.abort())).rejects.toMatchObject({ code: "interrupted" });
    expect(work.count()).toBe(0);
  });
});

/** A computation that ends when the test says so. */
function computation() {
  let count = 0;
  let signal: AbortSignal | undefined;
  let begin = (): void => undefined;
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  let settle: { resolve: (value: number) => void; reject: (error: Error) => void } | undefined;
  return {
    begun,
    compute: (given: AbortSignal) => {
      count += 1;
      signal = given;
      begin();
      return new Promise<number>((resolve, reject) => {
        settle = { resolve, reject };
      });
    },
    finish: (value: number) => settle?.resolve(value),
    fail: (error: Error) => settle?.reject(error),
    count: () => count,
    stopped: () => signal?.aborted === true,
  };
}
