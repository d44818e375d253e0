interface Parallel {
  /** How many are worked on at the same time. */
  readonly atOnce: number;
  /** Called after each with how many are done. */
  readonly onProgress?: (done: number) => void;
}

/** The results of the work on each item, in the order of the items. */
export async function inParallel<T, R>(
  items: readonly T[],
  work: (item: T) => Promise<R>,
  { atOnce, onProgress }: Parallel,
): Promise<readonly R[]> {
  const results: R[] = [];
  const waiting = items.entries();
  let done = 0;
  const next = async (): Promise<void> => {
    for (const [index, item] of waiting) {
      results[index] = await work(item);
      done += 1;
      onProgress?.(done);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, next));
  return results;
}
