/**
 * A piece of a chat text. In what a format writes, its marks are tokens of their own; in a message's own text, they are
 * text.
 */
export interface ChatPiece {
  readonly text: string;
  readonly from: "format" | "message";
}

/** A conversation, or a part of one, as a chat format writes it. */
export type ChatText = readonly ChatPiece[];

/** A chat text as it reads: the template's own text is the format's, and each ${string} that of a message. */
export function chat(written: TemplateStringsArray, ...values: readonly (string | ChatText)[]): ChatText {
  return written
    .flatMap((text, index) => {
      const value = values[index] ?? [];
      return [
        { text, from: "format" as const },
        ...(typeof value === "string" ? [{ text: value, from: "message" as const }] : value),
      ];
    })
    .filter(({ text }) => text !== "");
}

/** The whole text, without a word on who wrote what. */
export function joined(pieces: ChatText): string {
  return pieces.map(({ text }) => text).join("");
}

/** The part of a chat text between two places, counted in characters. */
export function sliced(pieces: ChatText, start: number, end = Infinity): ChatText {
  let place = 0;
  return pieces.flatMap(({ text, from }) => {
    const part = text.slice(Math.max(0, start - place), Math.max(0, end - place));
    place += text.length;
    return part === "" ? [] : [{ text: part, from }];
  });
}
