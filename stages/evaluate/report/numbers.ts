/** Figures as a page shows them. */
export function percent(value: number): string {
  return `${(value * 100).toFixed(1)} %`;
}

/** A difference of parts, in percentage points. */
export function points(value: number): string {
  return `${value > 0 ? "+" : value < 0 ? "−" : ""}${Math.abs(value * 100).toFixed(1)}`;
}

/** A number with its noun, which gets an s unless there is one of it: 1 row, 1,204 rows. */
export function counted(number: number, noun: string): string {
  return `${number.toLocaleString("en-GB")} ${noun}${number === 1 ? "" : "s"}`;
}

/** Items as a sentence lists them: a, b and c. Empty for none. */
export function listed(items: readonly string[]): string {
  const [last = "", ...others] = items.toReversed();
  return others.length === 0 ? last : `${others.toReversed().join(", ")} and ${last}`;
}
