import { expect, it } from "vitest";
import { createStop } from "../../pipeline/system/abort.js";
import { FairQueue, Turns } from "../../pipeline/models/turns.js";

const ask = (step: string, partition: number, name: string) => ({ asker: { step, partition }, name });

/** Names in the order in which what waits is taken. */
function taken(queue: FairQueue<ReturnType<typeof ask>>): string[] {
  const names: string[] = [];
  for (let [first] = queue.inTurn; first !== undefined; [first] = queue.inTurn) {
    queue.take(first);
    names.push(first.name);
  }
  return names;
}

it("lets steps take turns, and within a step its partitions", () => {
  const queue = new FairQueue<ReturnType<typeof ask>>();
  for (const name of ["a1", "a2", "a3"]) queue.add(ask("generate", 0, name));
  queue.add(ask("generate", 1, "b1"));
  queue.add(ask("verify", 0, "c1"));
  queue.add(ask("verify", 0, "c2"));
  expect(taken(queue)).toEqual(["a1", "c1", "b1", "c2", "a2", "a3"]);
});

it("gives who leaves the queue no turn, and takes none from the others of the line", () => {
  const queue = new FairQueue<ReturnType<typeof ask>>();
  const leaves = ask("generate", 0, "leaves");
  queue.add(leaves);
  queue.add(ask("generate", 0, "stays"));
  queue.add(ask("verify", 0, "other"));
  queue.take(leaves, { leaves: true });
  expect(taken(queue)).toEqual(["stays", "other"]);
});

/** Work that ends when it is told to; `begun` names what has begun, in order. */
function bench(turns: Turns) {
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const start = (name: string, step: string, signal?: AbortSignal) =>
    turns.take(
      async () => {
        begun.push(name);
        await new Promise<void>((end) => ends.set(name, end));
        return name;
      },
      { asker: { step, partition: 0 }, signal },
    );
  return { begun, start, end: (name: string) => ends.get(name)?.() };
}

it("works on as many requests at once as there are places, and gives each step the next place in turn", async () => {
  const { begun, start, end } = bench(new Turns(() => 2));
  const all = ["one", "two", "three", "four"].map((name) => start(name, "generate"));
  all.push(start("five", "verify"));
  await expect.poll(() => begun).toEqual(["one", "two"]);
  end("one");
  await expect.poll(() => begun).toEqual(["one", "two", "three"]);
  end("two");
  // It came after "four", which waits for its step's next turn.
  await expect.poll(() => begun).toEqual(["one", "two", "three", "five"]);
  end("three");
  await expect.poll(() => begun).toEqual(["one", "two", "three", "five", "four"]);
  for (const name of ["four", "five"]) end(name);
  expect(await Promise.all(all)).toEqual(["one", "two", "three", "four", "five"]);
});

it("lets go at once of what is aborted while it waits, and never begins it", async () => {
  const { begun, start, end } = bench(new Turns(() => 1));
  const stop = createStop();
  const [first, second, third] = [start("one", "a"), start("two", "a", stop.signal), start("three", "a")];
  stop.abort();
  await expect(second).rejects.toMatchObject({ code: "interrupted" });
  await expect(start("never", "a", stop.signal)).rejects.toMatchObject({ code: "interrupted" });
  end("one");
  await first;
  await expect.poll(() => begun).toEqual(["one", "three"]);
  end("three");
  await third;
});

it("gives the place of work that fails to the next", async () => {
  const turns = new Turns(() => 1);
  await expect(turns.take(() => Promise.reject(new Error("broken")))).rejects.toThrow("broken");
  expect(await turns.take(async () => "next")).toBe("next");
});
