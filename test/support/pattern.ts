/**
 * One expression for what several describe one after the other: a long text is expected line by line.
 * @param parts with the same flags
 * @example expect(stdout).toMatch(pattern(/^2 of 3 tests passed\n/u, /1 of them proves nothing\n$/u));
 */
export function pattern(...parts: readonly [RegExp, ...RegExp[]]): RegExp {
  return new RegExp(parts.map(({ source }) => source).join(""), parts[0].flags);
}
