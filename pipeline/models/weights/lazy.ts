/** Work that runs once, when it is first asked for; a failure is not kept. */
export interface Lazy<T> {
  (): Promise<T>;
  /** The work where it was asked for; undefined where it was not, or has failed. Asks for nothing. */
  begun(): Promise<T> | undefined;
}

/** Makes work wait until it is asked for. */
export function lazy<T>(work: () => Promise<T>): Lazy<T> {
  let pending: Promise<T> | undefined;
  const ask = async (): Promise<T> => {
    pending ??= work();
    try {
      return await pending;
    } catch (error) {
      pending = undefined;
      throw error;
    }
  };
  return Object.assign(ask, { begun: () => pending });
}
