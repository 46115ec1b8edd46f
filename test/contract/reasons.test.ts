import { describe, expect, it } from "vitest";
import { z } from "zod";
import { type Reason, reason, ReasonCounts } from "../../pipeline/contract/reasons.js";
import { Example } from "../../pipeline/contract/records.js";
import { type Context, defineStage } from "../../pipeline/contract/stage.js";
import { example } from "../support/records.js";
import { runStage } from "../support/run-stage.js";

/** A stage that leaves out what it reads, in the way that a test wants to see. */
function leaving(leave: (record: Example, context: Context) => void) {
  return defineStage({
    name: "leave-out",
    summary: "Leaves out what it reads",
    version: 1,
    reads: Example,
    writes: Example,
    parallel: "record",
    options: z.strictObject({}),
    async *run(examples, _, context) {
      for await (const record of examples) leave(record, context);
      yield* [];
    },
  });
}

describe("a reason", () => {
  it("is kept as a code to group by, a text to read, and what to do", async () => {
    const { dropped, failed } = await runStage(
      leaving((record, context) => {
        if (record.response === "1") context.drop(record, reason("too-long", "512 tokens, at most 400 are wanted"));
        else context.fail(record, reason("environment", "no wheel", "install one"));
      }),
      [example("1"), example("2")],
    );
    expect(dropped).toMatchObject([
      { type: "dropped", code: "too-long", reason: "512 tokens, at most 400 are wanted" },
    ]);
    expect(dropped[0]).not.toHaveProperty("fix");
    expect(failed).toMatchObject([{ type: "failed", code: "environment", reason: "no wheel", fix: "install one" }]);
  });

  const bad: readonly (readonly [string, unknown, string])[] = [
    ["a plain text", "too long", '"too long"'],
    ["a code with blanks", { code: "too long", text: "x" }, '{"code":"too long","text":"x"}'],
    ["a code with a capital", { code: "TooLong", text: "x" }, '{"code":"TooLong","text":"x"}'],
    ["an empty text", { code: "too-long", text: "" }, '{"code":"too-long","text":""}'],
    ["nothing", undefined, "undefined"],
  ];
  describe.each(["drop", "fail", "reject", "refuse"] as const)("given to context.%s", (method) => {
    it.each(bad)("is not %s, and the error says what to write", async (_, given, shown) => {
      const stage = leaving((record, context) => {
        const wrong = given as Reason;
        if (method === "reject") context.reject("a part", record, wrong);
        else if (method === "refuse") context.refuse({ source: "folder:.", path: null }, wrong);
        else context[method](record, wrong);
      });
      await expect(runStage(stage, [example("1")])).rejects.toMatchObject({
        code: "stage",
        message: `stage "leave-out" gives context.${method}() no reason: expected { code, text }, got ${shown}`,
        hint: expect.stringContaining('reason("too-long", ') as string,
      });
    });
  });
});

it("reasons are counted by how something was left out and by code; the example does not depend on their order", () => {
  const told = [
    { type: "dropped", code: "too-long", count: 1, example: "9 tokens" },
    { type: "dropped", code: "too-long", count: 2, example: "512: tokens", fix: "split it" },
    { type: "rejected", code: "too-long", count: 1, example: "7 tokens" },
    { type: "failed", code: "environment", count: 3, example: "no wheel" },
  ] as const;
  const lists = [told, told.toReversed()].map((some) => {
    const counts = new ReasonCounts();
    for (const each of some) counts.add(each);
    return counts.list();
  });
  expect(lists[0]).toEqual([
    { type: "dropped", code: "too-long", count: 3, example: "512: tokens", fix: "split it" },
    { type: "failed", code: "environment", count: 3, example: "no wheel" },
    { type: "rejected", code: "too-long", count: 1, example: "7 tokens" },
  ]);
  expect(lists[1]).toEqual(lists[0]);
});
