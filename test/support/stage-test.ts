import { describe, expect, it } from "vitest";
import { z } from "zod";
import { inputKinds, type Stage } from "../../pipeline/contract/stage.js";
import { conversation, example, sourceFile, target } from "./records.js";
import { type Inputs, runStage, type StageResult, type StageSurroundings } from "./run-stage.js";

interface Tools {
  /** Runs the stage; options that are left out take their defaults. */
  readonly run: (inputs: Inputs, options?: object, surroundings?: StageSurroundings) => Promise<StageResult>;
  readonly example: typeof example;
  readonly target: typeof target;
  readonly sourceFile: typeof sourceFile;
  readonly conversation: typeof conversation;
}

interface Contract {
  /** Inputs that the contract suite runs the stage on, and what the stage needs for that. */
  readonly inputs: Inputs;
  readonly options?: object;
  readonly surroundings?: StageSurroundings;
}

/**
 * Tests of one stage, with the suite that every stage has to pass; where its inputs need what a hook makes, `contract`
 * is a function.
 */
export function stageTest(
  stage: Stage,
  tests: (tools: Tools) => void,
  contract: Contract | (() => Contract | Promise<Contract>),
): void {
  const run: Tools["run"] = (inputs, options, surroundings) => runStage(stage, inputs, options, surroundings);
  describe(stage.name, () => {
    tests({ run, example, target, sourceFile, conversation });
    describe("keeps the contract:", () => {
      contractSuite(stage, contract);
    });
  });
}

function contractSuite(stage: Stage, given: Contract | (() => Contract | Promise<Contract>)): void {
  const contract = async () => (typeof given === "function" ? await given() : given);
  const run = async (more: StageSurroundings = {}) => {
    const { inputs, options, surroundings } = await contract();
    return await runStage(stage, inputs, options, { ...surroundings, ...more });
  };

  it("says what it does and documents every option", () => {
    expect(stage.summary).toMatch(/^[A-Z].{10,}[^.]$/u);
    const { properties = {} } = z.toJSONSchema(stage.options, { io: "input", unrepresentable: "any" });
    for (const [name, schema] of Object.entries(properties)) {
      expect(typeof schema === "object" && schema.description, `option ${name}`).toBeTruthy();
    }
  });

  it("refuses an option that it does not have", async () => {
    expect(stage.options.safeParse({ ...(await contract()).options, nonsuch: 1 }).success).toBe(false);
  });

  it("gives the same again, and something", async () => {
    const first = await run();
    expect(await run()).toEqual(first);
    expect(first.kept.length).toBeGreaterThan(0);
  });

  it("goes on where a run before it was stopped, and gives the same", async () => {
    const isSource = inputKinds(stage).size === 0;
    expect(await run(isSource ? { stoppedAfter: 1 } : { stoppedBefore: true })).toEqual(await run());
  });

  it("accounts for every input, once", async () => {
    const { inputs } = await contract();
    const [first] = [...inputKinds(stage).keys()];
    const given = Array.isArray(inputs)
      ? inputs
      : (inputs as Readonly<Record<string, readonly unknown[]>>)[first ?? ""];
    const { counts, kept, dropped, failed, rejected, refused } = await run();
    expect(counts.in).toBe(given?.length ?? 0);
    expect(counts.used + counts.dropped + counts.failed + counts.skipped).toBe(counts.in);
    expect([counts.out, counts.dropped, counts.failed, counts.rejectedParts, counts.refused]).toEqual(
      [kept, dropped, failed, rejected, refused].map(({ length }) => length),
    );
  });

  // What sees everything at once has one partition.
  if (stage.parallel === "whole") return;
  it("gives the same in other partitions", async () => {
    const whole = await run({ partition: 1000 });
    const parts = await run({ partition: 1 });
    expect(parts.kept).toEqual(whole.kept);
    expect(parts.counts).toEqual(whole.counts);
    expect(parts.dropped.map(({ record }) => record).toSorted()).toEqual(
      whole.dropped.map(({ record }) => record).toSorted(),
    );
  });
}
