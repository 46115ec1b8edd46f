import { rmSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Pipeline } from "../../pipeline/engine/config/pipeline.js";
import type { RunHandle } from "../../pipeline/engine/run/handle.js";
import type { ItemFinished, PipelineEvent } from "../../pipeline/contract/events.js";
import { outputFiles, readManifest } from "../../pipeline/engine/state/manifest.js";
import { Store } from "../../pipeline/engine/state/store.js";
import { stepFolder } from "../../pipeline/engine/state/manifest.js";
import { readRecordFiles } from "../../pipeline/partition/record-file.js";
import { pipelineOf, runAll, startOne, temporaryFolder } from "../support/pipelines.js";

const linesOf = async (path: string) => (await readFile(path, "utf8")).split("\n").filter(Boolean);
const published = async (cwd: string) => await readFile(join(cwd, "data/test/numbers.txt"), "utf8");
const oddNumbers = Array.from({ length: 50 }, (_, index) => `${2 * index + 1}\n`).join("");
const numbers = { stage: "numbers", with: { count: 100 } };

/** A pipeline that takes a moment over each of 100 numbers, and notes those that it has worked out. */
async function slowPipeline() {
  const cwd = await temporaryFolder();
  const journal = join(cwd, "journal");
  const steps = [numbers, { stage: "keep-odd", with: { journal, delay: 5 } }, { stage: "write-out" }];
  return { cwd, journal, pipeline: await pipelineOf(cwd, steps) };
}

/** Tells a function of every event; answers all of them when the run has ended. */
async function listen(handle: RunHandle, hear: (event: PipelineEvent) => void = () => undefined) {
  const events: PipelineEvent[] = [];
  for await (const event of handle.events) {
    events.push(event);
    hear(event);
  }
  return events;
}

/** The ids of the numbers, by number. */
async function idsOf(pipeline: Pipeline, cwd: string): Promise<ReadonlyMap<string, string>> {
  await runAll(pipeline, { cwd, until: "numbers" });
  const store = Store.open(join(cwd, ".pipeline"));
  const [run] = store.runs();
  const [row] = store.steps(run?.run ?? "");
  store.close();
  const manifest = await readManifest(stepFolder(join(cwd, ".pipeline"), "numbers", row?.fingerprint ?? ""));
  const ids = new Map<string, string>();
  for await (const { response, id } of readRecordFiles<{ response: string; id: string }>(
    manifest === null ? [] : outputFiles(manifest),
  ))
    ids.set(response, id);
  return ids;
}

const finishedOf = (events: readonly PipelineEvent[]) =>
  events.filter((event): event is ItemFinished => event.type === "item-finished");

describe("items of a step", () => {
  it("are told of where somebody asks for it: what each is, what it came to and why", async () => {
    const { cwd, pipeline } = await slowPipeline();
    const events = await listen(startOne(pipeline, { cwd, items: true }));
    const ofStep = events.filter((event) => "step" in event && event.step === "keep-odd");
    const started = ofStep.filter((event) => event.type === "item-started");
    const finished = finishedOf(ofStep);
    expect(new Set(started.map(({ item }) => item)).size).toBe(100);
    expect(finished.map(({ item }) => item).toSorted()).toEqual(started.map(({ item }) => item).toSorted());
    expect(finished.filter(({ outcome }) => outcome === "passed").length).toBe(50);
    const dropped = finished.filter(({ outcome }) => outcome === "dropped");
    expect(dropped.length).toBe(50);
    expect(dropped[0]).toMatchObject({
      about: expect.stringMatching(/^Example [0-9a-f]{12} of numbers$/u),
      reason: { code: "even", text: expect.stringMatching(/^even: \d+$/u) },
      seconds: expect.any(Number),
    });
    const silent = await slowPipeline();
    const told = await listen(startOne(silent.pipeline, { cwd: silent.cwd }));
    expect(told.filter(({ type }) => type.startsWith("item-"))).toEqual([]);
  });

  it("are left out where the user skips them before they begin, and taken again by the next run", async () => {
    const { cwd, journal, pipeline } = await slowPipeline();
    const ids = await idsOf(pipeline, cwd);
    const handle = startOne(pipeline, { cwd, workers: 1 });
    const skipped = ids.get("99") ?? "";
    const events = await listen(handle, (event) => {
      if (event.type === "step-started" && event.step === "keep-odd") handle.skip(skipped);
    });
    const code = "skipped-by-user";
    expect(finishedOf(events)).toMatchObject([
      { step: "keep-odd", item: skipped, outcome: "skipped", reason: { code } },
    ]);
    const { steps } = await handle.done;
    expect(steps[1]).toMatchObject({ in: 100, out: 49, dropped: 50, failed: 1 });
    expect(steps[1]?.reasons).toContainEqual(expect.objectContaining({ type: "failed", code, count: 1 }));
    expect(await linesOf(journal)).not.toContain("99");
    expect(await published(cwd)).toBe(oddNumbers.replace("99\n", ""));

    const next = await runAll(pipeline, { cwd });
    expect(next.steps[1]).toMatchObject({ in: 100, out: 50, failed: 0 });
    expect(await linesOf(journal)).toHaveLength(100);
    expect(await published(cwd)).toBe(oddNumbers);
  });

  it("are given up where the user skips them while they are worked on", async () => {
    const { cwd, pipeline } = await slowPipeline();
    const handle = startOne(pipeline, { cwd, workers: 1, items: true });
    let skipped = "";
    const events = await listen(handle, (event) => {
      if (event.type !== "item-started" || event.step !== "keep-odd" || skipped !== "") return;
      skipped = event.item;
      handle.skip(skipped);
    });
    expect(finishedOf(events).filter(({ item, step }) => item === skipped && step === "keep-odd")).toMatchObject([
      { outcome: "skipped" },
    ]);
    expect((await handle.done).steps[1]).toMatchObject({ in: 100, failed: 1 });
    expect((await runAll(pipeline, { cwd })).steps[1]).toMatchObject({ in: 100, failed: 0 });
    expect(await published(cwd)).toBe(oddNumbers);
  });

  it("cannot be skipped where no step runs, and a warning tells of one that no step had to do with", async () => {
    const { cwd, pipeline } = await slowPipeline();
    const handle = startOne(pipeline, { cwd });
    expect(() => handle.skip("x")).toThrow(/no step runs that could skip x/u);
    const events = await listen(handle, (event) => {
      if (event.type === "step-started" && event.step === "keep-odd") handle.skip("stranger");
    });
    expect(events).toContainEqual({
      type: "notice",
      level: "warning",
      message: 'nothing to skip: stranger is no input of step "keep-odd", or the step was done with it before',
    });
    expect(await published(cwd)).toBe(oddNumbers);
  });
});

