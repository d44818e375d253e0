import type { BatchSummary } from '../../shared/ledger/batch-store.ts';
import type { ForeignAlarm } from '../../shared/ledger/foreign.ts';
import { omitUndefined } from '../../shared/runtime/omit-undefined.ts';
import { settledCount } from '../../ui/states.ts';
import { type StatusDeps, type StopStatus, stopStatus } from '../batch-status.ts';
import { isFinished } from '../progress.ts';

/** One batch of the live table. */
export interface BatchView {
  readonly summary: BatchSummary;
  /** Images that get their outcome per minute; absent until it can be measured. */
  readonly perMinute?: number;
  /** Milliseconds left at this pace. */
  readonly etaMs?: number;
}

/** What the live table shows of the project. */
export interface Overview {
  /** In the order in which they were submitted. */
  readonly batches: readonly BatchView[];
  /** Images in IMS, of all batches. */
  readonly inFlight: number;
  readonly stop: StopStatus | null;
  /** Another installation works on the project. */
  readonly others?: ForeignAlarm;
}

/** Batches that one read may cover: there may be thousands that ended long ago. */
const MAX_BATCHES = 50;
/** How many of these may be new or unfinished; the others get the rest of the places in turn. */
const MAX_URGENT = 30;

interface Known {
  readonly summary: BatchSummary;
  readonly samples: readonly Sample[];
}

/** Reads the project repeatedly, with a bounded number of commands per read. */
export class OverviewReader {
  readonly #deps: StatusDeps;
  readonly #only: string | undefined;
  #known: ReadonlyMap<string, Known> = new Map();
  #turn = 0;

  /** `only`: one batch. */
  constructor(deps: StatusDeps, only?: string) {
    this.#deps = deps;
    this.#only = only;
  }

  async read(): Promise<Overview> {
    const { batches, ledger, project } = this.#deps;
    const names = this.#only === undefined ? await batches.names() : [this.#only];
    await this.#update(names);
    const views = names.flatMap((name) => this.#known.get(name) ?? []).map(viewOf);
    return omitUndefined({
      batches: views,
      inFlight: await ledger.inFlight(),
      stop: await this.#stop(views),
      others: await project.others.alarm(),
    });
  }

  /** The same with every batch there is: for the first read. */
  async readAll(): Promise<Overview> {
    for (let known = -1; ; known = this.#known.size) {
      const overview = await this.read();
      if (this.#known.size === known) return overview;
    }
  }

  async #update(names: readonly string[]): Promise<void> {
    const { batches, clock } = this.#deps;
    const due = this.#due(names);
    const summaries = await Promise.all(due.map((name) => batches.summary(name)));
    const known = new Map([...this.#known].filter(([name]) => names.includes(name)));
    for (const [index, name] of due.entries()) {
      const summary = summaries[index];
      if (summary) {
        const sample = { atMs: clock.monotonic(), settled: settledCount(summary.counts) };
        known.set(name, { summary, samples: withSample(known.get(name)?.samples ?? [], sample) });
      } else known.delete(name);
    }
    this.#known = known;
  }

  /** New and unfinished batches first, the latest before older ones; the others in turn. */
  #due(names: readonly string[]): readonly string[] {
    const latest = names.toReversed();
    const isUrgent = (name: string): boolean => {
      const known = this.#known.get(name);
      return !known || !isFinished(known.summary);
    };
    const urgent = latest.filter(isUrgent).slice(0, MAX_URGENT);
    const others = latest.filter((name) => !urgent.includes(name));
    const room = Math.min(others.length, MAX_BATCHES - urgent.length);
    const start = this.#turn % Math.max(1, others.length);
    this.#turn += room;
    return [...urgent, ...[...others, ...others].slice(start, start + room)];
  }

  async #stop(views: readonly BatchView[]): Promise<StopStatus | null> {
    const [first, ...others] = views.map(({ summary }) => summary.counts);
    if (!first) return null;
    const pending = others.reduce((sum, counts) => sum + counts.pending, first.pending);
    return stopStatus(this.#deps, { ...first, pending });
  }
}

function viewOf({ summary, samples }: Known): BatchView {
  const rate = perMinute(samples);
  if (rate === undefined || isFinished(summary)) return { summary };
  const left = summary.total - settledCount(summary.counts);
  return rate > 0
    ? { summary, perMinute: rate, etaMs: (left * 60_000) / rate }
    : { summary, perMinute: 0 };
}

/** How many images of a batch had their outcome at a moment of the monotonic clock. */
export interface Sample {
  readonly atMs: number;
  readonly settled: number;
}

/** The pace is that of the last minute: an hour ago says little about now. */
const WINDOW_MS = 60_000;
/** Over less time a pace would be a matter of luck. */
const MIN_SPAN_MS = 5000;

/** Samples with a new one; those too old for the pace are dropped. */
export function withSample(samples: readonly Sample[], next: Sample): readonly Sample[] {
  const last = samples.at(-1);
  // Fewer than before: images are being retried, and the old pace means nothing.
  if (last && next.settled < last.settled) return [next];
  return [...samples.filter(({ atMs }) => next.atMs - atMs <= WINDOW_MS), next];
}

/** Images per minute; `undefined` until it can be measured. */
export function perMinute(samples: readonly Sample[]): number | undefined {
  const [first] = samples;
  const last = samples.at(-1);
  if (!first || !last || last.atMs - first.atMs < MIN_SPAN_MS) return undefined;
  return ((last.settled - first.settled) * 60_000) / (last.atMs - first.atMs);
}
