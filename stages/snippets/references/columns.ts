import { closest } from "fastest-levenshtein";
import { z } from "zod";
import { strip } from "../../../pipeline/system/strip.js";
import { strayPlaceholders } from "../lib/wording.js";

/** A column of a table, by its header, and what stands for an empty cell. */
const Column = z
  .union([
    z.string().min(1),
    z.strictObject({ column: z.string().min(1), default: z.string().default("").describe("Stands for an empty cell") }),
  ])
  .transform((written) => (typeof written === "string" ? { column: written, default: "" } : written));

/** Columns by the names that templates show them under. */
export const Columns = z
  .record(z.string().regex(/^[a-z_]+$/u, "expected lower-case letters and _, as {{placeholders}} are written"), Column)
  .refine((columns) => Object.keys(columns).length > 0, "expected at least one column");
/** Columns by the names that templates show them under. */
export type Columns = z.output<typeof Columns>;

interface Wanted {
  readonly columns: Columns;
  readonly required: readonly string[];
  readonly labels: readonly string[];
  readonly prompt: { readonly template: string };
  readonly response: { readonly template: string };
}

/** Complains of names that are none of `columns`, each at its own place. */
export function expectColumns(options: Wanted, problem: z.RefinementCtx): void {
  const known = Object.keys(options.columns);
  for (const list of ["required", "labels"] as const) {
    for (const [index, name] of options[list].entries()) {
      if (known.includes(name)) continue;
      const all = known.join(", ");
      const message = `"${name}" is none of columns; did you mean "${closest(name, known)}"? They are: ${all}`;
      problem.addIssue({ code: "custom", path: [list, index], message });
    }
  }
  for (const name of ["prompt", "response"] as const)
    for (const message of strayPlaceholders(options[name].template, known))
      problem.addIssue({ code: "custom", path: [name, "template"], message });
}

/** The cells of a row by the names of `columns`, without the white space around them. */
export function mapped(cells: Readonly<Record<string, string>>, columns: Columns): Record<string, string> {
  return Object.fromEntries(
    Object.entries(columns).map(([name, { column, default: otherwise }]) => {
      const cell = strip(cells[column] ?? "");
      return [name, cell === "" ? otherwise : cell];
    }),
  );
}
