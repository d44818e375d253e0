import type { Learned } from '../../src/shared/outlook/forecast.ts';
import { predict } from '../../src/shared/outlook/predict.ts';
import type {
  EndedImport,
  FlyingImport,
  ProjectFacts,
} from '../../src/shared/outlook/project-facts.ts';
import { seededRandom } from '../../src/shared/runtime/random.ts';

/** A project whose course is decided before anything is predicted of it. */
export interface Shape {
  readonly batches: readonly {
    readonly name: string;
    readonly images: number;
    readonly medianMs: number;
    readonly format?: string;
  }[];
  readonly limit: number;
  readonly sigma: number;
  /** What was learned before: durations of this median, or those that come true. */
  readonly learnedMs?: number | 'right';
  readonly showsProgress?: boolean;
  /** Creates that really leave, a minute; the worker's setting allows 60. */
  readonly throttledTo?: number;
  readonly submitRate?: number;
  /** An end is noticed this much later at most. */
  readonly pollLagMs?: number;
  /** No worker runs between these times: nothing is started or noticed. */
  readonly outage?: readonly [from: number, to: number];
  readonly failing?: number;
}

interface Course {
  readonly batch: string;
  readonly classes: readonly [string, string];
  readonly startedAt: number;
  readonly endsAt: number;
  readonly noticedAt: number;
  readonly seed: number;
  readonly isFailed: boolean;
}

/** What really happens. */
export function courseOf(shape: Shape, seed = 1): readonly Course[] {
  const random = seededRandom(seed);
  const { limit, sigma, submitRate = 60, throttledTo, pollLagMs = 6000, outage = [0, 0] } = shape;
  const awake = (at: number): number => (at >= outage[0] && at < outage[1] ? outage[1] + 2000 : at);
  const gapMs = throttledTo === undefined ? 250 : 60_000 / throttledTo;
  const places: number[] = Array.from({ length: limit }, () => 0);
  const starts: number[] = [];
  const course: Course[] = [];
  for (const { name, images, medianMs, format } of shape.batches) {
    for (let at = 0; at < images; at += 1) {
      places.sort((a, b) => a - b);
      const minute = starts.at(-submitRate) ?? Number.NEGATIVE_INFINITY;
      const last = starts.at(-1) ?? Number.NEGATIVE_INFINITY;
      const free = places.shift() ?? 0;
      const startedAt = awake(Math.max(free, last + gapMs, minute + 60_000));
      const isFailing = random.next() < (shape.failing ?? 0);
      const endsAt =
        startedAt + 2000 + (isFailing ? 20_000 : medianMs * Math.exp(sigma * normal(random)));
      const noticedAt = awake(endsAt + pollLagMs * random.next());
      starts.push(startedAt);
      places.push(noticedAt);
      const classes = classesOf(format);
      course.push({
        batch: name,
        classes,
        startedAt,
        endsAt,
        noticedAt,
        seed: course.length * 7919,
        isFailed: isFailing,
      });
    }
  }
  return course;
}

function normal(random: { next(): number }): number {
  return Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
}

/** What the ledger shows of it at a moment. */
export function factsAt(shape: Shape, course: readonly Course[], now: number): ProjectFacts {
  const { outage } = shape;
  const flying = course.filter(({ startedAt, noticedAt }) => startedAt <= now && noticedAt > now);
  const ended = course
    .filter(({ noticedAt }) => noticedAt <= now)
    .toSorted((a, b) => b.noticedAt - a.noticedAt);
  const queue = shape.batches.flatMap(({ name, format }) => {
    const count = course.filter(({ batch, startedAt }) => batch === name && startedAt > now).length;
    const sample = [{ classes: classesOf(format) }];
    return count === 0 ? [] : [{ batch: name, count, sample, alsoIn: [] }];
  });
  return {
    now,
    limit: shape.limit,
    submitRate: shape.submitRate ?? 60,
    learned: learnedAt(shape, ended),
    inFlight: flying.map((one) => flyingAt(shape, one, now)),
    places: flying.length,
    ended: ended.slice(0, 200).map(endedOf),
    queue,
    outages: outage && now >= outage[1] ? [{ from: outage[0], to: outage[1] }] : [],
  };
}

