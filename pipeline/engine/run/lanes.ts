/**
 * Works through partitions in order, so many at once, until there are no more. The first failure stops those that are
 * still running.
 *
 * @param stop aborted where one has failed: what listens to it ends
 * @param work answers false where there is no such partition
 */
export async function inLanes(
  lanes: number,
  stop: AbortController,
  work: (partition: number) => Promise<boolean>,
): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (await work(next++));
  };
  const working = Array.from({ length: lanes }, lane);
  try {
    await Promise.all(working);
  } catch (error) {
    stop.abort();
    await Promise.allSettled(working);
    throw error;
  }
}
