/** Runs the work once, when it is first asked for; a failure is not kept. */
export function lazy<T>(work: () => Promise<T>): () => Promise<T> {
  let pending: Promise<T> | null = null;
  return async () => {
    pending ??= work();
    try {
      return await pending;
    } catch (error) {
      pending = null;
      throw error;
    }
  };
}
