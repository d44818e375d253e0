import { ClassFits, type Failures } from './class-fits.ts';
import { credible, type Estimate, forecastEnds } from './forecast-ends.ts';
import type { FlyingImport, ProjectFacts } from './project-facts.ts';
import { type Duration, fraction, type InFlight, spread } from './schedule.ts';
import { startGap } from './start-gap.ts';

/** When the batches and the project are done; `undefined` for what depends on imports that nothing is known of. */
export interface Prediction {
  readonly batches: ReadonlyMap<string, Estimate | undefined>;
  readonly project: Estimate | undefined;
}

/** The time left of a project; pure. */
export function predict(facts: ProjectFacts): Prediction {
  const fits = new ClassFits(facts);
  const failures = fits.failures();
  const inFlight = repeated(facts.inFlight, facts.places).map((one) =>
    flying(one, facts.now, fits),
  );
  const queue = facts.queue.map(({ batch, count, sample }) => ({
    ...{ batch, count },
    sample: withFailures(
      sample.flatMap((traits) => fits.of(traits) ?? []),
      failures,
    ),
    isKnown: sample.length > 0 && sample.every((traits) => fits.of(traits) !== undefined),
  }));
  const known = inFlight.filter((one) => 'duration' in one);
  const blind = inFlight.filter((one) => !('duration' in one)).flatMap(({ batches }) => batches);
  // What comes after images that nothing is known of is not known, either.
  const first = known.length < inFlight.length ? 0 : queue.findIndex(({ isKnown }) => !isKnown);
  const after = first < 0 ? [] : queue.slice(first).map(({ batch }) => batch);
  const unknown = new Set([...blind, ...after]);
  const ends = forecastEnds({
    inFlight: known,
    queue: (first < 0 ? queue : queue.slice(0, first)).filter(({ count }) => count > 0),
    limit: facts.limit,
    submitsPerMinute: facts.submitRate,
    ...startGap(facts),
  });
  const batches = new Map<string, Estimate | undefined>(ends.batches);
  for (const { batch, alsoIn } of facts.queue) {
    const all = [batch, ...alsoIn].flatMap((name) => batches.get(name) ?? []);
    const [last] = all.toSorted((a, b) => b.ms - a.ms);
    if (last) batches.set(batch, last);
  }
  for (const name of unknown) batches.set(name, undefined);
  const shown = [...batches].map(([name, end]) => [name, end && credible(end)] as const);
  return {
    batches: new Map(shown),
    project: unknown.size > 0 ? undefined : credible(ends.project),
  };
}

function repeated(sample: readonly FlyingImport[], count: number): readonly FlyingImport[] {
  if (sample.length === 0 || sample.length >= count) return sample;
  return Array.from({ length: count }, (_, at) => {
    const one = sample[at % sample.length];
    return one ? [{ ...one, seed: one.seed + at }] : [];
  }).flat();
}

/** The order of magnitude of a window. */
const UNCLEAR: Duration = { courses: [{ medianMs: 300_000, sigma: 0.5 }] };

function flying(
  one: FlyingImport,
  now: number,
  fits: ClassFits,
): InFlight | Pick<InFlight, 'batches'> {
  const { batches, predicted, seed } = one;
  const elapsedMs = Math.max(0, now - one.startedAt);
  // It keeps a place until its window is over. When its batch is done, nobody can say.
  if (one.isUnclear) return { batches: [], elapsedMs, duration: UNCLEAR, seed };
  const duration = predicted ? { courses: [predicted] } : fits.of(one);
  return duration ? { batches, elapsedMs, duration, seed } : { batches };
}

/** Images of a sample that stand for those that fail. */
const SPREAD_SIZE = 60;
const FAILURE_SIGMA = 0.3;

/** A sample with failures in it, evenly spread. */
function withFailures(
  sample: readonly Duration[],
  failures: Failures | undefined,
): readonly Duration[] {
  if (failures === undefined || sample.length === 0) return sample;
  const { share, medianMs } = failures;
  const failing = { courses: [{ medianMs, sigma: FAILURE_SIGMA }] };
  return Array.from({ length: SPREAD_SIZE }, (_, at) =>
    spread(at) < share ? failing : (sample[at % sample.length] ?? failing),
  );
}

/** A stable number for a text. */
export function seedOf(text: string): number {
  let seed = 0;
  for (let at = 0; at < text.length; at += 1)
    seed = (Math.imul(seed, 31) + text.charCodeAt(at)) | 0;
  return Math.floor(fraction(seed, 0) * 2 ** 31);
}
