import { type Command, InvalidArgumentError } from "commander";
import { modelOf } from "../engine/config/catalogue.js";
import type { ModelSpec } from "../contract/model-spec.js";
import { modelCan, resolveModel } from "../models/backends.js";
import type { ModelService, ServiceContext } from "../contract/service.js";
import { forgetful } from "../models/forgetful.js";
import type { ServedModel } from "../serve/served-model.js";
import { PipelineError } from "../system/errors.js";
import { isLoopback } from "../system/loopback.js";
import { createModels } from "../toolkit.js";
import { interruptible } from "./interrupt.js";
import { namedModels } from "./named-models.js";
import { byteSize } from "./options.js";
import { withServices } from "./standalone.js";
import { print } from "./terminal.js";

interface Options {
  readonly model: readonly string[];
  readonly host: string;
  readonly port: number;
  readonly queue: number;
  readonly memory?: number;
  readonly stdio: boolean;
  readonly origin: readonly string[];
}

/** `pipeline serve`: models of this machine, for OpenAI's clients. */
export default function define(command: Command): Command {
  const more = (value: string, values: readonly string[]): readonly string[] => [...values, value];
  return command
    .argument("[pipeline]", "the pipeline whose models are served; those with short names unless told")
    .option(
      "-m, --model <model>",
      "a model to serve: a name of the pipeline, a short name (pipeline models list), or a source (repeatable)",
      more,
      [],
    )
    .option("--host <host>", "where to listen", "127.0.0.1")
    .option("--port <port>", "0: any that is free", wholeNumber, 8080)
    .option("--queue <number>", "requests that may wait; the others are told when to come again", wholeNumber, 64)
    .option("--memory <size>", "most that models take together; half of this machine's unless told (4GB)", byteSize)
    .option("--stdio", "answer on the standard streams instead, a message a line, and listen nowhere", false)
    .option("--origin <origin>", "a site whose pages may ask from a browser (repeatable)", more, [])
    .addHelpText(
      "after",
      "\nThe key that clients have to show is read from PIPELINE_API_KEY; without one, only this machine is served.\n" +
        "OpenAI's clients take http://HOST:PORT/v1 as their base URL; /openapi.json describes the interface.",
    )
    .action(serve);
}

async function serve(file: string | undefined, options: Options): Promise<void> {
  const key = process.env["PIPELINE_API_KEY"]?.trim() ?? "";
  const isLocal = options.stdio || isLoopback(options.host);
  if (!isLocal && key === "")
    throw new PipelineError(`a server at ${options.host} can be reached from other machines, and there is no key`, {
      code: "usage",
      hint: "export PIPELINE_API_KEY=..., which clients then have to show; or leave --host out",
    });
  const specs = await wantedModels(file, options.model);
  const served = [...specs].map(([name, spec]): ServedModel => ({ name, ref: name, can: modelCan(spec) }));
  const isOpen = options.stdio || key === "";
  const who = { key: isOpen ? null : key, origins: options.origin, isLocal, queue: options.queue };
  const listen = async (signal: AbortSignal): Promise<void> =>
    await withServices(
      "serve",
      async (context) => {
        const models = await openModels(specs, context, options.memory);
        try {
          // Loaded only by who serves.
          const { createServeApp, listenUntil, ServedModels, serveLines } = await import("../serve/index.js");
          const places = (): number => models.capacity();
          const known = new ServedModels(served, models.api, async (ref, inUse) => await models.makeRoom(ref, inUse));
          const app = createServeApp({ models: known, places, holding: () => models.holding(), ...who });
          if (options.stdio) {
            await serveLines(app, { input: process.stdin, output: process.stdout, signal });
            return;
          }
          const onListening = (base: string): void => print(`${[...specs.keys()].join(", ")} at ${base}/v1`);
          await listenUntil(app, { host: options.host, port: options.port, signal, onListening });
        } finally {
          await models.close();
        }
      },
      { signal },
    );
  await interruptible(listen);
}

/** The models to serve, by the names that clients use. Throws a PipelineError (usage) where there are none. */
async function wantedModels(
  file: string | undefined,
  wanted: readonly string[],
): Promise<ReadonlyMap<string, ModelSpec>> {
  const named = await namedModels(file);
  const names = wanted.length > 0 ? wanted : Object.keys(named.models);
  if (names.length > 0) return new Map(names.map((name) => [name, modelOf(name, named)]));
  throw new PipelineError("no model to serve", {
    code: "usage",
    hint: "name one: pipeline serve --model student (pipeline models list shows those with a short name)",
  });
}

async function openModels(
  specs: ReadonlyMap<string, ModelSpec>,
  context: ServiceContext,
  memory: number | undefined,
): Promise<ModelService> {
  const resolving = [...specs].map(async ([name, spec]) => [name, await resolveModel(spec, context)] as const);
  const resolved = new Map(await Promise.all(resolving));
  return createModels(
    { ...context, memo: forgetful(context) },
    { models: resolved, determinism: "fast", ...(memory !== undefined && { memory }) },
  );
}

function wholeNumber(text: string): number {
  if (/^\d+$/u.test(text)) return Number(text);
  throw new InvalidArgumentError("expected a whole number");
}
