import { PipelineError } from "../../system/errors.js";
import type {
  AnyService,
  AskedBy,
  NeededServices,
  PlannedModel,
  RunSettings,
  Service,
  ServiceContext,
  ServiceName,
  ServiceNeed,
  Services,
  StepWork,
} from "../../contract/service.js";
import { answererOf } from "./answer.js";
import { clientOf } from "./client.js";

/** The services of a run on this machine, each made when it is first asked for. */
export class ServiceSet {
  readonly #definitions: Map<string, AnyService>;
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly #made = new Map<string, Promise<Service<any>>>();
  #work: StepWork | undefined;
  #closing: Promise<void> | undefined;

  constructor(
    shipped: readonly AnyService[],
    private readonly around: { readonly context: ServiceContext; readonly settings: RunSettings },
  ) {
    this.#definitions = new Map(shipped.map((definition) => [definition.name, definition]));
  }

  /**
   * The definition that a need stands for; from then on it is known by its name. Throws a PipelineError `stage` where
   * there is none, or another one of its name.
   */
  find(need: ServiceNeed): AnyService {
    const name: string = typeof need === "string" ? need : need.name;
    const known = this.#definitions.get(name);
    if (typeof need === "string") {
      if (known !== undefined) return known;
      throw new PipelineError(`no service is called "${name}"`, {
        code: "stage",
        hint:
          `those that ship are ${[...this.#definitions.keys()].join(", ")}; of one of your own, needs names the ` +
          "definition: needs: [glossary]",
      });
    }
    if (known !== undefined && known !== need) {
      throw new PipelineError(`two services are called "${name}"`, {
        code: "stage",
        hint: "give yours another name, or import the one definition from one module",
      });
    }
    this.#definitions.set(name, need);
    return need;
  }

  /** The running service. */
  async get<N extends ServiceName>(need: N): Promise<Service<Services[N]>>;
  async get(need: ServiceNeed): Promise<Service<unknown>>;
  async get(need: ServiceNeed): Promise<Service<unknown>> {
    const definition = this.find(need);
    const { name } = definition;
    const known = this.#made.get(name);
    if (known !== undefined) return await known;
    const making = this.#make(definition);
    this.#made.set(name, making);
    return await making;
  }

  async #make(definition: AnyService): Promise<Service<unknown>> {
    const needs = (definition.needs ?? []) as readonly ServiceNeed[];
    const apis = await Promise.all(
      needs.map(async (need) => [this.find(need).name, (await this.get(need)).api] as const),
    );
    const service: Service<unknown> = await definition.make({
      ...this.around,
      services: Object.fromEntries(apis) as NeededServices<ServiceNeed>,
    });
    if (this.#work !== undefined) await service.prepare?.(this.#work);
    return service;
  }

  /** What decides a service's answers, beside its modules. */
  async fingerprint(definition: AnyService, models: ReadonlyMap<string, PlannedModel>): Promise<unknown> {
    const api = async (): Promise<unknown> => (await this.get(definition)).api;
    return (await definition.fingerprint?.({ api, models, settings: this.around.settings })) ?? null;
  }

  /** What these needs call, for a stage on this machine: a service is made when one of its methods is called. */
  apis(needs: readonly ServiceNeed[], by: AskedBy): NeededServices<ServiceNeed> {
    const answer = answererOf(this, { signal: this.around.context.signal });
    return Object.fromEntries(
      needs.map((need) => {
        const definition = this.find(need);
        return [definition.name, clientOf(definition, (...call) => answer(definition.name, ...call), by)];
      }),
    ) as NeededServices<ServiceNeed>;
  }

  /** Other steps are under way: the services that are made are told, and those that will be are when they are made. */
  async prepare(work: StepWork): Promise<void> {
    this.#work = work;
    const made = await Promise.all(this.#made.values());
    await Promise.all(made.map(async (service) => await service.prepare?.(work)));
  }

  /** Whether the services that are needed can be asked for all this at once. */
  async fits(work: StepWork, needs: readonly ServiceNeed[]): Promise<boolean> {
    const services = await Promise.all(needs.map((need) => this.get(need)));
    return services.every((service) => service.fits?.(work) ?? true);
  }

  /** Requests that the services can work on at once; null where none says. */
  async capacity(needs: readonly ServiceNeed[]): Promise<number | null> {
    const services = await Promise.all(needs.map((need) => this.get(need)));
    const capacities = services.flatMap((service) => service.capacity?.() ?? []);
    return capacities.length === 0 ? null : Math.max(1, ...capacities);
  }

  /** Ends what was made, all at once; it may be called again. */
  async close(): Promise<void> {
    this.#closing ??= this.#close();
    await this.#closing;
  }

  async #close(): Promise<void> {
    const made = await Promise.allSettled(this.#made.values());
    await Promise.allSettled(made.map(async (each) => each.status === "fulfilled" && (await each.value.close())));
  }
}
