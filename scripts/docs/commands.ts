import type { Command, Option } from "commander";
import { wholeProgram } from "../../pipeline/cli/program.js";
import { tableRow } from "./markdown.js";

/** docs/commands.md: every command with what it takes, as its `--help` says it. */
export async function commandReference(): Promise<string> {
  const program = await wholeProgram();
  const sections = program.commands
    .filter((command) => command.name() !== "help")
    .map((command) => section(command, 2));
  return `${introduction}\n${sections.join("\n")}`;
}

const introduction = `# Commands

What \`pipeline COMMAND --help\` says, on one page. Written by \`npm run docs\` from the code.

Exit codes: 0 done, 1 failed, 2 a mistake in usage or configuration, 75 a budget is used up, 130 interrupted. Every
command takes \`--debug\`, which shows stack traces; \`--json\` makes what is printed readable for programs.
`;

function section(command: Command, level: number): string {
  const lines = [
    `${"#".repeat(level)} pipeline ${pathOf(command)}`,
    "",
    command.description(),
    "",
    "```",
    `pipeline ${pathOf(command)} ${command.usage()}`,
    "```",
    "",
    ...argumentsOf(command),
    ...optionsOf(command),
    ...inner(command, level),
  ];
  return lines.join("\n");
}

function pathOf(command: Command): string {
  const { parent } = command;
  return parent === null || parent.parent === null ? command.name() : `${pathOf(parent)} ${command.name()}`;
}

function argumentsOf(command: Command): string[] {
  const described = command.registeredArguments.filter(({ description }) => description !== "");
  if (described.length === 0) return [];
  const rows = described.map((argument) => tableRow([`\`${argument.name()}\``, argument.description]));
  return ["| argument | |", "|---|---|", ...rows, ""];
}

function optionsOf(command: Command): string[] {
  const shown = command.options.filter(({ hidden, long }) => !hidden && long !== "--debug");
  if (shown.length === 0) return [];
  return ["| option | |", "|---|---|", ...shown.map((option) => tableRow([`\`${option.flags}\``, told(option)])), ""];
}

function told({ description, argChoices, defaultValue }: Option): string {
  const choices = argChoices === undefined ? "" : ` (one of ${argChoices.map((choice) => `\`${choice}\``).join(", ")})`;
  const isTold = defaultValue !== undefined && defaultValue !== false && !/unless told|default/u.test(description);
  const byDefault = isTold && !Array.isArray(defaultValue) ? `; \`${String(defaultValue)}\` unless told` : "";
  return `${description}${choices}${byDefault}`;
}

function inner(command: Command, level: number): string[] {
  return command.commands.filter((child) => child.name() !== "help").map((child) => section(child, level + 1));
}
