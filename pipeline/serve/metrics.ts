import type { Admission } from "./admission.js";

/** What a server has done, in the text format of Prometheus. */
export class Metrics {
  #requests = 0;
  #failed = 0;
  #seconds = 0;
  readonly #began = Date.now() / 1000;

  constructor(
    private readonly admission: Pick<Admission, "inHand">,
    private readonly holding: () => ReadonlyMap<string, number>,
  ) {}

  /** Counts an answer, and how long it took. */
  async watch<T>(answer: () => Promise<T>): Promise<T> {
    const began = performance.now();
    this.#requests += 1;
    try {
      return await answer();
    } catch (error) {
      this.#failed += 1;
      throw error;
    } finally {
      this.#seconds += (performance.now() - began) / 1000;
    }
  }

  text(): string {
    const figures: readonly (readonly [string, string, string, number])[] = [
      ["requests_total", "counter", "Requests for answers", this.#requests],
      ["requests_failed_total", "counter", "Of them, those that failed or whose client left", this.#failed],
      ["request_seconds_total", "counter", "Seconds that they took in all, waiting included", this.#seconds],
      ["requests_in_hand", "gauge", "Requests that are answered or wait", this.admission.inHand],
      ["start_time_seconds", "gauge", "When the server was started, in seconds since 1970", this.#began],
    ];
    const held = [...this.holding()].map(
      ([model, bytes]) => `pipeline_model_bytes{model="${model.replaceAll(/["\\\n]/gu, "_")}"} ${Math.round(bytes)}\n`,
    );
    const models =
      "# HELP pipeline_model_bytes Memory of each model that is loaded\n# TYPE pipeline_model_bytes gauge\n";
    const whole = figures
      .map(([name, type, help, value]) =>
        [`# HELP pipeline_${name} ${help}`, `# TYPE pipeline_${name} ${type}`, `pipeline_${name} ${value}`, ""].join(
          "\n",
        ),
      )
      .join("");
    return whole + models + held.join("");
  }
}
