import type { BatchSummary } from '../../shared/ledger/batch-store.ts';
import type { Learned } from '../../shared/outlook/forecast.ts';
import type { Estimate } from '../../shared/outlook/forecast-ends.ts';
import { measuredRate } from '../../shared/outlook/measured.ts';
import type {
  DoneTime,
  HistoryPoint,
  Outlook,
  ProjectOutlook,
} from '../../shared/outlook/outlook.ts';
import { type Prediction, predict } from '../../shared/outlook/predict.ts';
import type { Outage } from '../../shared/outlook/project-facts.ts';
import { omitUndefined } from '../../shared/runtime/omit-undefined.ts';
import { isFinished } from '../progress.ts';
import type { StatusDeps } from '../status-deps.ts';
import { readObstacles } from './obstacles.ts';
import {
  type BatchSample,
  batchSampleOf,
  type ProjectSample,
  queueOf,
  readSample,
} from './project-sample.ts';
import { standing } from './standing.ts';

/** When the batches and the project will be done, and what keeps them from it. One read, for one answer. */
export async function readOutlook(
  deps: StatusDeps,
  summaries?: readonly BatchSummary[],
): Promise<ProjectOutlook> {
  return new OutlookReader(deps).read(summaries ?? (await deps.batches.summaries()));
}

/** What the project did, the oldest first; intervals in which nothing happened are left out. */
export function readHistory({
  project,
}: Pick<StatusDeps, 'project'>): Promise<readonly HistoryPoint[]> {
  return project.history.read();
}

/** Unfinished batches of which images are read; the others count as the mean of these. */
const MAX_SAMPLED = 30;
const SAMPLE_SIZE = 24;
/** What a batch consists of hardly changes. */
const SAMPLE_KEPT_MS = 60_000;
/** A time that is some minutes away does not need to be computed every second. */
const FACTS_KEPT_MS = 5000;

/** What is read from Redis, for some seconds. */
interface Facts extends ProjectSample {
  readonly readAt: number;
  readonly now: number;
  readonly history: readonly HistoryPoint[];
  readonly outages: readonly Outage[];
  readonly fleet: Awaited<ReturnType<StatusDeps['project']['fleet']>>;
  readonly learned: ReadonlyMap<string, Learned>;
}

/**
 * The same again and again, as for a page that stays open: obstacles are read each time, images only every few
 * seconds. The number of commands does not grow with the batches or their images.
 */
export class OutlookReader {
  readonly #deps: StatusDeps;
  readonly #samples = new Map<string, BatchSample & { readonly readAt: number }>();
  #facts: Facts | undefined;
  #last: { readonly of: string; readonly batches: Prediction['batches'] } | undefined;

  constructor(deps: StatusDeps) {
    this.#deps = deps;
  }

