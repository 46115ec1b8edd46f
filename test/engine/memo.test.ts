import { expect, it, onTestFinished } from "vitest";
import { Store } from "../../pipeline/engine/state/store.js";
import { temporaryFolder } from "../support/pipelines.js";

it("keeps a shared answer though the one who asked first has left, and remembers it", async () => {
  const store = Store.open(await temporaryFolder());
  onTestFinished(() => store.close());
  let finish = (_value: string): void => undefined;
  const compute = () =>
    new Promise<string>((resolve) => {
      finish = resolve;
    });
  const leaving = new AbortController();

  const first = store.memo.remember("key", compute, leaving.signal);
  const second = store.memo.remember("key", compute);
  leaving.abort();
  await expect(first).rejects.toMatchObject({ code: "interrupted" });
  finish("answer");
  expect(await second).toEqual({ value: "answer", remembered: true });
  expect(store.recall("key")).toEqual({ value: "answer" });
});

it("stops a computation that nobody waits for any more, and keeps nothing of it", async () => {
  const store = Store.open(await temporaryFolder());
  onTestFinished(() => store.close());
  const leaving = new AbortController();
  const compute = (signal: AbortSignal) =>
    new Promise<string>((_resolve, reject) => {
      signal.addEventListener("abort", () => reject(new Error("stopped")));
    });
  const asked = store.memo.remember("key", compute, leaving.signal);
  leaving.abort();
  await expect(asked).rejects.toMatchObject({ code: "interrupted" });
  expect(store.recall("key")).toBeNull();
});
