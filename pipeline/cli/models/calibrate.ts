import { nameOf } from "../../contract/model-spec.js";
import type { ServiceContext } from "../../contract/service.js";
import { resolveModel, specifiedBackend } from "../../models/backends.js";
import { forgetful } from "../../models/forgetful.js";
import { calibrate as measureTeams, type MeasuredTeams } from "../../models/llama/calibrate.js";
import { writeCalibration } from "../../models/llama/calibration.js";
import { inferenceThreads } from "../../models/llama/cores.js";
import type { Teams } from "../../models/llama/layout.js";
import type { GgufModel } from "../../models/weights/gguf-model.js";
import { PipelineError } from "../../system/errors.js";
import { createModels } from "../../toolkit.js";
import { interruptible } from "../interrupt.js";
import { withServices } from "../standalone.js";
import { print, printJson } from "../terminal.js";
import { type NamingOptions, specNamed } from "./named.js";

/** Measures how much is best done at once on this machine, and keeps it for runs in which speed goes first. */
export async function calibrate(source: string, options: NamingOptions): Promise<void> {
  const spec = await specNamed(source, options);
  if (specifiedBackend(spec).name !== "llama") {
    throw new PipelineError(`${source} is not run on this machine: there is nothing to measure`, {
      code: "usage",
      hint: "name a model that llama.cpp runs here; a served one is as fast as its server",
    });
  }
  const json = options.json === true;
  const measured = async (signal: AbortSignal) =>
    await withServices(
      `model ${nameOf(spec)}`,
      async (given) => {
        // Its own progress would stand between the lines of the table; and what is remembered is not measured.
        const context = { ...given, emit: () => undefined, memo: forgetful(given) };
        const model = await resolveModel(spec, context);
        await measure(model as GgufModel, context, { source, signal, json });
      },
      { signal },
    );
  await interruptible(measured);
}

async function measure(
  model: GgufModel,
  context: ServiceContext,
  { source, signal, json }: { readonly source: string; readonly signal: AbortSignal; readonly json: boolean },
): Promise<void> {
  const threads = inferenceThreads();
  const open = (teams: Teams) => {
    const models = createModels(context, { models: new Map([[source, model]]), threads, determinism: "fast", teams });
    return { model: models.api(source), close: async () => await models.close() };
  };
  const measured: MeasuredTeams[] = [];
  if (!json) print("processes  threads each  answers at once each  tokens a second");
  for await (const each of measureTeams(model, { threads, signal }, open)) {
    measured.push(each);
    if (!json) print(rowOf(each));
  }
  const best = measured.toSorted((a, b) => b.tokensPerSecond - a.tokensPerSecond)[0];
  if (best === undefined) {
    throw new PipelineError(`memory does not hold ${source}`, {
      code: "model",
      hint: "`pipeline models list` says what each model needs",
    });
  }
  const path = await writeCalibration(model, { cacheDir: context.cacheDir, threads }, best);
  if (json) printJson({ model: source, best, measured, path });
  else print(`\nFastest: ${inWords(best.teams)}. Kept in ${path}`);
}

function rowOf({ teams: { processes, threads, sequences }, tokensPerSecond }: MeasuredTeams): string {
  const cells = [String(processes).padStart(9), String(threads).padStart(12), String(sequences).padStart(20)];
  return `${cells.join("  ")}  ${tokensPerSecond.toFixed(1).padStart(15)}`;
}

function inWords({ processes, threads, sequences }: Teams): string {
  return [
    processes === 1 ? "one process" : `${processes} processes`,
    `of ${threads === 1 ? "one thread" : `${threads} threads`},`,
    sequences === 1 ? "an answer at a time" : `${sequences} answers at once in each`,
  ].join(" ");
}
