import { copyFile, mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { z } from "zod";
import { PipelineError } from "../../pipeline/system/errors.js";
import { hashFile } from "../../pipeline/system/hash.js";
import { reason } from "../../pipeline/contract/reasons.js";
import { Artifact, Conversation } from "../../pipeline/contract/records.js";
import { modelRef, promptRef } from "../../pipeline/contract/reference.js";
import { type Context, defineStage, type Input } from "../../pipeline/contract/stage.js";
import { copyLicences } from "../dataset/lib/card/licences.js";
import { Tally } from "../dataset/lib/card/tally.js";
import { type CardFacts, modelCard } from "./model-card/card.js";
import type { Report } from "./lib/figures/figures.js";

/**
 * A folder that can be published as it is: `NAME/` with the GGUF files, README.md (the model card: how to use it, what
 * it was trained on, how it does), and the licence of every source of a row that it was trained on.
 */
export default defineStage({
  name: "model-card",
  summary: "Puts a trained model's GGUF files, its card and the licences of its training rows into one folder",
  version: 1,
  reads: { models: Artifact, rows: Conversation, report: Artifact },
  writes: Artifact,
  parallel: "whole",
  leaves: ({ name }) => [`${name}/README.md`],
  needs: ["model", "pipeline"],
  options: z.strictObject({
    name: z
      .string()
      .regex(/^[\w][\w.-]*$/u, "letters, digits, _ . and -, for it names a folder")
      .default("student")
      .describe("Name of the folder, and title of the card"),
    base: modelRef().describe("The model that it was trained on"),
    contestant: z.string().min(1).default("student").describe("The model's name in the report"),
    prompt: promptRef().default("prompts/student.yaml").describe("How the model is asked: the card shows it"),
    notes: z
      .array(z.string().min(1))
      .default([])
      .describe("What a user has to know beside that: sentences of the card"),
  }),

  async *run({ models, rows, report }, { name, base, contestant, prompt, notes }, context) {
    const folder = join(context.outputDir, name);
    await mkdir(folder, { recursive: true });
    const copied = await copyModels(models, folder, context);
    const tally = await tallyOf(rows, context);
    const licences = await copyLicences(tally.sources(), {
      outputDir: folder,
      sourceTree: async (source) => await context.sourceTree(source),
    });
    const { name: baseName, licence, chatFormat } = await context.model(base).info();
    const facts: CardFacts = {
      name,
      contestant,
      notes,
      tally,
      licences,
      pipeline: context.pipeline,
      prompt: context.prompt(prompt),
      base: { name: baseName, licence, chatFormat },
      models: copied,
      report: await readReport(report, context),
    };
    await writeFile(join(folder, "README.md"), modelCard(facts));
    for (const path of ["README.md", ...copied.map(({ file }) => file), ...licences.map(({ path: own }) => own)]) {
      const file = join(folder, path);
      yield Artifact.make(
        {
          type: path === "README.md" ? "model-card" : "model-file",
          path: `${name}/${path}`,
          sha256: await hashFile(file),
          bytes: (await stat(file)).size,
          facts: {},
        },
        { source: null, from: [] },
      );
    }
  },
});

type Copied = CardFacts["models"][number];

async function copyModels(
  models: Input<Artifact>,
  folder: string,
  context: Pick<Context, "artifact" | "drop" | "use">,
): Promise<Copied[]> {
  const copied: Copied[] = [];
  for await (const model of models) {
    if (model.type !== "gguf") {
      context.drop(model, reason("no-gguf", `no GGUF file: ${model.type}`));
      continue;
    }
    context.use(model);
    const file = basename(model.path);
    if (copied.some((other) => other.file === file)) {
      throw new PipelineError(`two models are called ${file}: a card is of one model`, {
        code: "config",
        hint: "wire `models` to one step that makes it",
      });
    }
    await copyFile(await context.artifact(model), join(folder, file));
    copied.push({ file, bytes: model.bytes, sha256: model.sha256, facts: model.facts });
  }
  if (copied.length > 0) return copied;
  throw new PipelineError("there is no GGUF file to put into a folder", {
    code: "config",
    hint: "wire the input `models` to a `convert` step",
  });
}

/** Of the rows that were trained on, or of all where there is no split. */
async function tallyOf(rows: Input<Conversation>, context: Pick<Context, "index" | "evidence">): Promise<Tally> {
  const tally = new Tally(context);
  for await (const row of rows) if (row.split === null || row.split === "train") tally.note(row);
  return tally;
}

async function readReport(artifacts: Input<Artifact>, context: Pick<Context, "artifact">): Promise<Report> {
  for await (const artifact of artifacts) {
    if (artifact.path.endsWith("report.json"))
      return JSON.parse(await readFile(await context.artifact(artifact), "utf8")) as Report;
  }
  throw new PipelineError("there is no report.json to take figures from", {
    code: "config",
    hint: "wire the input `report` to a `report` step",
  });
}
