import { distance } from "fastest-levenshtein";

/** The candidate that was most likely meant; undefined where none is near. */
export function suggest(written: string, candidates: readonly string[]): string | undefined {
  const [best] = candidates
    .map((candidate) => ({ candidate, edits: distance(written.toLowerCase(), candidate.toLowerCase()) }))
    .toSorted((a, b) => a.edits - b.edits);
  return best !== undefined && best.edits <= Math.max(2, Math.floor(written.length / 3)) ? best.candidate : undefined;
}

/** `Did you mean "x"?` and what there is to choose from. */
export function suggestion(written: string, candidates: readonly string[], introduction: string): string {
  const best = suggest(written, candidates);
  return [...(best === undefined ? [] : [`Did you mean "${best}"?`]), `${introduction} ${candidates.join(", ")}.`].join(
    " ",
  );
}
