import { cpus } from "node:os";
import type { Roots } from "../../system/roots.js";
import type { AnyService, ServiceContext, ServiceNeed } from "../../contract/service.js";
import { servicesNeeded } from "../../partition/needed.js";
import type { HostFunctions, PartitionTask } from "../../partition/protocol.js";
import { placedTask } from "../../partition/task-paths.js";
import { loadStage } from "../../partition/worker.js";
import { outcome } from "../../partition/outcome.js";
import { answererOf } from "../../partition/services/answer.js";
import { ServiceSet } from "../../partition/services/set.js";
import type { HostOf } from "../executor.js";
import { DriverLine } from "./driver-line.js";

/** The services of this machine, for the runs that it works for; what there is one of a run is asked of the driver. */
export class NodeServices {
  readonly #line = new DriverLine();
  readonly #runs = new Map<string, { readonly services: ServiceSet; prepared: Promise<void>; work: string }>();

  constructor(
    private readonly shipped: readonly AnyService[],
    private readonly here: { readonly roots: Roots; readonly slots: number; readonly signal: AbortSignal },
  ) {}

  /** What answers a partition's questions: this machine's services, and for the rest the driver. */
  async hostOf(rooted: PartitionTask, driver: HostFunctions, signal: AbortSignal): Promise<HostOf> {
    this.#line.join(driver);
    const task = placedTask(rooted, this.here.roots);
    const { needs = [] } = await loadStage(task.module);
    const { services } = this.#runOf(task);
    const own: ServiceNeed[] = [...servicesNeeded(needs)].filter((need) => services.find(need).place === "node");
    await this.#prepare(task);
    const { watched } = task.run;
    let answers = 0;
    const answer = answererOf(services, {
      signal,
      spend: (tokens) => driver.spend(tokens),
      ...(watched && {
        watch: (about) => {
          const number = (answers += 1);
          return {
            text: (text) => driver.written(number, about, text, false),
            end: () => driver.written(number, about, "", true),
          };
        },
      }),
    });
    return ({ tell }) => ({
      ...driver,
      call: async (service, method, args, stream) =>
        services.find(service as never).place === "driver"
          ? await driver.call(service, method, args, stream)
          : await outcome(() =>
              answer(service, method, args, stream === null ? null : (value) => tell(stream, JSON.stringify(value))),
            ),
      capacity: () =>
        outcome(async () => (await services.capacity(own)) ?? Math.max(1, Math.floor(cpus().length / this.here.slots))),
    });
  }

  left(driver: HostFunctions): void {
    this.#line.leave(driver);
  }

  async close(): Promise<void> {
    await Promise.allSettled([...this.#runs.values()].map(async ({ services }) => await services.close()));
  }

  #runOf({ run, seed }: PartitionTask) {
    const known = this.#runs.get(run.id);
    if (known !== undefined) return known;
    const { roots, signal } = this.here;
    const context: ServiceContext = {
      seed,
      memo: this.#line.memo,
      lockfile: this.#line.lockfile,
      emit: (event) => this.#line.emit(event),
      signal,
      cacheDir: roots.cache,
      stateDir: roots.state,
      baseDir: roots.project,
    };
    const services = new ServiceSet(this.shipped, { context, settings: run.settings });
    const made = { services, prepared: Promise.resolve(), work: "" };
    this.#runs.set(run.id, made);
    return made;
  }

  /** Each partition says what was asked when it began: by its step, and by those beside it. */
  async #prepare(task: PartitionTask): Promise<void> {
    const run = this.#runOf(task);
    const work = JSON.stringify(task.run.work);
    if (run.work !== work) {
      run.work = work;
      run.prepared = run.prepared.then(async () => await run.services.prepare(task.run.work));
    }
    await run.prepared;
  }
}
