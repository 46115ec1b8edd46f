import type { AnyService, AskedBy } from "../../contract/service.js";

/** Calls one method on the other side. The listener, where there is one, is told of progress or values as they come. */
export type CallMethod = (
  method: string,
  args: readonly unknown[],
  listener: ((value: unknown) => void) | null,
) => Promise<unknown>;

/** What a stage is given of a service: each of its methods calls the other side. */
export function clientOf({ methods, streams = [], partition }: AnyService, call: CallMethod, by: AskedBy): unknown {
  const remote = Object.fromEntries(
    methods.map((method) => [
      method,
      async (...args: readonly unknown[]) => {
        const last = args.at(-1);
        return streams.includes(method) && typeof last === "function"
          ? await call(method, args.slice(0, -1), last as (value: unknown) => void)
          : await call(method, args, null);
      },
    ]),
  );
  return partition === undefined ? remote : partition.client(remote, by);
}
