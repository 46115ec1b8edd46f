import { testFile } from "../../../python/lib/pytest-file.js";
import type { Edit } from "../../../../pipeline/contract/expectation.js";

/** What becomes of an expectation in the text. */
export interface Change {
  readonly edits: readonly Edit[];
  readonly imports: readonly string[];
}

/** The response with these changes of expectations, and with the imports that they need; every other byte stays. */
export function rewritten(preamble: string, response: string, changes: readonly Change[]): string {
  const file = Buffer.from(testFile(preamble, response));
  const before = file.byteLength - Buffer.byteLength(`${response.trim()}\n`);
  const text = withEdits(
    file,
    withoutConflicts(changes.flatMap(({ edits }) => edits)).filter(([start]) => start >= before),
  );
  const changed = text.subarray(before).toString().trimEnd();
  const imports = [...new Set(changes.flatMap((each) => each.imports))].toSorted();
  if (imports.length === 0) return changed;
  return `${imports.join("\n")}${/^(?:import|from)\s/u.test(changed) ? "\n" : "\n\n\n"}${changed}`;
}

/** From back to front, so that no place moves before its turn. */
function withEdits(file: Buffer, edits: readonly Edit[]): Buffer {
  return edits
    .toReversed()
    .reduce(
      (text, [start, end, inserted]) =>
        Buffer.concat([text.subarray(0, start), Buffer.from(inserted), text.subarray(end)]),
      file,
    );
}

/** In order, each once; of two that are about the same bytes the larger one stays. */
function withoutConflicts(edits: readonly Edit[]): Edit[] {
  const known = [...new Map(edits.map((edit) => [JSON.stringify(edit), edit])).values()];
  const inside = ([start, end]: Edit, other: Edit) =>
    start === end
      ? other[0] < start && end < other[1]
      : other[0] <= start && end <= other[1] && other[1] - other[0] > end - start;
  const kept = known.filter((edit) => !known.some((other) => inside(edit, other)));
  const ordered = kept.toSorted((a, b) => a[0] - b[0] || a[1] - b[1]);
  return ordered.filter((edit, index) => index === 0 || edit[0] >= (ordered[index - 1]?.[1] ?? 0));
}
