import { z } from "zod";
import { PipelineError } from "../system/errors.js";

const kebabCase = /^[a-z0-9]+(?:-[a-z0-9]+)*$/u;

/** Why something did not pass on: a code to group by, and the text that a person reads. */
export interface Reason {
  /** Kebab-case and stable: reports count by it, and scripts match it. */
  readonly code: string;
  readonly text: string;
  /** What to do about it, in the imperative; given where something around the record broke. */
  readonly fix?: string;
}

export const Reason: z.ZodType<Reason> = z.strictObject({
  code: z.string().regex(kebabCase),
  text: z.string().min(1),
  fix: z.string().min(1).exactOptional(),
});

/**
 * A reason for `context.drop`, `fail`, `reject` and `refuse`.
 *
 * @param code the group that reports count it in, in kebab-case and without what varies: too-long
 * @param text what a person reads, of this one record: 512 tokens, at most 400 are wanted
 * @param fix what to do about it
 * @example
 *   context.drop(file, reason("no-comment", "has no comment"));
 */
export function reason(code: string, text: string, fix?: string): Reason {
  return { code, text, ...(fix !== undefined && { fix }) };
}

/** Answers what a stage gave as a reason. Throws a PipelineError (stage) where it is none. */
export function checkReason(
  given: Reason,
  { stage, method }: { readonly stage: string; readonly method: string },
): Reason {
  if (Reason.safeParse(given).success) return given;
  // What a stage of a user's gives may be anything.
  const shown = (JSON.stringify(given) as string | undefined) ?? typeof given;
  throw new PipelineError(
    `stage "${stage}" gives context.${method}() no reason: expected { code, text }, got ${shown}`,
    {
      code: "stage",
      hint:
        `write context.${method}(…, reason("too-long", "what a person reads of this one")), with reason from ` +
        `"distil-pipeline/stage";\nthe code is in kebab-case and holds nothing that varies: reports count by it`,
    },
  );
}

/** How something was left out: a record of the input, a part of one, or what never became a record. */
export const LeftType = z.enum(["dropped", "failed", "rejected", "refused"]);
export type LeftType = z.infer<typeof LeftType>;

/** How often a step left something out for one reason. */
export const ReasonCount = z.strictObject({
  type: LeftType,
  code: z.string(),
  count: z.int().min(1),
  example: z.string().describe("The text of one of them: the first by its characters, whatever order they came in"),
  fix: z.string().exactOptional().describe("What to do about the example"),
});
export type ReasonCount = Readonly<z.infer<typeof ReasonCount>>;

/** Counts reasons by how something was left out, and by code. */
export class ReasonCounts {
  readonly #groups = new Map<string, ReasonCount>();

  add({ type, code, count, example, fix }: ReasonCount): void {
    const key = `${type} ${code}`;
    const before = this.#groups.get(key);
    const told = before === undefined || example < before.example ? { example, fix } : before;
    this.#groups.set(key, {
      type,
      code,
      count: count + (before?.count ?? 0),
      example: told.example,
      ...(told.fix !== undefined && { fix: told.fix }),
    });
  }

  /** Most frequent first. */
  list(): ReasonCount[] {
    const byKey = [...this.#groups].toSorted(([a, one], [b, other]) => other.count - one.count || (a < b ? -1 : 1));
    return byKey.map(([, group]) => group);
  }
}

/** A code as people read it: no-doctest is "no doctest". */
export function inWords(code: string): string {
  return code.replaceAll("-", " ");
}

/** Sums by code, whatever way things were left out, most frequent first. */
export function countByCode(
  reasons: readonly Pick<ReasonCount, "code" | "count">[],
): { readonly code: string; readonly count: number }[] {
  const sums = new Map<string, number>();
  for (const { code, count } of reasons) sums.set(code, (sums.get(code) ?? 0) + count);
  return [...sums].map(([code, count]) => ({ code, count })).toSorted((a, b) => b.count - a.count);
}
