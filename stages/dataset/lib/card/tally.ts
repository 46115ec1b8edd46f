import type { Conversation, Source } from "../../../../pipeline/contract/records.js";
import type { DiskIndex } from "../../../../pipeline/contract/stage.js";
import { proofOf, valuesOf } from "../files/evidence.js";
import type { FileSplit } from "../files/files.js";

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
  /** Rows whose task can be proven by running something, those that were, and what was run. */
  readonly proof = { rows: 0, proven: 0, tests: 0, sandboxes: new Set<string>() };
  /** Proven rows whose tests were run on mutants of their target, those that killed one, and all these mutants. */
  readonly mutants = { rows: 0, killing: 0, killed: 0, run: 0 };
  /** Proven rows whose coverage was measured, and the sum of their shares of lines. */
  readonly coverage = { rows: 0, lines: 0 };
  /**
   * Rows of which a model's expectations were held against the code, those of them with a recorded one, and all these
   * expectations.
   */
  readonly values = { rows: 0, recording: 0, own: 0, recorded: 0 };
  /** What mended tests of a row, as `labels.repair` names it. */
  readonly repairs = new Map<string, number>();
  /** Files that stand in more than one split. */
  filesInTwoSplits = 0;
  packagesInTwoSplits = 0;
  rowsWithoutSource = 0;
  readonly #bySource = new Map<string, SourceTally>();
  readonly #seen: DiskIndex;

  /** @param seen an empty index */
  constructor(seen: DiskIndex) {
    this.#seen = seen;
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
    this.#noteProof(evidence);
    if (labels["repair"] !== undefined)
      for (const repair of String(labels["repair"]).split(", ")) add(this.repairs, repair);
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

  #noteProof(evidence: Conversation["evidence"]): void {
    const values = evidence.type === "pytest" ? valuesOf(evidence) : null;
    if (values !== null) {
      this.values.rows += 1;
      this.values.recording += values.recorded > 0 ? 1 : 0;
      this.values.own += values.own;
      this.values.recorded += values.recorded;
    }
    const proof = proofOf(evidence);
    if (proof === null) return;
    this.proof.rows += 1;
    if (proof.tests === 0) return;
    this.proof.proven += 1;
    this.proof.tests += proof.tests;
    if (proof.sandbox !== null) this.proof.sandboxes.add(proof.sandbox);
    if (proof.mutants !== null) {
      const { killed, run } = proof.mutants;
      this.mutants.rows += 1;
      this.mutants.killing += killed > 0 ? 1 : 0;
      this.mutants.killed += killed;
      this.mutants.run += run;
    }
    if (proof.coverage !== null) {
      this.coverage.rows += 1;
      this.coverage.lines += proof.coverage.lines;
    }
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
