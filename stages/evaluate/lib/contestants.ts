import { addTo } from "../../../pipeline/system/group-by.js";
import { sha256 } from "../../../pipeline/system/hash.js";
import type { Example } from "../../../pipeline/contract/records.js";
import { PytestEvidence } from "../../tests/lib/evidence/pytest-evidence.js";

/** Someone whose tests are scored. */
export interface Contestant {
  /** Tells contestants apart. */
  readonly key: string;
  /** What a report calls it. */
  readonly name: string;
  readonly role: "model" | "baseline";
  /**
   * Whose expected values a model's tests hold: its own, what the code answers, or that beside the tests of a baseline;
   * null for a baseline.
   */
  readonly values: Values | null;
  /** Keys of those whose tests make up its suite: its own alone, unless a baseline is joined to it. */
  readonly writers: readonly string[];
  /** The model as the pipeline file names it, and what it is known by; null for a baseline. */
  readonly model: { readonly ref: string; readonly sha256: string } | null;
  /** Other names of the same model file that gave the same answers: they have no row of their own. */
  readonly aliases: readonly string[];
}

/**
 * Whose expected values tests hold: the model's own, what the code answers, or these with the tests of a baseline
 * beside them.
 */
export type Values = "own" | "recorded" | "joined";

/**
 * What everyone wrote, and what of it models wrote once more with recorded values; what others wrote is no contestant
 * there.
 */
export interface Tests {
  readonly tests: AsyncIterable<Example>;
  readonly recorded: AsyncIterable<Example>;
}

interface Wanted {
  /** Those that take part although they may have written nothing. */
  readonly baselines: readonly string[];
  /** Baselines whose tests are put beside each model's with recorded values, as one more contestant. */
  readonly joined: readonly string[];
}

/** Everyone who takes part: told by all examples, so that every partition names the same. */
export class Contestants {
  readonly #models = new Map<string, Entry>();
  readonly #baselines: Set<string>;
  readonly #joined: readonly string[];

  private constructor(baselines: readonly string[], joined: readonly string[]) {
    this.#baselines = new Set(baselines);
    this.#joined = joined;
  }

  static async read({ tests, recorded }: Tests, { baselines, joined }: Wanted): Promise<Contestants> {
    const contestants = new Contestants(baselines, joined);
    for await (const example of tests) contestants.#note(example, "own");
    for await (const example of recorded) contestants.#note(example, "recorded");
    return contestants;
  }

  /** Models first, in the order in which they wrote; of one model, what it wrote with its own values first. */
  list(): Contestant[] {
    const byAnswers = new Map<string, Entry[]>();
    for (const entry of this.#models.values())
      addTo(byAnswers, [entry.values, entry.sha256, entry.answers].join(" "), entry);
    const refs = [...new Set([...this.#models.values()].map(({ ref }) => ref))];
    const shown = shownNames([...refs, ...this.#baselines]);
    const models = [...byAnswers.values()]
      .toSorted(([one], [other]) => refs.indexOf(one?.ref ?? "") - refs.indexOf(other?.ref ?? ""))
      .flatMap((entries) => this.#contestantsOf(entries, shown));
    const rank = (name: string) => order.indexOf(name) + (order.includes(name) ? order.length : 0);
    const baselines = [...this.#baselines].toSorted((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
    return [
      ...models,
      ...baselines.map((name): Contestant => ({
        key: name,
        name,
        role: "baseline",
        values: null,
        writers: [name],
        model: null,
        aliases: [],
      })),
    ];
  }

  /**
   * One model, under all of its names; where its values are recorded, with the tests of each baseline that is joined to
   * it, too.
   */
  #contestantsOf([first, ...others]: readonly Entry[], shown: (ref: string) => string): Contestant[] {
    if (first === undefined) return [];
    const { ref, values, sha256 } = first;
    const key = modelKey(ref, values);
    const make = (suffix: string, whose: Values, writers: readonly string[]): Contestant => ({
      key: writers.join(" + "),
      name: `${shown(ref)}${suffix}`,
      role: "model",
      values: whose,
      writers,
      model: { ref, sha256 },
      aliases: others.map((other) => `${shown(other.ref)}${suffix}`),
    });
    if (values === "own") return [make("", values, [key])];
    return [
      make(recordedValues, values, [key]),
      ...this.#joined.map((baseline) => make(`${recordedValues} and ${baseline}`, "joined", [key, baseline])),
    ];
  }

  #note({ evidence, labels, response }: Example, values: Entry["values"]): void {
    if (!PytestEvidence.is(evidence)) return;
    const { model, model_sha256: file, teacher } = labels;
    if (model === undefined) {
      if (values === "own") this.#baselines.add(baselineOf(teacher));
      return;
    }
    const ref = String(model);
    const key = modelKey(ref, values);
    const before = this.#models.get(key)?.answers ?? "";
    this.#models.set(key, {
      ref,
      values,
      sha256: String(file ?? model),
      answers: sha256(JSON.stringify([before, evidence.target.id, response])),
    });
  }
}

/** What a model wrote, with its own values or with recorded ones. */
interface Entry {
  readonly ref: string;
  readonly values: "own" | "recorded";
  readonly sha256: string;
  readonly answers: string;
}

/** How a model's tests are called whose expected values are what the code answers. */
const recordedValues = " with recorded values";

/** The tests of one target, by the key of the contestant that wrote them. */
export async function testsByContestant({ tests, recorded }: Tests): Promise<ReadonlyMap<string, readonly Example[]>> {
  const own = new Map<string, Example[]>();
  for await (const example of tests) {
    const { model, teacher } = example.labels;
    addTo(own, model === undefined ? baselineOf(teacher) : modelKey(String(model), "own"), example);
  }
  for await (const example of recorded) {
    const { model } = example.labels;
    if (model !== undefined) addTo(own, modelKey(String(model), "recorded"), example);
  }
  return own;
}

function baselineOf(teacher: unknown): string {
  return people.has(String(teacher)) ? "human" : String(teacher);
}

/** What people wrote, as doctests or as tests, is one contestant. */
const people = new Set(["doctest", "human"]);

/** Baselines in the order of a report: the best that is known first. */
const order = ["human", "record", "smoke", "none"];

/** Keeps a model that a file calls "human" apart from people. */
function modelKey(ref: string, values: Entry["values"]): string {
  return `${values === "own" ? "model" : "recorded model"} ${ref}`;
}

/**
 * How models are called: as the pipeline file calls them; one that is named by its path, by its file. Where two would
 * then have one name, by all of it.
 */
function shownNames(all: readonly string[]): (ref: string) => string {
  const short = (ref: string) => /^file:(?:.*\/)?([^/]+?)(?:\.gguf)?$/u.exec(ref)?.[1] ?? ref;
  return (ref) => (all.filter((other) => short(other) === short(ref)).length === 1 ? short(ref) : `model ${ref}`);
}
