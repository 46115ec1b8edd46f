import { loadStages } from "../../contract/stage.js";
import { PipelineError } from "../../system/errors.js";
import { defaultCacheDir } from "../../system/paths.js";
import { findTool } from "../../sandbox/tools/find-tool.js";
import { stageLibrary } from "../../toolkit.js";
import type { Finding } from "./finding.js";

/** The tools that stages run on files, by what they are for: those that are here, and how to get the others. */
export async function lookForCheckers(signal: AbortSignal): Promise<Finding> {
  const stages = await loadStages(stageLibrary.stages);
  const here = new Set<string>();
  const missing: string[] = [];
  const context = { baseDir: process.cwd(), cacheDir: defaultCacheDir(), signal };
  for (const { for: language, tool } of stages.flatMap(({ tools }) => tools?.() ?? [])) {
    try {
      await findTool(tool, { purpose: "plan", isContainer: false, context });
      here.add(language);
    } catch (error) {
      if (!(error instanceof PipelineError) || error.code === "interrupted") throw error;
      missing.push(`not ${tool.command} (${language}): ${error.message}; ${error.hint ?? "install it"}`);
    }
  }
  return {
    status: missing.length === 0 ? "ok" : "absent",
    found: `snippets are checked in ${[...here].join(", ")}`,
    details: missing,
    ...(missing.length > 0 && { fix: "install what you want checked; a pipeline says what becomes of the others" }),
  };
}
