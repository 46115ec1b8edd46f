/** What is used of unicode-name, which has no types of its own. */
declare module "unicode-name" {
  /** The name of a character; undefined where it has none, as control characters. */
  export function unicodeBaseName(codePoint: number): string | undefined;
  /** Other names that the standard gives it, by why it does. */
  export function unicodeAliases(character: string): Readonly<Record<string, readonly string[]>> | undefined;
}
