import { addTo } from "../../pipeline/group-by.js";
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

/** Everyone who takes part: told by all examples, so that every partition names the same. */
export class Contestants {
  readonly #models = new Map<string, { sha256: string; answers: string }>();
  readonly #baselines: Set<string>;

  private constructor(baselines: readonly string[]) {
    this.#baselines = new Set(baselines);
  }

  /** @param baselines those that take part although they may have written nothing */
  static async read(examples: AsyncIterable<Example>, baselines: readonly string[]): Promise<Contestants> {
    const contestants = new Contestants(baselines);
    for await (const example of examples) contestants.#note(example);
    return contestants;
  }

  /** Models first, in the order in which they wrote. */
  list(): Contestant[] {
    const byAnswers = new Map<string, string[]>();
    for (const [ref, { sha256: file, answers }] of this.#models) {
      const same = `${file} ${answers}`;
      addTo(byAnswers, same, ref);
    }
    const shown = shownNames([...this.#models.keys(), ...this.#baselines]);
    const models = [...byAnswers.values()].map(([ref = "", ...others]): Contestant => ({ key: modelKey(ref), name: shown(ref), role: "model", model: { ref, sha256: this.#models.get(ref)?.sha256 ?? ref }, aliases: others.map(shown) }));
    const rank = (name: string) => order.indexOf(name) + (order.includes(name) ? order.length : 0);
    const baselines = [...this.#baselines].toSorted((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
    return [...models, ...baselines.map((name): Contestant => ({ key: name, name, role: "baseline", model: null, aliases: [] }))];
  }

  #note({ evidence, labels, response }: Example): void {
    if (evidence.type !== "pytest") return;
    const { model, model_sha256: file, teacher } = labels;
    if (model === undefined) {
      this.#baselines.add(baselineOf(teacher));
      return;
    }
    const before = this.#models.get(String(model))?.answers ?? "";
    this.#models.set(String(model), { sha256: String(file ?? model), answers: sha256(JSON.stringify([before, evidence.target.id, response])) });
  }
}

/** The tests of one target, by the key of the contestant that wrote them. */
export async function testsByContestant(examples: AsyncIterable<Example>): Promise<ReadonlyMap<string, readonly Example[]>> {
  const tests = new Map<string, Example[]>();
  for await (const example of examples) {
    const { model, teacher } = example.labels;
    const key = model === undefined ? baselineOf(teacher) : modelKey(String(model));
    const own = tests.get(key) ?? [];
    own.push(example);
    tests.set(key, own);
  }
  return tests;
}

function baselineOf(teacher: unknown): string {
  return people.has(String(teacher)) ? "human" : String(teacher);
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