function flyingAt({ showsProgress }: Shape, one: Course, now: number): FlyingImport {
  const { batch, classes, startedAt, endsAt, seed } = one;
  const progress = Math.min(1, (now - startedAt) / (endsAt - startedAt));
  const base = { batches: [batch], classes, startedAt, seed };
  if (!showsProgress) return base;
  // A tenth of the time passes before IMS shows any.
  if (progress < 0.1) return { ...base, silentMs: now - startedAt };
  return {
    ...base,
    predicted: { medianMs: endsAt - startedAt, sigma: 0.01 + 0.12 * (1 - progress) },
  };
}

function endedOf({ classes, startedAt, noticedAt, isFailed }: Course): EndedImport {
  return { classes, isFailed, startedAt, tookMs: noticedAt - startedAt };
}

function learnedAt(
  { learnedMs, sigma, batches }: Shape,
  ended: readonly Course[],
): ReadonlyMap<string, Learned> {
  const learned = new Map<string, Learned>();
  for (const { medianMs, format } of batches) {
    if (learnedMs === undefined) break;
    const mean = Math.log(learnedMs === 'right' ? medianMs : learnedMs);
    learned.set(classesOf(format)[0], { samples: 50, mean, variance: sigma ** 2 });
  }
  for (const { classes, startedAt, endsAt, isFailed } of ended.toReversed()) {
    if (isFailed) continue;
    const { samples = 0, mean = 0, variance = 0 } = learned.get(classes[0]) ?? {};
    // As the ledger does it.
    const count = Math.min(50, samples + 1);
    const log = Math.log(endsAt - startedAt);
    const delta = log - mean;
    const next = mean + delta / count;
    const spread = variance + (delta * (log - next) - variance) / count;
    learned.set(classes[0], { samples: count, mean: next, variance: spread });
  }
  return learned;
}

function classesOf(format = 'qcow2'): readonly [string, string] {
  return [`system/${format}/64`, 'system'];
}

/** A prediction, and what became of it. */
export interface Judged {
  readonly at: number;
  readonly batch: string;
  readonly trueMs: number;
  /** Three standard deviations of the duration of one image. */
  readonly slackMs: number;
  readonly predictedMs?: number;
  readonly plusMinusMs?: number;
}

/** Predicts every `stepMs` until the end. */
export function judge(shape: Shape, stepMs: number, seed = 1): readonly Judged[] {
  const course = courseOf(shape, seed);
  const judged: Judged[] = [];
  const endOf = (batch: string): number =>
    Math.max(...course.filter((one) => one.batch === batch).map(({ noticedAt }) => noticedAt));
  const end = Math.max(...course.map(({ noticedAt }) => noticedAt));
  for (let at = stepMs; at < end; at += stepMs) {
    const { batches } = predict(factsAt(shape, course, at));
    for (const { name, medianMs } of shape.batches) {
      if (endOf(name) <= at) continue;
      const is = batches.get(name);
      judged.push({
        at,
        batch: name,
        trueMs: endOf(name) - at,
        slackMs: Math.min(0.3, 3 * shape.sigma) * medianMs,
        ...(is && { predictedMs: is.ms, plusMinusMs: is.plusMinusMs }),
      });
    }
  }
  return judged;
}

/** Every prediction from the very first number on, for so long; nothing of such imports was known before. */
export function firstNumbers(shape: Shape, forMs: number, seed: number): readonly Judged[] {
  const [{ name, medianMs } = { name: '', medianMs: 1 }] = shape.batches;
  const course = courseOf(shape, seed);
  const ends = course.map(({ noticedAt }) => noticedAt);
  const end = Math.max(...ends);
  const judged: Judged[] = [];
  const isOver = (at: number): boolean => at >= end || at > (judged[0]?.at ?? at) + forMs;
  for (let at = Math.min(...ends); !isOver(at); at += medianMs / 40) {
    const is = predict(factsAt(shape, course, at)).batches.get(name);
    if (!is) continue;
    const numbers = { predictedMs: is.ms, plusMinusMs: is.plusMinusMs };
    judged.push({ at, batch: name, trueMs: end - at, slackMs: 0, ...numbers });
  }
  return judged;
}

/** By more than a fifth of what is left, and by more than its own bounds: whoever trusts it is misled. */
export function isMisleading({ trueMs, predictedMs = 0, plusMinusMs = 0 }: Judged): boolean {
  return Math.abs(predictedMs - trueMs) > Math.max(trueMs / 5, plusMinusMs);
}
