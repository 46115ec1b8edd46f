import type { Command } from "commander";
import { readCatalogue } from "../engine/config/catalogue.js";
import { pipelineJsonSchema } from "../engine/config/schema.js";
import { configText, configValues } from "./config-text.js";
import { type SettingOptions, withSettings } from "./options.js";
import { readPipeline } from "./planning.js";
import { stageLibrary } from "../toolkit.js";
import { shortPath } from "../reporters/error.js";
import { print, printJson } from "./terminal.js";

interface Options extends SettingOptions {
  readonly json?: boolean;
}

export default function define(command: Command): Command {
  const pipelineCommand = (name: string, description: string) =>
    withSettings(
      command
        .command(name)
        .description(description)
        .argument("<pipeline>", "a pipeline file, or the NAME of config/NAME.yaml"),
    ).option("--json", "print JSON");

  pipelineCommand("show", "Show a pipeline with every default filled in, and where each value comes from.").action(
    async (nameOrFile: string, options: Options) => {
      const pipeline = await readPipeline(nameOrFile, options);
      if (options.json === true) printJson(configValues(pipeline));
      else print(configText(pipeline));
    },
  );
  pipelineCommand("validate", "Check a pipeline file; show each mistake where it stands.").action(
    async (nameOrFile: string, options: Options) => {
      const { file, steps } = await readPipeline(nameOrFile, options);
      if (options.json === true) printJson({ valid: true, file, steps: steps.map(({ id }) => id) });
      else print(`${shortPath(file, process.cwd())} is valid: ${steps.map(({ id }) => id).join(" → ")}`);
    },
  );
  command
    .command("schema")
    .description("Print the JSON Schema of pipeline files, with the options of each stage, for editors.")
    .addHelpText(
      "after",
      "\nUse it: pipeline config schema > pipeline.schema.json, and as first line of a pipeline file\n  # " +
        "yaml-language-server: $schema=pipeline.schema.json",
    )
    .action(async () =>
      printJson(
        pipelineJsonSchema(stageLibrary.stages, Object.keys(await readCatalogue(process.cwd(), process.cwd()))),
      ),
    );
  return command;
}
