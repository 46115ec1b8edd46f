import { sha256 } from "../../pipeline/hash.js";
import type { Example } from "../../pipeline/records.js";

/** Someone whose tests are scored. */
export interface Contestant {
  readonly name: string;
  readonly role: "model" | "baseline";
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
    for (const [name, { sha256: file, answers }] of this.#models) {
      const same = `${file} ${answers}`;
      byAnswers.set(same, [...byAnswers.get(same) ?? [], name]);
    }
    const models = [...byAnswers.values()].map(([name = "", ...aliases]): Contestant => ({ name, role: "model", aliases }));
    const rank = (name: string) => order.indexOf(name) + (order.includes(name) ? order.length : 0);
    const baselines = [...this.#baselines].toSorted((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
    return [...models, ...baselines.map((name): Contestant => ({ name, role: "baseline", aliases: [] }))];
  }

  filesOf({ name }: Contestant, target: { readonly id: string }): readonly Example[] {
    return this.#files.get(key(name, target.id)) ?? [];
  }

  #note(example: Example, targets: ReadonlySet<string>): void {
    const { evidence, labels, response } = example;
    if (evidence.type !== "pytest") return;
    const name = nameOf(example);
    if (labels["model"] === undefined) this.#baselines.add(name);
    else {
      const before = this.#models.get(name)?.answers ?? "";
      this.#models.set(name, { sha256: String(labels["model_sha256"] ?? name), answers: sha256(JSON.stringify([before, evidence.target.id, response])) });
    }
    if (!targets.has(evidence.target.id)) return;
    const where = key(name, evidence.target.id);
    this.#files.set(where, [...this.#files.get(where) ?? [], example]);
  }
}

/** What people wrote, as doctests or as tests, is one contestant. */
const people = ["doctest", "human"];

/** Baselines in the order of a report: the best that is known first. */
const order = ["human", "record", "smoke", "none"];

function nameOf({ labels: { model, teacher } }: Example): string {
  // A model that a file calls "human" is none.
  if (model !== undefined) return order.includes(String(model)) ? `model ${String(model)}` : String(model);
  return people.includes(String(teacher)) ? "human" : String(teacher);
}

function key(name: string, target: string): string {
  return JSON.stringify([name, target]);
}
