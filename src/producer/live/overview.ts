import type { BatchSummary } from '../../shared/ledger/batch-store.ts';
import type { ForeignAlarm } from '../../shared/ledger/foreign.ts';
import type { Clock } from '../../shared/runtime/clock.ts';
import { type StatusDeps, type StopStatus, stopStatus } from '../batch-status.ts';
import { isFinished, settledCount } from '../progress.ts';
import { perMinute, type Sample, withSample } from './pace.ts';

/** One batch of the live table. */
export interface BatchView {
  readonly summary: BatchSummary;
  /** Images a minute that get their outcome; absent while that cannot be told. */
  readonly perMinute?: number;
  /** Milliseconds left at this pace. */
  readonly etaMs?: number;
}

/** What the live table shows of the project. */
export interface Overview {
  /** In the order in which they were submitted. */
  readonly batches: readonly BatchView[];
  /** Images in IMS's hands, of all batches. */
  readonly inFlight: number;
  readonly stop: StopStatus | null;
  /** Another installation works on the project. */
  readonly others?: ForeignAlarm;
}

export type LiveDeps = StatusDeps & { readonly clock: Clock };

/** At most as many batches are read at once: there may be thousands that ended long ago. */
const MOST_READ = 50;
/** So many of them each time; the rest of the room goes to all others in turns. */
const MOST_URGENT = 30;

interface Known {
  readonly summary: BatchSummary;
  readonly samples: readonly Sample[];
}

/** Reads the project again and again, with a bounded number of commands each time. */
export class OverviewReader {
  readonly #deps: LiveDeps;
  readonly #only: string | undefined;
  #known: ReadonlyMap<string, Known> = new Map();
  #turn = 0;

  /** `only`: one batch. */
  constructor(deps: LiveDeps, only?: string) {
    this.#deps = deps;
    this.#only = only;
  }

  async read(): Promise<Overview> {
    const { batches, ledger, clock } = this.#deps;
    const names = this.#only === undefined ? await batches.names() : [this.#only];
    const due = this.#due(names);
    const summaries = await Promise.all(due.map((name) => batches.summary(name)));
    const known = new Map([...this.#known].filter(([name]) => names.includes(name)));
    for (const [index, name] of due.entries()) {
      const summary = summaries[index];
      if (!summary) {
        known.delete(name);
        continue;
      }
      const sample = { atMs: clock.monotonic(), settled: settledCount(summary.counts) };
      known.set(name, { summary, samples: withSample(known.get(name)?.samples ?? [], sample) });
    }
    this.#known = known;
    const views = names.flatMap((name) => known.get(name) ?? []).map(viewOf);
    const others = await this.#deps.project.others.alarm();
    const told = { inFlight: await ledger.inFlight(), stop: await this.#stop(views) };
    return { batches: views, ...told, ...(others && { others }) };
  }

  /** The same, with every batch there is: for the first look. */
  async readAll(): Promise<Overview> {
    for (let known = -1; ; known = this.#known.size) {
      const overview = await this.read();
      if (this.#known.size === known) return overview;
    }
  }

  /** New ones and those under way first, the latest before others; the rest in turns. */
  #due(names: readonly string[]): readonly string[] {
    const latest = names.toReversed();
    const isUrgent = (name: string): boolean => {
      const known = this.#known.get(name);
      return !known || !isFinished(known.summary);
    };
    const urgent = latest.filter(isUrgent).slice(0, MOST_URGENT);
    const others = latest.filter((name) => !urgent.includes(name));
    const room = Math.min(others.length, MOST_READ - urgent.length);
    const turns = Array.from({ length: room }, (_, at) => {
      const name = others[(this.#turn + at) % others.length];
      return name ?? '';
    });
    this.#turn += room;
    return [...urgent, ...turns];
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
