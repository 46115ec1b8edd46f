import type { Source } from "../contract/kind.js";
import type { ServiceContext } from "../contract/service.js";
import type { Sources } from "../contract/sources.js";
import { PipelineError } from "../system/errors.js";
import { prepareEnvironment } from "./environment.js";
import type { SandboxMachine } from "./machine.js";
import { prepareSource, type PreparedSource } from "./prepared.js";

type AskedSource = Pick<Source, "ref" | "name" | "version">;

/** The sources of a run with their environments, each made once, when it is first asked for. */
export class PreparedSources {
  readonly #prepared = new Map<string, Promise<PreparedSource>>();
  readonly #machine: SandboxMachine;
  readonly #sources: Sources;
  readonly #context: ServiceContext;
  readonly #variables: PreparedSource["variables"];

  /** @param variables what the user names: the code of every source finds them */
  constructor(
    machine: SandboxMachine,
    sources: Sources,
    { context, variables }: { readonly context: ServiceContext; readonly variables: PreparedSource["variables"] },
  ) {
    this.#machine = machine;
    this.#sources = sources;
    this.#context = context;
    this.#variables = variables;
  }

  /** The source, with what it declares installed. A PipelineError `python` where that cannot be had. */
  async prepare(source: AskedSource): Promise<PreparedSource> {
    const key = JSON.stringify([source.ref, source.version]);
    const known = this.#prepared.get(key);
    if (known !== undefined) return await known;
    const preparing = this.#prepareNow(source);
    this.#prepared.set(key, preparing);
    preparing.catch((error: unknown) => {
      // asked again in this run, pip would say the same
      const isFinal = error instanceof PipelineError && error.code === "python";
      if (!isFinal) this.#prepared.delete(key);
    });
    return await preparing;
  }

  async #prepareNow(source: AskedSource): Promise<PreparedSource> {
    const backend = await this.#machine.backend();
    const tree = await this.#sources.tree(source);
    const environment = await prepareEnvironment(tree, this.#context, await this.#machine.given());
    return await prepareSource(tree, environment, backend, {
      variables: this.#variables,
      other: await this.#machine.other(),
    });
  }
}
