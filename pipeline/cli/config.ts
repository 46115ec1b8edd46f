import type { Command } from "commander";
import { readCatalogue } from "../engine/config/catalogue.js";
import type { Pipeline } from "../engine/config/pipeline.js";
import { pipelineJsonSchema } from "../engine/config/schema.js";
import { configText, configValues } from "./config-text.js";
import { type SettingOptions, withSettings } from "./options.js";
import { withFileParameters } from "./parameters.js";
import { readPipeline } from "./planning.js";
import { loadStages } from "../contract/stage.js";
import { stageLibrary } from "../toolkit.js";
import { shortPath } from "../reporters/error.js";
import { print, printJson } from "./terminal.js";

interface Options extends SettingOptions {
  readonly json?: boolean;
}

/** `pipeline config show|validate|schema`: what a pipeline file says, whether it is right, and what it may say. */
export default async function define(command: Command, args: readonly string[]): Promise<Command> {
  const pipelineCommand = async (
    name: string,
    description: string,
    show: (pipeline: Pipeline, options: Options) => void,
  ): Promise<void> => {
    const own = withSettings(
      command
        .command(name)
        .description(description)
        .argument("<pipeline>", "a pipeline file, or the NAME of config/NAME.yaml"),
    ).option("--json", "print JSON");
    const parameters = await withFileParameters(own, args[0] === name ? args.slice(1) : []);
    own.action(async (nameOrFile: string, options: Options) => {
      show(await readPipeline(nameOrFile, { ...options, given: await parameters.given() }), options);
    });
  };

  await pipelineCommand(
    "show",
    "Show a pipeline with every default filled in, and where each value comes from.",
    (pipeline, { json }) => (json === true ? printJson(configValues(pipeline)) : print(configText(pipeline))),
  );
  await pipelineCommand(
    "validate",
    "Check a pipeline file; show each mistake where it stands.",
    ({ file, steps }, { json }) => {
      const ids = steps.map(({ id }) => id);
      if (json === true) printJson({ valid: true, file, steps: ids });
      else print(`${shortPath(file, process.cwd())} is valid: ${ids.join(" → ")}`);
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
        pipelineJsonSchema(
          await loadStages(stageLibrary.stages),
          Object.keys(await readCatalogue(process.cwd(), process.cwd())),
        ),
      ),
    );
  return command;
}
