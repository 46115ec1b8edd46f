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

/** Tests of one stage, with the suite that every stage has to pass. */
export function stageTest(stage: Stage, tests: (tools: Tools) => void, contract?: Contract): void {
  const run: Tools["run"] = (inputs, options, surroundings) => runStage(stage, inputs, options, surroundings);
  describe(stage.name, () => {
    tests({ run, example, target, sourceFile, conversation });
    describe("keeps the contract:", () => {
      contractSuite(stage, contract);
    });
  });
}

function contractSuite(stage: Stage, contract: Contract | undefined): void {
  it("says what it does and documents every option", () => {
    expect(stage.summary).toMatch(/^[A-Z].{10,}[^.]$/u);
    const { properties = {} } = z.toJSONSchema(stage.options, { io: "input", unrepresentable: "any" });
    for (const [name, schema] of Object.entries(properties)) {
      expect(typeof schema === "object" && schema.description, `option ${name}`).toBeTruthy();
    }
  });

  it("refuses an option that it does not have", () => {
    expect(stage.options.safeParse({ ...contract?.options, nonsuch: 1 }).success).toBe(false);
  });

  if (contract === undefined) return;
  const { inputs, options, surroundings } = contract;

  it("gives the same again", async () => {
    expect(await runStage(stage, inputs, options, surroundings)).toEqual(
      await runStage(stage, inputs, options, surroundings),
    );
  });

  it.runIf(inputKinds(stage).size > 0)("goes on where a run before it was stopped, and gives the same", async () => {
    expect(await runStage(stage, inputs, options, { ...surroundings, stoppedBefore: true })).toEqual(
      await runStage(stage, inputs, options, surroundings),
    );
  });

  it.runIf(stage.parallel === "record")("gives the same in other partitions", async () => {
    const whole = await runStage(stage, inputs, options, { ...surroundings, partition: 1000 });
    const parts = await runStage(stage, inputs, options, { ...surroundings, partition: 1 });
    expect(parts.kept).toEqual(whole.kept);
    expect(parts.dropped.map(({ record }) => record).toSorted()).toEqual(
      whole.dropped.map(({ record }) => record).toSorted(),
    );
  });
}
