import type { Edit } from "../contract/expectation.js";
import type { Field, Observed } from "./protocol.js";

/** What can be said of a value whose fields are not all the same in every run. */
export interface ByField {
  readonly answered: string;
  /** Fields of which nothing can be said but that they are there. */
  readonly moving: readonly string[];
  readonly edits: readonly Edit[];
  readonly imports: readonly string[];
}

const mostLines = 12;

/** Assertions of the fields that are the same wherever a value was seen; null where there are none. */
export function steadyFields(seen: readonly Observed[]): ByField | null {
  const shapes = seen.map(({ fields }) => fields).filter((each) => each !== null);
  const [shown] = shapes;
  if (shown === undefined || shapes.length < seen.length) return null;
  const said = compared(shapes.map(({ fields }) => fields));
  if (!said.some(({ isValue }) => isValue)) return null;
  const kept = said.flatMap(({ line, imports }) => (line === null ? [] : [{ line, imports }])).slice(0, mostLines);
  const text = [...shown.lead, ...kept.map(({ line }) => `assert ${line}`)].join(`\n${shown.indent}`);
  return {
    answered: kept.map(({ line }) => line).join("; "),
    moving: said.filter(({ isValue }) => !isValue).map(({ path }) => path),
    edits: [[shown.start, shown.end, text], ...shown.edits],
    imports: [...new Set(kept.flatMap(({ imports }) => imports))].toSorted(),
  };
}

interface Said {
  readonly path: string;
  readonly line: string | null;
  readonly imports: readonly string[];
  readonly isValue: boolean;
}

/** The fields of one value as several runs saw them, in the order of the first. */
function compared([first = [], ...others]: readonly (readonly Field[])[]): Said[] {
  return first.flatMap((field) => {
    const same = others.map((fields) => fields.find(({ path }) => path === field.path));
    return ofOne(field, same);
  });
}

function ofOne(field: Field, others: readonly (Field | undefined)[]): Said[] {
  const { path, line, there, imports } = field;
  const found = others.filter((other) => other !== undefined);
  if (found.length < others.length) return [{ path, line: null, imports: [], isValue: false }];
  if (line !== null && found.every((other) => other.line === line)) return [{ path, line, imports, isValue: true }];
  const inside = compared([field, ...found].map(({ fields }) => fields));
  return inside.some(({ isValue }) => isValue) ? inside : [{ path, line: there, imports: [], isValue: false }];
}
