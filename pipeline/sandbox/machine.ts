import { findPython, type Interpreter, otherPython } from "../system/python/interpreter.js";
import { backendName, type BackendName, chooseBackend } from "./backends.js";
import { type GivenEnvironment, readGivenEnvironment } from "./given-environment.js";

/** What a sandbox finds on its machine, each part once, when it is first asked for. */
export class SandboxMachine {
  readonly #wanted: BackendName | "auto";
  readonly #named: string | undefined;
  readonly #signal: AbortSignal;
  #backend: Promise<BackendName> | undefined;
  #given: Promise<GivenEnvironment | null> | undefined;
  #other: Promise<Interpreter | null> | undefined;

  /**
   * Throws a PipelineError (usage) where there is no such backend.
   * @param python the Python of an environment that the user names
   */
  constructor(backend: string, python: string | undefined, signal: AbortSignal) {
    this.#wanted = backendName(backend);
    this.#named = python;
    this.#signal = signal;
  }

  /** What confines the runs: the one that was asked for, or the best that works here. */
  async backend(): Promise<BackendName> {
    return await (this.#backend ??= this.python().then(
      async (python) => await chooseBackend(this.#wanted, python, this.#signal),
    ));
  }

  /** The environment that the user names; null where none is named. */
  async given(): Promise<GivenEnvironment | null> {
    return await (this.#given ??=
      this.#named === undefined ? Promise.resolve(null) : readGivenEnvironment(this.#named));
  }

  /** The Python that runs tests. */
  async python(): Promise<Interpreter> {
    return (await this.given())?.python ?? (await findPython());
  }

  /** Another Python; beside an environment that the user names, there is none that holds the same. */
  async other(): Promise<Interpreter | null> {
    return await (this.#other ??= this.given().then(async (given) =>
      given === null ? await otherPython(await findPython()) : null,
    ));
  }
}
