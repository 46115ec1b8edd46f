import { PipelineError } from "../../../pipeline/system/errors.js";
import type { Source } from "../../../pipeline/contract/kind.js";
import type { Discovery } from "../../../pipeline/contract/discovery.js";
import type { Context, Needed } from "../../../pipeline/contract/stage.js";
import { importableOf, type Importable, leavesOpen } from "./applications.js";
import type { RoutesOfProject } from "./found.js";
import { joined } from "./join.js";
import type { ReadSource } from "./routes-of-source.js";

/** When applications are asked for their routes, and what each import of one may take. */
export interface Asking {
  readonly when: "when-needed" | "always" | "never";
  /** CPU seconds of an import. */
  readonly timeout: number;
  /** MiB. */
  readonly memory: number;
}

/** An application that could not be asked. */
export interface Unanswered {
  readonly application: string;
  readonly reason: string;
  readonly fix: string;
}

type InSandbox = Pick<Context, "remember"> & Needed<"sandbox">;

/** What the text tells of routes, with what the running applications list where the text leaves something open. */
export async function withRunning(
  { files, project, told }: ReadSource,
  asking: Asking,
  context: InSandbox,
): Promise<{ readonly found: RoutesOfProject; readonly unanswered: readonly Unanswered[] }> {
  const source = files.find((file) => file.source !== null)?.source ?? null;
  const importable = asking.when === "never" || source === null ? [] : importableOf(files, told);
  if (source === null || importable.length === 0 || (asking.when === "when-needed" && !leavesOpen(files, told)))
    return { found: told, unanswered: [] };
  const answers = await Promise.all(importable.map(async (each) => await ask(each, source, asking, context)));
  const listed = answers.flatMap((answer) => ("routes" in answer ? [answer] : []));
  const unanswered = answers.flatMap((answer) => ("routes" in answer ? [] : [answer]));
  return { found: joined(told, listed, { project, isComplete: unanswered.length === 0 }), unanswered };
}

/**
 * Under the first of its names that it can be imported by; why not under the first of them, where it can be by none.
 */
async function ask(
  { framework, names }: Importable,
  source: Source,
  { timeout, memory }: Asking,
  context: InSandbox,
): Promise<Extract<Discovery, { type: "listed" }> | Unanswered> {
  const { ref, name, version } = source;
  const failures: Unanswered[] = [];
  for (const application of names) {
    const request = { source: { ref, name, version }, framework, application, timeout, memory };
    const answer = await orReason(async () => {
      const identity = await context.sandbox.identity(request.source);
      return await context.remember(
        { discover: request, identity },
        async () => await context.sandbox.discover(request),
      );
    });
    if (answer.type === "listed") return answer;
    failures.push({ application, reason: answer.reason, fix: answer.fix });
  }
  return failures[0] ?? { application: framework, reason: "it has no name", fix: "" };
}

/** What keeps an application from being asked is no error: the text's routes are left. */
async function orReason(work: () => Promise<Discovery>): Promise<Discovery> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof PipelineError) || (error.code !== "python" && error.code !== "sandbox")) throw error;
    return {
      type: "failed",
      reason: error.message,
      fix: error.hint ?? "name the environment that the application runs in: --python .venv",
    };
  }
}
