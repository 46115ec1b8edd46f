import { z } from "zod";
import { hashValue, sha256 } from "../system/hash.js";
import { withoutFreeSpace } from "../system/white-space.js";
import { Evidence } from "./evidence.js";

/** Where a record comes from: a package, a repository or a folder, and the place in it. */
export const Source = z.strictObject({
  ref: z.string().describe("The pinned reference: pypi:toolz@1.0.0, git:URL@COMMIT, folder:PATH"),
  name: z.string().describe("Name of the package, repository or folder"),
  version: z.string().describe("Release, commit, or content hash of a folder"),
  licence: z
    .string()
    .describe("SPDX expression that covers this record's file; LicenseRef-own for a folder of the user's"),
  path: z.string().optional().describe("POSIX path inside the source"),
  lines: z
    .tuple([z.int().min(1), z.int().min(1)])
    .optional()
    .describe("First and last line, 1-based, both included"),
  row: z.int().min(1).optional().describe("Row of a table (a CSV file, JSON Lines), 1-based, its header not counted"),
});
export type Source = z.infer<typeof Source>;

const envelope = {
  id: z.string().describe("hash(kind, content, source, from): 32 hexadecimal digits"),
  source: Source.nullable().describe("null where a record has more than one source"),
  from: z.array(z.string()).describe("Ids of the records that this one was made from"),
};
type Envelope = { id: string; source: Source | null; from: string[] };

/** What all records have, of whichever kind; `Example.is(record)` tells of which one. */
export type AnyRecord = { kind: string } & Envelope;

/** A kind of record: its schema, and how to make one. */
export interface Kind<R extends AnyRecord = AnyRecord> {
  readonly name: R["kind"];
  readonly schema: z.ZodType<R>;
  /** Whether its records carry evidence, which a stage before has to declare. */
  readonly hasEvidence: boolean;
  /** A new record; `from` are its parents, and `source` where it comes from. The id follows from all of it. */
  make(
    content: Omit<R, "kind" | keyof Envelope>,
    lineage: { source: Source | null; from: readonly { id: string }[] },
  ): R;
  /** A changed copy of a record, with the record as its only parent. */
  derive(record: R, changes: Partial<Omit<R, "kind" | "id" | "from">>): R;
  /** Whether a record is of this kind. */
  is(record: { readonly kind: string }): record is R;
  /** SHA-256 of what a record says, apart from where it comes from: equal content gives equal hashes. */
  contentHash(record: R, options?: ContentHashOptions): string;
}

/** A kind of record, whichever its records are. */
// A Kind is invariant in its record; a stage may name any of them.
// oxlint-disable-next-line typescript/no-explicit-any
export type AnyKind = Kind<any>;

/** The records of a kind: `type Fact = RecordOf<typeof Fact>`. */
export type RecordOf<K> = K extends Kind<infer R> ? R : never;

/** What of a record's texts does not count in a content hash. */
export interface ContentHashOptions {
  /** `whitespace`: what of it hardly ever means something (see withoutFreeSpace). */
  readonly ignore?: "nothing" | "whitespace";
}

/**
 * A kind of record: those that ship are made by it, and so is one that a stage of your own brings.
 * @param name names the kind in messages and results: letters and digits, as a class is named
 * @param shape the record's fields beside `kind`, `id`, `source` and `from`
 * @param contentOf the texts by which two records are equal in content, wherever they come from
 * @example
 * export const Note = defineKind("Note", { text: z.string(), line: z.int().min(1) }, ({ text }) => [text]);
 * Note.make({ text: "TODO: round", line: 3 }, { source: file.source, from: [file] });
 */
export function defineKind<const N extends string, S extends z.ZodRawShape>(
  name: N,
  shape: S,
  contentOf: (record: z.infer<z.ZodObject<S>>) => string[],
) {
  const schema = z.strictObject({ kind: z.literal(name), ...envelope, ...shape });
  type Content = z.infer<z.ZodObject<S>>;
  type R = { kind: N } & Envelope & Content;

  function make(fields: Content, source: Source | null, from: string[]): R {
    const id = hashValue({ kind: name, content: fields, source, from }).slice(0, 32);
    return { kind: name, id, source, from, ...fields } as unknown as R;
  }
  return {
    name,
    schema: schema as unknown as z.ZodType<R>,
    hasEvidence: shape["evidence"] === Evidence,
    make: (fields: Content, lineage: { source: Source | null; from: readonly { id: string }[] }): R =>
      make(
        fields,
        lineage.source,
        lineage.from.map(({ id }) => id),
      ),
    derive: (record: R, changes: Partial<Content> & { source?: Source | null }): R => {
      const { kind: _kind, id, from: _from, source, ...fields } = { ...record, ...changes };
      return make(fields as unknown as Content, source, [id]);
    },
    is: (record: { readonly kind: string }): record is R => record.kind === name,
    contentHash: (record: R, { ignore = "nothing" }: ContentHashOptions = {}): string => {
      const texts = contentOf(record);
      return sha256(JSON.stringify(ignore === "whitespace" ? texts.map(withoutFreeSpace) : texts));
    },
  };
}
