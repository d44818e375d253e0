/** How many images of a batch had their outcome at a moment of a clock that never jumps. */
export interface Sample {
  readonly atMs: number;
  readonly settled: number;
}

/** The pace counts the last minute: what was an hour ago says little about now. */
const WINDOW_MS = 60_000;
/** Shorter than that a pace is a matter of luck. */
const TELLING_MS = 5000;

/** Samples with a new one; what is older than the pace needs is dropped. */
export function withSample(samples: readonly Sample[], next: Sample): readonly Sample[] {
  const last = samples.at(-1);
  // Fewer than before: images are tried again, and the old pace says nothing.
  if (last && next.settled < last.settled) return [next];
  return [...samples.filter(({ atMs }) => next.atMs - atMs <= WINDOW_MS), next];
}

/** Images a minute; `undefined` while that cannot be told. */
export function perMinute(samples: readonly Sample[]): number | undefined {
  const [first] = samples;
  const last = samples.at(-1);
  if (!first || !last || last.atMs - first.atMs < TELLING_MS) return undefined;
  return ((last.settled - first.settled) * 60_000) / (last.atMs - first.atMs);
}
