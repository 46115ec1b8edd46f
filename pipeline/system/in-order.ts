/** Items one after another, for what takes records as they come. */
export async function* inOrder<T>(items: readonly T[]): AsyncIterable<T> {
  yield* items;
}
