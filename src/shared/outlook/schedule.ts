import { corrected, type Forecast, remainingMs } from './forecast.ts';

/** An import in IMS, with what is known of it. */
export interface InFlight {
  readonly batches: readonly string[];
  readonly elapsedMs: number;
  readonly duration: Duration;
  /** Decides, always in the same way, whether it is one of the quick or one of the slow ones. */
  readonly seed: number;
}

/** Images of a batch that wait for a place. */
interface Queued {
  readonly batch: string;
  readonly count: number;
  /** Durations of a sample of them, in the order of the manifest. */
  readonly sample: readonly Duration[];
}

export interface Duration {
  /** What it may be like, in each scenario; a single one where nothing is unsure about that. */
  readonly courses: readonly Forecast[];
}

/** What there is to do, in the order of the queue, and how fast it may be started. */
export interface Workload {
  readonly inFlight: readonly InFlight[];
  readonly queue: readonly Queued[];
  readonly limit: number;
  /** 0 = unlimited. */
  readonly submitsPerMinute: number;
  /** Milliseconds between two starts, where something else keeps places empty; 0 = nothing does. */
  readonly gapMs: number;
  /** Standard deviation of its logarithm. */
  readonly gapError: number;
}

/** One course that things may take. */
export interface Scenario {
  readonly number: number;
  /** Standard normal quantile: how far what was measured is off. */
  readonly bias: number;
}

/** Scenarios of one forecast differ by what may be wrong about it, from the quickest to the slowest. */
export const SCENARIOS: readonly Scenario[] = [
  -1.6, -1.1, -0.8, -0.5, -0.25, 0, 0.25, 0.5, 0.8, 1.1, 1.6,
].map((bias, number) => ({ bias, number }));

function forecastIn({ courses }: Duration, { number }: Scenario): Forecast {
  return courses[number] ?? courses[0] ?? { medianMs: 0, sigma: 0.03 };
}

const MINUTE_MS = 60_000;
/** Of a queue this many images for each place are started one by one, half of them at its end. */
const ROUNDS = 4;
/** And of all queues together about this many. */
const MAX_SINGLE = 5000;

/** Milliseconds until each batch is done, in one scenario. */
export function schedule(workload: Workload, scenario: Scenario): ReadonlyMap<string, number> {
  const ends = new Map<string, number>();
  const places = new Places(workload, scenario);
  const note = (batch: string, at: number): void => {
    ends.set(batch, Math.max(ends.get(batch) ?? 0, at));
  };
  for (const { batches, elapsedMs, duration, seed } of workload.inFlight) {
    const share = fraction(seed, scenario.number);
    const forecast = corrected(forecastIn(duration, scenario), { elapsedMs });
    const end = remainingMs(forecast, elapsedMs, share);
    places.occupy(end);
    for (const batch of batches) note(batch, end);
  }
  for (const [at, { batch, count, sample }] of workload.queue.entries()) {
    const wave = waveOf(workload);
    const single = count <= 2 * wave ? count : wave;
    // Counted from its end: the last images, which decide, keep their durations while the queue gets shorter.
    for (let left = count - 1; left >= 0; left -= 1) {
      if (single < count && left === count - 1 - single / 2) {
        const skipped = count - single;
        places.skip(skipped, meanMs(sample, scenario));
        left -= skipped;
      }
      note(batch, places.take(durationMs(sample, scenario, { queue: at, left })));
    }
  }
  return ends;
}

/** How many images of each queue are started one by one. */
export function waveOf({ limit, queue }: Pick<Workload, 'limit' | 'queue'>): number {
  return Math.min(ROUNDS * limit, 2 * Math.ceil(MAX_SINGLE / 2 / Math.max(1, queue.length)));
}

function durationMs(
  sample: readonly Duration[],
  scenario: Scenario,
  { queue, left }: { readonly queue: number; readonly left: number },
): number {
  const one = sample[left % sample.length];
  if (!one) return 0;
  const share = fraction(left * 31 + queue, scenario.number);
  return remainingMs(forecastIn(one, scenario), 0, share);
}

