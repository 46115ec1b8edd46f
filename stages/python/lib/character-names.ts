/** Characters by the names that Unicode gives them, in capitals. */
export type CharacterNames = ReadonlyMap<string, string>;

/** For texts that name no character by `\N{...}`, or of which that does not matter. */
export const noCharacterNames: CharacterNames = new Map();

/** The characters that a text names by `\N{...}`; the table is loaded for a text that does. */
export async function charactersNamedIn(text: string): Promise<CharacterNames> {
  const sought = new Set([...text.matchAll(/\\N\{([^{}\n]+)\}/gu)].map(([, name = ""]) => name.toUpperCase()));
  if (sought.size === 0) return noCharacterNames;
  const { unicodeAliases, unicodeBaseName } = await import("unicode-name");
  const found = new Map<string, string>();
  const note = (name: string | undefined, character: string) => {
    if (name !== undefined && sought.delete(name)) found.set(name, character);
  };
  // Ideographs are named by their number.
  for (const name of sought) {
    const code = Number.parseInt(
      /^CJK (?:UNIFIED|COMPATIBILITY) IDEOGRAPH-([0-9A-F]{4,5})$/u.exec(name)?.[1] ?? "",
      16,
    );
    if (!Number.isNaN(code) && unicodeBaseName(code) === name) note(name, String.fromCodePoint(code));
  }
  for (const code of codePoints()) {
    if (sought.size === 0) break;
    note(unicodeBaseName(code), String.fromCodePoint(code));
  }
  for (const code of codePoints()) {
    if (sought.size === 0) break;
    const character = String.fromCodePoint(code);
    for (const alias of Object.values(unicodeAliases(character) ?? {}).flat()) note(alias, character);
  }
  return found;
}

/** Those that have names of their own: without ideographs, surrogates and private use. */
function* codePoints(): Generator<number> {
  for (const [first, end] of [
    [0, 0x3400],
    [0x4dc0, 0x4e00],
    [0xa000, 0xd7b0],
    [0xfb00, 0x2_0000],
    [0xe_0000, 0xe_0200],
  ] as const) {
    for (let code = first; code < end; code += 1) yield code;
  }
}
