/** Shorter lines say too little to be given away: `return x`, `}`. */
const shortest = 24;

/** A line of the answer that stands in the question, as it is there; null where none does. Names alone are none. */
export function leakOf(question: string, answer: string): string | null {
  const asked = flat(question);
  const lines = answer.split("\n").map(flat);
  return lines.find((line) => line.length >= shortest && asked.includes(line)) ?? null;
}

function flat(text: string): string {
  return text.trim().replaceAll(/\s+/gu, " ");
}
