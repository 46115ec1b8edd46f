import { isAbsolute, join } from "node:path";
import { access, constants, realpath } from "node:fs/promises";
import type { CheckerIdentity, CheckerTool, CheckResult } from "../contract/checker.js";
import { PipelineError } from "../system/errors.js";
import { hashFile, hashValue } from "../system/hash.js";
import { check } from "./check.js";
import type { CheckerPlace } from "./checker-tool.js";
import { findContainer } from "./container.js";
import { hashRunner } from "./runner-hash.js";

const usualPath = "/usr/local/bin:/usr/bin:/bin";

/**
 * Runs the tool once, for its version. A PipelineError `sandbox` where there is no such tool, or it does not answer.
 */
export async function identify(tool: CheckerTool, place: CheckerPlace): Promise<CheckerIdentity> {
  const file = place.backend === "container" ? null : await commandFile(tool);
  const [answer] = await check(
    { tool, arguments: tool.version ?? ["--version"], files: [{ path: "empty", text: "" }] },
    place,
  );
  if (answer?.type !== "ran" || answer.exitCode === null)
    throw new PipelineError(`the checker ${tool.command} does not tell its version: ${endOf(answer)}`, {
      code: "sandbox",
      hint: "Name the arguments that make it print its version under `version`.",
    });
  return {
    backend: place.backend,
    command: file === null ? (await findContainer()).id : await hashFile(file),
    version: `${answer.stdout.text}${answer.stderr.text}`.trim(),
    environment: hashValue(tool.environment ?? {}),
    runner: await hashRunner(),
  };
}

function endOf(answer: CheckResult | undefined): string {
  if (answer === undefined) return "it was not asked";
  return answer.type === "infra" ? answer.detail : `it was ended (${answer.ended ?? `signal ${answer.signal}`})`;
}

/** The command's own file, without links. */
async function commandFile({ command, environment = {} }: CheckerTool): Promise<string> {
  const folders = (environment["PATH"] ?? usualPath).split(":");
  const places = isAbsolute(command) ? [command] : folders.map((folder) => join(folder, command));
  for (const place of places) {
    const isThere = await access(place, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return await realpath(place);
  }
  throw new PipelineError(`the checker ${command} was not found: looked in ${folders.join(", ")}`, {
    code: "sandbox",
    hint: "Install it, or name its absolute path.",
  });
}
