import type { Context } from "../../../pipeline/contract/stage.js";

/** Thrown where nothing is remembered: nothing is computed, and nobody is kept waiting. */
class NotThere extends Error {
  override readonly name = "NotThere";
}

/** What is remembered under the key; null where nothing is. */
export async function peek<T>({ remember }: Pick<Context, "remember">, key: unknown): Promise<T | null> {
  try {
    return await remember<T>(key, async () => {
      throw new NotThere();
    });
  } catch (error) {
    if (error instanceof NotThere) return null;
    throw error;
  }
}
