import { sha256 } from "../../pipeline/hash.js";
import type { Example } from "../../pipeline/records.js";

/** Someone whose tests are scored. */
export interface Contestant {
  /** Tells contestants apart. */
  readonly key: string;
  /** What a report calls it. */
  readonly name: string;
  readonly role: "model" | "baseline";
  /** The model as the pipeline file names it, and what it is known by; null for a baseline. */
  readonly model: { readonly ref: string; readonly sha256: string } | null;
  /** Other names of the same model file that gave the same answers: they have no row of their own. */
  readonly aliases: readonly string[];
}

/** The tests of everyone, by target. */
export class Suites {
  readonly #files = new Map<string, Example[]>();
  readonly #models = new Map<string, { sha256: string; answers: string }>();
  readonly #baselines: Set<string>;

  private constructor(baselines: readonly string[]) {
    this.#baselines = new Set(baselines);
  }

  /**
   * Reads all examples once and keeps those of the given targets. Who takes part is told by all of them, so that every
   * partition names the same.
   * @param baselines those that take part although they may have written nothing
   */
  static async read(examples: AsyncIterable<Example>, targets: ReadonlySet<string>, baselines: readonly string[]): Promise<Suites> {
    const suites = new Suites(baselines);
    for await (const example of examples) suites.#note(example, targets);
    return suites;
  }

  /** Models first, in the order in which they wrote. */
  contestants(): Contestant[] {
    const byAnswers = new Map<string, string[]>();
    for (const [ref, { sha256: file, answers }] of this.#models) {
      const same = `${file} ${answers}`;
      byAnswers.set(same, [...byAnswers.get(same) ?? [], ref]);
    }
    const shown = shownNames([...this.#models.keys(), ...this.#baselines]);
    const models = [...byAnswers.values()].map(([ref = "", ...others]): Contestant => ({ key: modelKey(ref), name: shown(ref), role: "model", model: { ref, sha256: this.#models.get(ref)?.sha256 ?? ref }, aliases: others.map(shown) }));
    const rank = (name: string) => order.indexOf(name) + (order.includes(name) ? order.length : 0);
    const baselines = [...this.#baselines].toSorted((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
    return [...models, ...baselines.map((name): Contestant => ({ key: name, name, role: "baseline", model: null, aliases: [] }))];
  }

  filesOf(contestant: Contestant, target: { readonly id: string }): readonly Example[] {
    return this.#files.get(place(contestant.key, target.id)) ?? [];
  }

  #note(example: Example, targets: ReadonlySet<string>): void {
    const { evidence, labels: { model, model_sha256: file, teacher }, response } = example;
    if (evidence.type !== "pytest") return;
    const baseline = people.has(String(teacher)) ? "human" : String(teacher);
    if (model === undefined) this.#baselines.add(baseline);
    else {
      const before = this.#models.get(String(model))?.answers ?? "";
      this.#models.set(String(model), { sha256: String(file ?? model), answers: sha256(JSON.stringify([before, evidence.target.id, response])) });
    }
    if (!targets.has(evidence.target.id)) return;
    const where = place(model === undefined ? baseline : modelKey(String(model)), evidence.target.id);
    this.#files.set(where, [...this.#files.get(where) ?? [], example]);
  }
}

/** What people wrote, as doctests or as tests, is one contestant. */
const people = new Set(["doctest", "human"]);

/** Baselines in the order of a report: the best that is known first. */
const order = ["human", "record", "smoke", "none"];

/** Keeps a model that a file calls "human" apart from people. */
function modelKey(ref: string): string {
  return `model ${ref}`;
}

/** How models are called: as the pipeline file calls them; one that is named by its path, by its file. Where two would then have one name, by all of it. */
function shownNames(all: readonly string[]): (ref: string) => string {
  const short = (ref: string) => /^file:(?:.*\/)?([^/]+?)(?:\.gguf)?$/u.exec(ref)?.[1] ?? ref;
  return (ref) => (all.filter((other) => short(other) === short(ref)).length === 1 ? short(ref) : modelKey(ref));
}

function place(contestant: string, target: string): string {
  return JSON.stringify([contestant, target]);
}
