/**
 * What Python takes for white space (str.isspace). JavaScript's trim() leaves the separators U+001C to U+001F and the
 * next line U+0085, and takes a byte order mark for white space.
 */
const space = String.raw`[\t-\r\u001C-\u0020\u0085\u00A0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000]`;
const [before, after] = [new RegExp(`^${space}+`, "u"), new RegExp(`${space}$`, "u")];

/** A text without the white space at its ends, as Python's str.strip() leaves it. */
export function strip(text: string): string {
  let end = text.length;
  // From the end, character by character: a search for a run that ends there takes the square of the time.
  while (end > 0 && after.test(text.charAt(end - 1))) end -= 1;
  return text.slice(0, end).replace(before, "");
}

const oneEnd = String.raw`\r\n|[\n-\r\u001C-\u001E\u0085\u2028\u2029]`;
const [everyEnd, lastEnd] = [new RegExp(oneEnd, "gu"), new RegExp(`(?:${oneEnd})$`, "u")];

/** The number of lines as Python's str.splitlines() tells them: a form feed ends one, and so do U+0085 and U+2028. */
export function countLines(text: string): number {
  const ends = text.match(everyEnd)?.length ?? 0;
  return text === "" || lastEnd.test(text) ? ends : ends + 1;
}
