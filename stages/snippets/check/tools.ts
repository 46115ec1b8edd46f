import type { CheckerIdentity } from "../../../pipeline/contract/checker.js";
import type { Sandbox } from "../../../pipeline/contract/sandbox.js";
import { type Checker, type CheckerOption, isCommand, toChecker } from "./checker.js";
import type { Installed } from "./judge.js";
import { presetOf } from "./presets.js";

/** A checker that is here, with what tells its answers from another's. */
export interface Tool extends Installed {
  readonly identity: CheckerIdentity;
}

/** The checkers of a language that are to be had here, best first. */
export type ToolsOf = (language: string) => Promise<readonly Tool[]>;

/** Finds the checkers of languages, each once. */
export function toolsOf(
  option: Readonly<Record<string, CheckerOption>>,
  { sandbox }: { readonly sandbox: Sandbox },
): ToolsOf {
  const known = new Map<string, Promise<readonly Tool[]>>();
  return async (language) => {
    const finding = known.get(language) ?? find(checkersOf(language, option), sandbox);
    known.set(language, finding);
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

async function find(checkers: readonly Checker[], sandbox: Sandbox): Promise<readonly Tool[]> {
  const found = await Promise.all(
    checkers.map(async (checker): Promise<Tool[]> => {
      const { command, version, readable, environment, sockets } = checker;
      const tool = await sandbox.findTool({ command, version, readable, environment, sockets });
      return tool === null ? [] : [{ checker, tool, identity: await sandbox.checker(tool) }];
    }),
  );
  return found.flat();
}