/** Of a log-normal duration. */
function meanMs(sample: readonly Duration[], scenario: Scenario): number {
  const means = sample.map((one) => {
    const { medianMs, sigma } = forecastIn(one, scenario);
    return medianMs * Math.exp(Math.min(1, sigma ** 2 / 2));
  });
  return means.reduce((sum, mean) => sum + mean, 0) / Math.max(1, means.length);
}

/** The places among the images in flight, by when each becomes free, and the pace of starts. */
class Places {
  readonly #limit: number;
  readonly #gapMs: number;
  /** How many may start within a minute. */
  readonly #most: number;
  /** A heap: the first becomes free first. */
  readonly #free: number[] = [];
  readonly #starts: number[] = [];
  #started = 0;

  constructor({ limit, submitsPerMinute, gapMs, gapError }: Workload, { bias }: Scenario) {
    this.#limit = Math.max(1, limit);
    this.#gapMs = gapMs * Math.exp(bias * gapError);
    this.#most = submitsPerMinute > 0 ? Math.max(1, Math.round(submitsPerMinute)) : 0;
  }

  /** An image that is in flight. */
  occupy(until: number): void {
    this.#push(until);
  }

  /** Starts the next image; returns when it is done. */
  take(durationMs: number): number {
    const place = this.#free.length < this.#limit ? 0 : this.#pop();
    // There may be more images in flight than a lowered limit allows.
    let start = place;
    while (this.#free.length >= this.#limit) start = this.#pop();
    const last = this.#starts[(this.#started - 1) % Math.max(1, this.#most)] ?? 0;
    if (this.#started > 0) start = Math.max(start, last + this.#gapMs);
    const oldest =
      this.#started >= this.#most
        ? this.#starts[this.#started % Math.max(1, this.#most)]
        : undefined;
    if (this.#most > 0 && oldest !== undefined) start = Math.max(start, oldest + MINUTE_MS);
    this.#starts[this.#started % Math.max(1, this.#most)] = start;
    this.#started += 1;
    this.#push(start + durationMs);
    return start + durationMs;
  }

  /** Starts very many at once: with all places taken, one ends after the other. */
  skip(count: number, meanMs: number): void {
    const pauseMs = Math.max(
      meanMs / this.#limit,
      this.#gapMs,
      this.#most > 0 ? MINUTE_MS / this.#most : 0,
    );
    const passed = count * pauseMs;
    for (const at of this.#free.keys()) this.#free[at] = (this.#free[at] ?? 0) + passed;
    for (const at of this.#starts.keys()) this.#starts[at] = (this.#starts[at] ?? 0) + passed;
  }

  #push(at: number): void {
    const heap = this.#free;
    let child = heap.push(at) - 1;
    while (child > 0) {
      const parent = (child - 1) >> 1;
      if ((heap[parent] ?? 0) <= at) break;
      heap[child] = heap[parent] ?? 0;
      child = parent;
    }
    heap[child] = at;
  }

  #pop(): number {
    const heap = this.#free;
    const first = heap[0] ?? 0;
    const last = heap.pop() ?? 0;
    if (heap.length === 0) return first;
    let parent = 0;
    for (;;) {
      let child = 2 * parent + 1;
      if (child >= heap.length) break;
      if ((heap[child + 1] ?? Number.POSITIVE_INFINITY) < (heap[child] ?? 0)) child += 1;
      if ((heap[child] ?? 0) >= last) break;
      heap[parent] = heap[child] ?? 0;
      parent = child;
    }
    heap[parent] = last;
    return first;
  }
}

/** Numbers from 0 to 1, evenly spread. */
export function spread(at: number): number {
  return (at * 0.6180339887) % 1;
}

/** A number above 0 and below 1 that is always the same for the same pair. */
export function fraction(one: number, other: number): number {
  let bits = Math.imul(one ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(other + 1, 0xc2b2ae35);
  bits = Math.imul(bits ^ (bits >>> 15), 0x2c1b3c6d);
  bits = Math.imul(bits ^ (bits >>> 12), 0x297a2d39);
  return (((bits ^ (bits >>> 15)) >>> 0) + 0.5) / 2 ** 32;
}