/** Passes numbers on, and fails each 7th while a file exists. */
async function failingPipeline(steering: Partial<Pipeline["steps"][number]>) {
  const cwd = await temporaryFolder();
  const [flag, journal] = [join(cwd, "flag"), join(cwd, "journal")];
  await writeFile(flag, "");
  await writeFile(journal, "");
  const made = await pipelineOf(cwd, [
    numbers,
    { stage: "fail-while", with: { flag, every: 7, journal } },
    { stage: "write-out" },
  ]);
  const steps = made.steps.map((step) => (step.id === "fail-while" ? { ...step, ...steering } : step));
  return { cwd, flag, journal, pipeline: { ...made, steps } };
}

/** What a run gives that nothing disturbs. */
async function undisturbed(): Promise<string> {
  const { cwd, flag, pipeline } = await failingPipeline({});
  await rm(flag);
  await runAll(pipeline, { cwd });
  return await published(cwd);
}

describe("retries", () => {
  it("take what failed again within the run, that alone, and leave what a run without failures leaves", async () => {
    const { cwd, flag, journal, pipeline } = await failingPipeline({ retries: { times: 2, seconds: 0.01 } });
    const handle = startOne(pipeline, { cwd, workers: 1 });
    let tries = 0;
    const events = await listen(handle, (event) => {
      if (event.type !== "retry") return;
      tries += 1;
      expect(event).toMatchObject({
        step: "fail-while",
        of: 2,
        reason: { code: "endpoint-down", text: "flag up: the endpoint is down" },
      });
    });
    expect(tries).toBe(14);
    expect(events.filter((event) => event.type === "retry").map(({ attempt, seconds }) => [attempt, seconds])).toEqual(
      Array.from({ length: 7 }, () => [
        [1, 0.01],
        [2, 0.02],
      ]).flat(),
    );
    expect((await handle.done).steps[1]).toMatchObject({ in: 100, failed: 15 });
    expect(await linesOf(journal)).toHaveLength(100 + 2 * 15);

    const mended = startOne(pipeline, { cwd, workers: 1 });
    await listen(mended, (event) => void (event.type === "retry" && rmSync(flag, { force: true })));
    expect((await mended.done).steps[1]).toMatchObject({ in: 100, failed: 0 });
    expect(await published(cwd)).toBe(await undisturbed());
  });
});

describe("a budget", () => {
  it("of items stops the run after exactly so many, and each further run goes on with as many", async () => {
    const { cwd, flag, journal, pipeline } = await failingPipeline({ budget: { items: 30 } });
    await rm(flag);
    for (const done of [30, 60, 90]) {
      const { error, events } = await runAll(pipeline, { cwd });
      expect(error).toMatchObject({
        code: "budget",
        exitCode: 75,
        message: 'the budget of step "fail-while" is used up: 30 items',
        hint: expect.stringMatching(/^what is finished is kept: run the same command again/u),
      });
      expect(events.at(-1)).toMatchObject({ type: "run-finished", status: "interrupted", error: { code: "budget" } });
      expect(await linesOf(journal)).toHaveLength(done);
    }
    expect((await runAll(pipeline, { cwd })).error).toBeUndefined();
    expect((await linesOf(journal)).map(Number).toSorted((a, b) => a - b)).toEqual([...Array(100).keys()]);
    expect(await published(cwd)).toBe(await undisturbed());
  });

  it("of seconds stops the run, which goes on from there", async () => {
    const { cwd, journal, pipeline } = await slowPipeline();
    const bounded = { ...pipeline, budget: { seconds: 0.001 } };
    const first = await runAll(bounded, { cwd });
    expect(first.error).toMatchObject({
      code: "budget",
      message: expect.stringMatching(/^the budget of the run is used up: 0.001 seconds$/u),
    });
    expect((await runAll({ ...pipeline, budget: { seconds: 1000 } }, { cwd })).error).toBeUndefined();
    expect(await linesOf(journal)).toHaveLength(100);
    expect(await published(cwd)).toBe(oddNumbers);
  });
});
