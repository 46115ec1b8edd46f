import { deserializeError, PipelineError } from "../system/errors.js";
import type { AnyService, AskedBy, ServiceName, Services } from "../contract/service.js";
import type { HostFunctions, Outcome } from "./protocol.js";
import { clientOf } from "./services/client.js";

/** Listeners for what services tell while they work, by number of stream: they are given JSON texts. */
export type Streams = Map<number, (text: string) => void>;

/** How a partition reaches services: by its host, whoever that asks. */
export interface Reach {
  /** What is called of a service. */
  readonly service: (definition: AnyService) => unknown;
  /** The same of one that ships. */
  readonly shipped: <N extends ServiceName>(name: N, services: readonly AnyService[]) => Services[N];
  /** Requests that the step's services can work on at once. */
  readonly capacity: () => Promise<number>;
}

/**
 * Reaches the services of a step through its host. What a service tells while it is asked comes by `streams`, which is
 * given a listener for the time of each such call. Throws here what was thrown there.
 *
 * @param by the stage that runs in the partition
 */
export function connect(host: HostFunctions, streams: Streams, by: AskedBy): Reach {
  const service = (definition: AnyService): unknown =>
    clientOf(
      definition,
      async (method, args, listener) => {
        if (listener === null) return unwrap(await host.call(definition.name, method, args, null));
        const stream = nextStream();
        streams.set(stream, (text) => listener(JSON.parse(text)));
        try {
          return unwrap(await host.call(definition.name, method, args, stream));
        } finally {
          streams.delete(stream);
        }
      },
      by,
    );
  return {
    service,
    shipped: <N extends ServiceName>(name: N, services: readonly AnyService[]) => {
      const definition = services.find((each) => each.name === name);
      if (definition === undefined) throw new PipelineError(`no service is called "${name}"`, { code: "internal" });
      return service(definition) as Services[N];
    },
    capacity: async () => unwrap(await host.capacity()) as number,
  };
}

/** What the host answers, or the error that it met. */
export function unwrap(outcome: Outcome): unknown {
  if ("error" in outcome) throw deserializeError(outcome.error);
  return outcome.value;
}

function nextStream(): number {
  lastStream += 1;
  return lastStream;
}

let lastStream = 0;
