import { z } from "zod";
import type { StepSummary } from "./step-summary.js";

/**
 * What proves a row, named by its type. Which types there are, and what each holds, is for the stages to say that bring
 * them (see defineEvidence); `{ type: "none" }` is that of a row that nothing proves.
 */
export const Evidence = z.looseObject({ type: z.string().describe("Which evidence it is: pytest, none") });
export type Evidence = z.infer<typeof Evidence>;

/** A column of an export that shows, flat, something of a row's evidence. */
export interface EvidenceColumn<E extends Evidence = Evidence> {
  readonly type: "string" | "integer" | "number" | "boolean";
  /** What a reader of the card learns about it. */
  readonly meaning: string;
  /** Null where a row has nothing to say. */
  readonly read: (evidence: E) => string | number | boolean | null;
}

/** What a card counts of the rows of one type of evidence, and says of them: one is made for each card. */
export interface EvidenceCard<E extends Evidence = Evidence> {
  /** Called with each row that is written. */
  note(row: { readonly evidence: E; readonly labels: Readonly<Record<string, string | number | boolean>> }): void;
  /** A section of Markdown, with its heading and a line feed at its end; "" where there is nothing to say. */
  section(): string;
  /**
   * What became of the answers that models gave: stands under the table of who wrote the responses.
   * @param steps the steps before, with what they counted
   */
  answers?(steps: readonly StepSummary[]): string;
}

/** A type of evidence: its schema, and what exports and cards show of it. */
export interface EvidenceType<E extends Evidence = Evidence> {
  readonly type: E["type"];
  readonly schema: z.ZodType<E>;
  /** Columns of an export by their names; none unless told. */
  readonly columns?: Readonly<Record<string, EvidenceColumn<E>>>;
  /** What the parts of a record are that steps reject: "single samples or tests"; single samples unless told. */
  readonly parts?: string;
  /** What the labels mean that rows of this evidence have. */
  readonly labels?: Readonly<Record<string, string>>;
  /** What the dataset card says of the rows. Says only what is true of those that it is told of. */
  readonly card?: () => EvidenceCard<E>;
  /** How a row is proven, in words that follow "was proven by": "running it"; null where it is not. */
  readonly proves: (evidence: E) => string | null;
}

/** A type of evidence as stages declare it and the engine sees it. */
export interface AnyEvidenceType extends Pick<EvidenceType, "type" | "labels" | "parts"> {
  // A definition is contravariant in what it reads; a stage may declare any of them.
  /* oxlint-disable typescript/no-explicit-any */
  readonly schema: z.ZodType<any>;
  readonly columns?: Readonly<Record<string, EvidenceColumn<any>>>;
  readonly card?: () => EvidenceCard<any>;
  readonly proves: (evidence: any) => string | null;
  /* oxlint-enable typescript/no-explicit-any */
}

/**
 * A type of evidence: what ships is made by it, and so is that of a stage of your own, which declares it in its
 * `evidence`. `is` tells a row's evidence from others.
 * @example
 * export const CheckEvidence = defineEvidence({
 *   type: "check",
 *   schema: z.strictObject({ type: z.literal("check"), tool: z.string(), complaints: z.int().min(0) }),
 *   columns: { complaints: { type: "integer", meaning: "What the tool found", read: ({ complaints }) => complaints } },
 *   proves: ({ tool, complaints }) => (complaints === 0 ? `checking it with ${tool}` : null),
 * });
 */
export function defineEvidence<E extends { type: string }>(
  definition: EvidenceType<E & Evidence>,
): EvidenceType<E & Evidence> & { readonly is: (evidence: Evidence) => evidence is E & Evidence } {
  return {
    ...definition,
    is: (evidence): evidence is E & Evidence => evidence.type === definition.type,
  };
}

/** The evidence of a row that nothing proves. */
export const NoEvidence = defineEvidence({
  type: "none",
  schema: z.strictObject({ type: z.literal("none") }),
  proves: () => null,
});

/** Types of evidence by name. */
export type EvidenceTypes = ReadonlyMap<string, AnyEvidenceType>;

/** The types that stages bring, with `none`, which needs no stage. */
export function evidenceOf(stages: Iterable<{ readonly evidence?: readonly AnyEvidenceType[] }>): EvidenceTypes {
  const brought = [...stages].flatMap(({ evidence = [] }) => evidence);
  return new Map([NoEvidence, ...brought].map((each) => [each.type, each]));
}
