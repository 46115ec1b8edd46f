import type { PlanContext } from "../../../pipeline/contract/stage.js";
import type { Sandbox } from "../../../pipeline/contract/sandbox.js";
import { PipelineError } from "../../../pipeline/system/errors.js";
import { suggestion } from "../../../pipeline/system/suggest.js";
import { type CheckerOption, isCommand } from "./checker.js";
import { presetNames, presetOf, runnerOf } from "./presets.js";
import { checkersOf, isNotThere, wantedBy } from "./tools.js";

type Planning = Pick<PlanContext, "complain"> & { readonly sandbox: Sandbox };

/**
 * What decides the verdicts: the checkers of all languages that have any, each with the hash of its tool; null where
 * that is not here. Complains of a checker that the user names and that is not to be had.
 */
export async function planChecks(option: Readonly<Record<string, CheckerOption>>, context: Planning): Promise<unknown> {
  for (const [language, named] of Object.entries(option))
    if (typeof named === "string" && !isCommand(named) && presetOf(named).length === 0)
      context.complain(noPreset(named), ["checkers", language]);
  const languages = [...new Set([...Object.keys(option), ...presetNames])].toSorted();
  return await Promise.all(
    languages.map(async (language) => ({
      language,
      checkers: await planned(language, option, context),
      outputs: runnerOf(language)?.checker ?? null,
    })),
  );
}

async function planned(
  language: string,
  option: Readonly<Record<string, CheckerOption>>,
  { sandbox, complain }: Planning,
): Promise<unknown> {
  const missing: PipelineError[] = [];
  const checkers = checkersOf(language, option);
  const found = await Promise.all(
    checkers.map(async (checker) => {
      try {
        return { ...checker, tool: (await sandbox.findTool(wantedBy(checker), "plan")).hash };
      } catch (error) {
        if (!isNotThere(error)) throw error;
        missing.push(error);
        return { ...checker, tool: null };
      }
    }),
  );
  // What ships may be missing: the stage has an option for that.
  const [first] = missing;
  const isOwn = typeof option[language] === "object" || isCommand(option[language] ?? "");
  if (first !== undefined && isOwn && missing.length === checkers.length)
    complain(
      new PipelineError(first.message, { code: "config", ...(first.hint !== undefined && { hint: first.hint }) }),
      ["checkers", language],
    );
  return found;
}

function noPreset(named: string): PipelineError {
  return new PipelineError(`no checker "${named}" ships, and a command has {file} or {files} in it`, {
    code: "config",
    hint: suggestion(named, presetNames, "What ships:"),
  });
}
