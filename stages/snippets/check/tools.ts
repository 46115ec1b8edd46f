import type { WantedTool } from "../../../pipeline/contract/checker.js";
import type { Sandbox } from "../../../pipeline/contract/sandbox.js";
import { PipelineError } from "../../../pipeline/system/errors.js";
import { type Checker, type CheckerOption, isCommand, toChecker } from "./checker.js";
import type { Installed } from "./installed.js";
import { presetNames, presetOf } from "./presets.js";

/** A checker that is here, with what tells its answers from another's. */
export interface Tool extends Installed {
  /** SHA-256 of what it is. */
  readonly hash: string;
  /** What it says of its version, in one line. */
  readonly version: string;
}

/** What is known of the checkers of a language. */
export interface Tools {
  /** Those that are to be had here, best first. */
  readonly here: readonly Tool[];
  /** What to do to have one. */
  readonly fix: string;
}

/** The checkers of a language, found by this sandbox where they are not known yet. */
export type ToolsOf = (language: string, sandbox: Sandbox) => Promise<Tools>;

/** Finds the checkers of languages, each once. */
export function toolsOf(option: Readonly<Record<string, CheckerOption>>): ToolsOf {
  const known = new Map<string, Promise<Tools>>();
  return async (language, sandbox) => {
    const finding = known.get(language) ?? find(checkersOf(language, option), sandbox);
    known.set(language, finding);
    // Who asks next may have more luck.
    finding.catch(() => known.delete(language));
    return await finding;
  };
}

/** The checkers of a language as the option names them, or as they ship. */
export function checkersOf(language: string, option: Readonly<Record<string, CheckerOption>>): readonly Checker[] {
  const named = option[language];
  if (named === undefined) return presetOf(language);
  if (typeof named === "string") return isCommand(named) ? [toChecker({ command: named })] : presetOf(named);
  return (Array.isArray(named) ? named : [named]).map(toChecker);
}

/** The tool that a checker wants, as the sandbox finds it. */
export function wantedBy({ command, readable, environment, sockets, wheel }: Checker): WantedTool {
  return { command, readable, environment, sockets, ...(wheel !== undefined && { wheel }) };
}

/** The tools of all checkers that ship, by their languages. */
export function toolsThatShip(): readonly { readonly for: string; readonly tool: WantedTool }[] {
  return presetNames.flatMap((language) =>
    presetOf(language).map((checker) => ({ for: language, tool: wantedBy(checker) })),
  );
}

async function find(checkers: readonly Checker[], sandbox: Sandbox): Promise<Tools> {
  const here: Tool[] = [];
  let fix: string | undefined;
  for (const checker of checkers) {
    try {
      here.push(await toolOf(checker, sandbox));
    } catch (error) {
      if (!isNotThere(error)) throw error;
      fix ??= `${error.message}: ${error.hint ?? "install it"}`;
    }
  }
  return { here, fix: fix ?? "name one under `checkers`" };
}

/** A checker with its tool. Throws a PipelineError where that is not here. */
export async function toolOf(checker: Checker, sandbox: Sandbox): Promise<Tool> {
  const { tool, hash } = await sandbox.findTool(wantedBy(checker), "run");
  return { checker, tool, hash, version: await versionOf(checker, sandbox) };
}

/** Whether a tool cannot be had here, as its error tells. */
export function isNotThere(error: unknown): error is PipelineError {
  return error instanceof PipelineError && ["sandbox", "download", "python", "source"].includes(error.code);
}

async function versionOf({ version, readable, environment }: Checker, sandbox: Sandbox): Promise<string> {
  if (/^\d/u.test(version)) return version;
  const [command = "", ...args] = version.split(/\s+/u);
  const { tool } = await sandbox.findTool({ command, readable, environment }, "run");
  const { version: said } = await sandbox.checker({ ...tool, version: args });
  return said.split("\n")[0] ?? said;
}
