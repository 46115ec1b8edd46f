import { PipelineError } from "../../system/errors.js";
import type { AnyService, Caller, Service, ServiceNeed } from "../../contract/service.js";

/** Where services are found. */
export interface ServiceFinder {
  find(need: ServiceNeed): AnyService;
  get(need: ServiceNeed): Promise<Service<unknown>>;
}

/** Answers a call of a service's method, and tells the listener of what the method tells. */
export type Answer = (
  service: string,
  method: string,
  args: readonly unknown[],
  listener: ((value: unknown) => void) | null,
) => Promise<unknown>;

/** Answers one partition's calls with the services of this machine. */
export function answererOf(services: ServiceFinder, caller: Caller): Answer {
  const serving = new Map<string, Promise<object>>();

  async function serve(definition: AnyService): Promise<object> {
    const { api } = await services.get(definition);
    return definition.partition === undefined ? (api as object) : (definition.partition.serve(api, caller) as object);
  }

  return async (service, method, args, listener) => {
    const definition = services.find(service as never);
    if (!definition.methods.includes(method)) {
      throw new PipelineError(`the service "${service}" has no method ${method} for partitions`, {
        code: "stage",
        hint: `those that it has are ${definition.methods.join(", ")}`,
      });
    }
    const served = serving.get(service) ?? serve(definition);
    serving.set(service, served);
    const api = (await served) as Readonly<Record<string, unknown>>;
    const found = api[method];
    if (typeof found !== "function") {
      throw new PipelineError(`the service "${service}" names the method ${method}, and does not have it`, {
        code: "stage",
        hint: "what `make` answers as `api` has every method of `methods`",
      });
    }
    const listens = definition.streams?.includes(method) === true;
    return await Reflect.apply(found, api, listens ? [...args, listener ?? ignore] : args);
  };
}

function ignore(): void {
  // Nobody listens.
}
