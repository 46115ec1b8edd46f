import type { AddressInfo } from "node:net";
import { type Command, InvalidArgumentError } from "commander";
import { modelOf, readCatalogue } from "../engine/config/catalogue.js";
import { modelCan, resolveModel } from "../models/backends.js";
import type { Memo, ServiceContext } from "../contract/service.js";
import type { ServedModel } from "../serve/served-model.js";
import { PipelineError } from "../system/errors.js";
import { createModels } from "../toolkit.js";
import { interruptible } from "./interrupt.js";
import { readPipeline } from "./planning.js";
import { withServices } from "./standalone.js";
import { print } from "./terminal.js";

interface Options {
  readonly model: readonly string[];
  readonly host: string;
  readonly port: number;
  readonly queue: number;
  readonly origin: readonly string[];
}

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
  const { isLoopback } = await import("../models/endpoint/address.js");
  const isLocal = isLoopback(options.host);
  if (!isLocal && key === "")
    throw new PipelineError(`a server at ${options.host} can be reached from other machines, and there is no key`, {
      code: "usage",
      hint: "export PIPELINE_API_KEY=..., which clients then have to show; or leave --host out",
    });
  const cwd = process.cwd();
  const named =
    file === undefined
      ? { models: {}, catalogue: await readCatalogue(cwd, cwd) }
      : await readPipeline(file, { set: [] });
  const refs = options.model.length > 0 ? options.model : Object.keys(named.models);
  if (refs.length === 0)
    throw new PipelineError("no model to serve", {
      code: "usage",
      hint: "name one: pipeline serve --model student (pipeline models list shows those with a short name)",
    });
  const served = refs.map((ref): ServedModel => ({ name: ref, ref, can: modelCan(modelOf(ref, named)) }));
  await interruptible(
    async (signal) =>
      await withServices(
        "serve",
        async (context) => {
          const resolved = new Map(
            await Promise.all(
              refs.map(async (ref) => [ref, await resolveModel(modelOf(ref, named), context)] as const),
            ),
          );
          const models = createModels(
            { ...context, memo: forgetful(context) },
            { models: resolved, determinism: "fast" },
          );
          try {
            await models.prepare({ models: Object.fromEntries(resolved), later: [] });
            const [{ createServeApp }, { ServedModels }, { serve: listen }] = await Promise.all([
              import("../serve/app.js"),
              import("../serve/served-model.js"),
              import("@hono/node-server"),
            ]);
            const app = createServeApp({
              models: new ServedModels(served, models.api),
              key: key === "" ? null : key,
              origins: options.origin,
              isLoopback: isLocal,
              places: () => models.capacity(),
              queue: options.queue,
            });
            await new Promise<void>((resolve, reject) => {
              const server = listen(
                { fetch: app.fetch, hostname: options.host, port: options.port },
                ({ port }: AddressInfo) => {
                  print(
                    `${refs.join(", ")} at http://${options.host.includes(":") ? `[${options.host}]` : options.host}:${port}/v1`,
                  );
                },
              );
              server.on("error", (error: NodeJS.ErrnoException) => reject(cannotListen(error, options)));
              signal.addEventListener("abort", () => {
                server.close(() => resolve());
                if ("closeAllConnections" in server) server.closeAllConnections();
              });
            });
          } finally {
            await models.close();
          }
        },
        { signal },
      ),
  );
}

/** Nothing is remembered: who asks twice wants two answers, and a server may run for months. */
function forgetful({ signal }: Pick<ServiceContext, "signal">): Memo {
  return {
    remember: async (_key, compute, stop = signal) => ({ value: await compute(stop), remembered: false }),
  };
}

function cannotListen(error: NodeJS.ErrnoException, { host, port }: Options): PipelineError {
  const taken = error.code === "EADDRINUSE";
  return new PipelineError(`cannot listen at ${host}:${port}: ${taken ? "another program does" : error.message}`, {
    code: "usage",
    hint: taken ? "take another one with --port, or any that is free with --port 0" : "check --host and --port",
    cause: error,
  });
}

function wholeNumber(text: string): number {
  if (/^\d+$/u.test(text)) return Number(text);
  throw new InvalidArgumentError("expected a whole number");
}
