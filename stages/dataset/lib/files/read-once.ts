import type { Conversation } from "../../../../pipeline/contract/records.js";

/** Characters of conversations that are kept in memory. */
const most = 1 << 25;

/**
 * Conversations that are read again from memory, where a bound allows it: the first time through keeps them. More of
 * them are read from where they lie each time, so that memory stays flat.
 */
export function readOnce(conversations: AsyncIterable<Conversation>): AsyncIterable<Conversation> {
  let kept: Conversation[] | null = null;
  return {
    async *[Symbol.asyncIterator]() {
      if (kept !== null) {
        yield* kept;
        return;
      }
      let met: Conversation[] | null = [];
      let characters = 0;
      for await (const conversation of conversations) {
        characters += charactersOf(conversation);
        if (characters > most) met = null;
        met?.push(conversation);
        yield conversation;
      }
      kept = met;
    },
  };
}

function charactersOf({ messages, columns }: Conversation): number {
  const texts = [...messages.map(({ content }) => content), ...Object.values(columns)];
  return texts.reduce((sum, text) => sum + text.length, 0);
}
