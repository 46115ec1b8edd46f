import type { MessagePort } from "node:worker_threads";
import { createBirpc } from "birpc";
import { PipelineError, serializeError, type SerializedError } from "../system/errors.js";
import { evidenceOf } from "../contract/evidence.js";
import type { Stage, StageModules } from "../contract/stage.js";
import type { AnyService } from "../contract/service.js";
import type { Streams } from "./connect.js";
import { Gate } from "./gate.js";
import type { Roots } from "../system/roots.js";
import { blame } from "./own-stage.js";
import { runPartition } from "./partition.js";
import type { HostFunctions, PartitionTask, WorkerFunctions } from "./protocol.js";
import type { PartitionReceipt } from "./receipt.js";
import { placedTask, rootedReceipt } from "./task-paths.js";

/** What a worker thread is given: a partition, and the port to whoever asked for it. */
export interface WorkerRequest {
  /** With paths that name roots. */
  readonly task: PartitionTask;
  readonly roots: Roots;
  readonly port: MessagePort;
}

/** What a worker thread does: it runs one partition, with the port as its way to everything outside. */
export function partitionWorker(services: readonly AnyService[]) {
  return async ({
    task: rooted,
    roots,
    port,
  }: WorkerRequest): Promise<PartitionReceipt | { error: SerializedError }> => {
    const task = placedTask(rooted, roots);
    const streams: Streams = new Map();
    const stop = new AbortController();
    let isOver = false;
    const gate = new Gate(task.steering.orders, { signal: stop.signal, atRest: (word) => host.atRest(word) });
    const host = createBirpc<HostFunctions, WorkerFunctions>(
      {
        tell: (stream, text) => streams.get(stream)?.(text),
        abort: () => stop.abort(),
        steer: (orders) => gate.steer(orders),
      },
      {
        post(data) {
          // Who still asks, by a context that was kept, is told so and does not wait for ever.
          if (isOver) throw overError();
          port.postMessage(data);
        },
        on: (listener) => port.on("message", listener),
        eventNames: ["progress", "atRest", "item"],
        timeout: -1,
      },
    );
    try {
      const [stage, evidence] = await Promise.all([
        loadStage(task.module),
        Promise.all(task.evidence.map(loadStage)).then(evidenceOf),
      ]);
      const around = { host, streams, signal: stop.signal, gate, evidence, services };
      return rootedReceipt(await runPartition(stage, task, around), roots);
    } catch (error) {
      return { error: serializeError(blame(error, task)) };
    } finally {
      isOver = true;
      port.close();
    }
  };
}

function overError(): PipelineError {
  return new PipelineError("something was asked of a partition that is over", {
    code: "stage",
    hint: "what `context.once` makes is shared with later partitions: give it no context, and no service of one",
  });
}

/** The stage of a task whose paths are those of this machine. */
export async function loadStage({ url, name }: PartitionTask["module"]): Promise<Stage> {
  const module = (await import(url)) as { default?: Stage; stages?: StageModules };
  const stage = name === null ? module.default : (await module.stages?.[name]?.())?.default;
  if (stage === undefined)
    throw new PipelineError(`no stage ${name ?? "as default export"} in ${url}`, { code: "stage" });
  return stage;
}
