/**
 * Works through partitions in order, so many at once. The first failure stops those that are still running.
 *
 * @param stop aborted where one has failed: what listens to it ends
 */
export async function inLanes(
  partitions: readonly number[],
  lanes: number,
  stop: AbortController,
  work: (partition: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let partition = partitions[next++]; partition !== undefined; partition = partitions[next++])
      await work(partition);
  };
  const working = Array.from({ length: Math.min(lanes, partitions.length) }, lane);
  try {
    await Promise.all(working);
  } catch (error) {
    stop.abort();
    await Promise.allSettled(working);
    throw error;
  }
}
