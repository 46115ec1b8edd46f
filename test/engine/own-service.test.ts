import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, expect, it } from "vitest";
import type { PipelineEvent } from "../../pipeline/contract/events.js";
import { loadPipeline, plan, run } from "../../pipeline/index.js";
import { installIn } from "../support/installed.js";
import { temporaryFolder } from "../support/pipelines.js";

/** A service of a user's own: it spells numbers, letter by letter, from a list that has editions. */
const spelling = `import { appendFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { defineService } from "distil-pipeline/stage";

export const spelling = defineService({
  name: "spelling",
  place: "driver",
  methods: ["spell", "edition"],
  streams: ["spell"],
  make: ({ context }) => {
    const log = (word) => appendFileSync(join(context.baseDir, "log.txt"), word + "\\n");
    const edition = readFileSync(join(context.baseDir, "edition.txt"), "utf8");
    let atWork = 0;
    let most = 0;
    log("made");
    return {
      api: {
        async spell(number, onLetter) {
          most = Math.max(most, (atWork += 1));
          const text = edition + number;
          for (const letter of text) onLetter(letter);
          await new Promise((resolve) => setImmediate(resolve));
          atWork -= 1;
          return text.length;
        },
        edition: async () => edition,
      },
      capacity: () => 3,
      close: async () => log("closed after " + most + " at once"),
    };
  },
  fingerprint: async ({ api }) => ({ edition: await (await api()).edition() }),
});
`;

const stage = (needs: string) => `import { defineStage, Example, z } from "distil-pipeline/stage";
import { spelling } from "./spelling.mjs";

export default defineStage({
  name: "spell", summary: "Spells numbers", version: 1,
  reads: Example, writes: Example, parallel: "record", partition: 20, needs: [${needs}],
  options: z.strictObject({}),
  async *run(examples, _options, context) {
    const spelt = context.map(examples, async (example) => {
      const heard = [];
      const length = await context.spelling.spell(example.response, (letter) => heard.push(letter));
      return Example.derive(example, { response: heard.join("-") + " " + length });
    });
    yield* spelt;
  },
});
`;

let folder: string;
beforeEach(async () => {
  folder = await temporaryFolder();
  const files = { "spelling.mjs": spelling, "spell.mjs": stage("spelling"), "edition.txt": "n" };
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  const numbers = join(import.meta.dirname, "../support/stages/numbers.mjs");
  const steps = `  - stage: ${numbers}\n    with: { count: 60 }\n  - stage: ./spell.mjs\n`;
  await writeFile(join(folder, "p.yaml"), `name: p\nsteps:\n${steps}`);
  await installIn(folder);
});

async function runAll(): Promise<PipelineEvent[]> {
  const events: PipelineEvent[] = [];
  const pipeline = await loadPipeline("p.yaml", { cwd: folder });
  for await (const event of run(pipeline, { cwd: folder, workers: 2 })) events.push(event);
  return events;
}

async function planned() {
  const { steps } = await plan(await loadPipeline("p.yaml", { cwd: folder }), { cwd: folder });
  const [, spell] = steps;
  return { why: spell?.why, services: spell?.parts.services, records: spell?.manifest?.records.path ?? "" };
}

const log = async () => (await readFile(join(folder, "log.txt"), "utf8")).trim().split("\n");

it("is one a run, is asked for no more at once than it takes, and tells of its work as it goes", async () => {
  await runAll();
  const { records: path } = await planned();
  const records = (await readFile(path, "utf8")).trim().split("\n");
  expect(records.map((line) => (JSON.parse(line) as { response: string }).response)).toEqual(
    Array.from({ length: 60 }, (_, number) => `${`n${number}`.split("").join("-")} ${String(number).length + 1}`),
  );
  // Made and ended by the run; the plan after it only asks for its fingerprint. Two partitions ask at once.
  const [made, closed] = await log();
  expect(made).toBe("made");
  expect(closed).toMatch(/^closed after [3-6] at once$/u);
});

it("is part of what its step depends on: by its fingerprint, and by its code", async () => {
  await runAll();
  expect(await planned()).toMatchObject({ why: "finished before", services: { spelling: { edition: "n" } } });
  await writeFile(join(folder, "edition.txt"), "m");
  expect((await planned()).why).toBe("spelling.edition changed");
  await writeFile(join(folder, "edition.txt"), "n");
  await writeFile(join(folder, "helper.mjs"), "export const more = 1;\n");
  await writeFile(join(folder, "spelling.mjs"), `import { more } from "./helper.mjs";\n${spelling}more;\n`);
  expect((await planned()).why).toContain("the code of stage spell changed");
});

it("is refused under the name of one that ships, and unless its stage asks for one that there is", async () => {
  await writeFile(join(folder, "spelling.mjs"), spelling.replace('name: "spelling"', 'name: "sandbox"'));
  await expect(planned()).rejects.toMatchObject({ code: "stage", message: 'two services are called "sandbox"' });
  await writeFile(join(folder, "spell2.mjs"), stage('"sandbax"'));
  const text = await readFile(join(folder, "p.yaml"), "utf8");
  await writeFile(join(folder, "p.yaml"), text.replace("spell.mjs", "spell2.mjs"));
  await expect(planned()).rejects.toMatchObject({
    code: "stage",
    message: 'no service is called "sandbax"',
    locations: [{ file: join(folder, "p.yaml"), line: 5 }],
  });
});