  async read(summaries: readonly BatchSummary[]): Promise<ProjectOutlook> {
    const open = summaries.filter((summary) => !isFinished(summary));
    const obstacles = await readObstacles(this.#deps, open);
    await this.#readSamples(open);
    const facts = await this.#readFacts();
    const predicted = this.#predicted(open, facts);
    const rate = measuredRate(facts.history, facts.now);
    const rateOf = batchRates(facts, rate);
    const ends = open.map((summary): readonly [string, DoneTime] => {
      const isStanding = standing(summary, { obstacles, acceptedAt: facts.acceptedAt });
      return [
        summary.batch,
        isStanding ? { kind: 'stands' } : doneOf(predicted.get(summary.batch), facts.now),
      ];
    });
    const done = new Map(ends);
    return omitUndefined({
      project: omitUndefined({ perMinute: rate?.perMinute, done: lastOf(ends, open, obstacles) }),
      batches: new Map(
        summaries.map(({ batch }): readonly [string, Outlook] => {
          const at = done.get(batch);
          if (at === undefined) return [batch, { done: { kind: 'done' } }];
          return [batch, omitUndefined({ perMinute: rateOf(batch), done: at })];
        }),
      ),
      obstacles,
      inFlight: facts.places,
      limit: facts.fleet.limit,
    });
  }

  async #readFacts(): Promise<Facts> {
    const { project, clock } = this.#deps;
    const readAt = clock.monotonic();
    if (this.#facts && readAt - this.#facts.readAt < FACTS_KEPT_MS) return this.#facts;
    const now = clock.now();
    const sample = await readSample(this.#deps);
    const waiting = [...this.#samples.values()].flatMap(({ traits }) => traits);
    const names = [...new Set([...waiting, ...sample.inFlight].flatMap(({ classes }) => classes))];
    const known = names.length === 0 ? [] : await project.durations.learned(names);
    const learned = new Map(
      names.flatMap((name, at) => {
        const is = known[at];
        return is === undefined ? [] : [[name, is] as const];
      }),
    );
    const fleet = await project.fleet(now);
    const history = await project.history.read();
    const outages = await project.history.outages(now);
    this.#facts = { ...sample, readAt, now, history, outages, fleet, learned };
    return this.#facts;
  }

  async #readSamples(open: readonly BatchSummary[]): Promise<void> {
    const now = this.#deps.clock.monotonic();
    for (const batch of this.#samples.keys()) {
      if (!open.some((one) => one.batch === batch)) this.#samples.delete(batch);
    }
    const wanted = open.filter(({ counts }) => counts.pending > 0).slice(0, MAX_SAMPLED);
    const stale = wanted
      .map(({ batch }) => batch)
      .filter((batch) => now - (this.#samples.get(batch)?.readAt ?? -Infinity) > SAMPLE_KEPT_MS);
    if (stale.length === 0) return;
    for (const [batch, images] of await this.#deps.batches.samples.of(stale, SAMPLE_SIZE)) {
      this.#samples.set(batch, { ...batchSampleOf(images), readAt: now });
    }
  }

  /** Computed again when more was read, or other batches wait. */
  #predicted(open: readonly BatchSummary[], facts: Facts): Prediction['batches'] {
    const waiting = open.filter(({ counts, isPaused }) => counts.pending > 0 && !isPaused);
    const of = `${facts.readAt} ${waiting.map(({ batch }) => batch).join('\n')}`;
    if (this.#last?.of !== of) {
      this.#last = { of, batches: predict(this.#projectFacts(open, facts)).batches };
    }
    return this.#last.batches;
  }

  #projectFacts(open: readonly BatchSummary[], facts: Facts) {
    const { inFlight, places, ended, now, learned, outages } = facts;
    const { limit = Math.max(1, places), submitRate = 0 } = facts.fleet;
    const queue = queueOf(open, (batch) => this.#samples.get(batch));
    return { now, limit, submitRate, learned, inFlight, places, ended, queue, outages };
  }
}

function doneOf(estimate: Estimate | undefined, now: number): DoneTime {
  if (estimate === undefined) return { kind: 'unknown' };
  return { kind: 'about', at: now + estimate.ms, plusMinusMs: estimate.plusMinusMs };
}

/** The share of each batch in what was measured, by what ended last. */
function batchRates(
  { ended }: Facts,
  rate: ReturnType<typeof measuredRate>,
): (batch: string) => number | undefined {
  const recent = ended.filter(({ endedAt }) => rate !== undefined && endedAt >= rate.from);
  return (batch) => {
    const own = recent.filter(({ batches }) => batches.includes(batch)).length;
    return rate === undefined || own === 0 ? undefined : (rate.perMinute * own) / recent.length;
  };
}

/** A batch that a person has paused does not keep the others from being done. */
function lastOf(
  ends: readonly (readonly [string, DoneTime])[],
  open: readonly BatchSummary[],
  obstacles: ProjectOutlook['obstacles'],
): DoneTime {
  if (ends.length === 0) return { kind: 'done' };
  const paused = new Set(
    obstacles.flatMap(({ kind, batch }) => (kind === 'paused' ? (batch ?? []) : [])),
  );
  const others = open.length > paused.size ? ends.filter(([batch]) => !paused.has(batch)) : ends;
  const times = others.map(([, done]) => done);
  const stuck =
    times.find(({ kind }) => kind === 'stands') ?? times.find(({ kind }) => kind === 'unknown');
  if (stuck) return stuck;
  const about = times.filter((done) => done.kind === 'about').toSorted((a, b) => b.at - a.at);
  return about[0] ?? { kind: 'done' };
}
