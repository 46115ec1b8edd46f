import type { EvidenceCard } from "../../../../pipeline/contract/evidence.js";
import type { Source } from "../../../../pipeline/contract/kind.js";
import type { Conversation } from "../../../../pipeline/contract/records.js";
import type { Context, DiskIndex } from "../../../../pipeline/contract/stage.js";
import type { StepSummary } from "../../../../pipeline/contract/step-summary.js";
import type { FileSplit } from "../files/files.js";

/** How many rows a split has, and from how many places. */
export interface SplitTally {
  rows: number;
  /** Files, and packages, that the rows come from. */
  files: number;
  packages: number;
}

/** A source under one licence: files of a package may have another one than their package. */
export interface SourceTally {
  readonly source: Pick<Source, "ref" | "name" | "version" | "licence">;
  rows: number;
}

/** What the card counts. Memory grows with the number of sources, not of rows. */
export class Tally {
  rows = 0;
  readonly splits = new Map<FileSplit, SplitTally>();
  readonly teachers = new Map<string, number>();
  readonly tasks = new Map<string, number>();
  readonly languages = new Map<string, number>();
  /** Rows that are proven, by the words that say how: "running it". */
  readonly proven = new Map<string, number>();
  /** Files that stand in more than one split. */
  filesInTwoSplits = 0;
  packagesInTwoSplits = 0;
  rowsWithoutSource = 0;
  readonly #bySource = new Map<string, SourceTally>();
  readonly #parts = new Set<string>();
  readonly #cards = new Map<string, EvidenceCard>();
  readonly #evidence: Context["evidence"];
  readonly #seen: DiskIndex;

  /** An empty tally, for the cards of a step. */
  constructor(context: Pick<Context, "index" | "evidence">) {
    this.#seen = context.index();
    this.#evidence = (type) => context.evidence(type);
  }

  note({ split: recordSplit, labels, task, language, source, evidence }: Conversation): void {
    const split = recordSplit ?? "all";
    const counts = this.splits.get(split) ?? { rows: 0, files: 0, packages: 0 };
    this.splits.set(split, counts);
    this.rows += 1;
    counts.rows += 1;
    add(this.teachers, String(labels["teacher"] ?? "not said"));
    add(this.tasks, task);
    add(this.languages, language);
    this.#noteEvidence({ evidence, labels });
    if (source === null) {
      this.rowsWithoutSource += 1;
      return;
    }
    const { ref, name, version, licence } = source;
    const key = JSON.stringify([ref, licence]);
    const tally = this.#bySource.get(key) ?? { source: { ref, name, version, licence }, rows: 0 };
    tally.rows += 1;
    this.#bySource.set(key, tally);

    const inPackage = this.#claim(`package ${ref}`, split);
    if (inPackage !== "known") counts.packages += 1;
    if (inPackage === "second split") this.packagesInTwoSplits += 1;
    if (source.path === undefined) return;
    const inFile = this.#claim(`file ${ref} ${source.path}`, split);
    if (inFile !== "known") counts.files += 1;
    if (inFile === "second split") this.filesInTwoSplits += 1;
  }

  /** Sources, those with the most rows first. */
  sources(): SourceTally[] {
    return [...this.#bySource.values()].toSorted((a, b) => b.rows - a.rows || (a.source.ref < b.source.ref ? -1 : 1));
  }

  /** What the card says of the rows of each type of evidence, in the order in which they were met. */
  evidenceSections(): string[] {
    return [...this.#cards.values()].map((card) => card.section()).filter((section) => section !== "");
  }

  /** What became of the answers that models gave. */
  evidenceAnswers(steps: readonly StepSummary[]): string[] {
    return [...this.#cards.values()].map((card) => card.answers?.(steps) ?? "").filter((text) => text !== "");
  }

  /** What steps reject of a record, in words. */
  parts(): string {
    return [...this.#parts].join(", or ") || "single samples";
  }

  #noteEvidence({ evidence, labels }: Pick<Conversation, "evidence" | "labels">): void {
    const { card, parts, proves } = this.#evidence(evidence.type);
    const how = proves(evidence);
    if (how !== null) add(this.proven, how);
    if (parts !== undefined) this.#parts.add(parts);
    if (card === undefined) return;
    const own = this.#cards.get(evidence.type) ?? card();
    this.#cards.set(evidence.type, own);
    own.note({ evidence, labels });
  }

  #claim(what: string, split: FileSplit): "first" | "second split" | "known" {
    if (this.#seen.claim(`${split} ${what}`, "") !== undefined) return "known";
    const other = this.#seen.claim(what, split);
    if (other === undefined) return "first";
    // Counted once, however many splits there are: the key of the pair is free only the first time.
    return this.#seen.claim(`twice ${what}`, "") === undefined ? "second split" : "first";
  }
}

function add(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
