import { Gauge, Registry } from 'prom-client';
import { isFinished } from '../../producer/progress.ts';
import { codeLabels, type Exposed, expose } from '../../shared/metrics/prometheus.ts';
import type { Queues } from '../../shared/queues/queues.ts';
import type { Status } from '../../shared/state/import-state.ts';
import { STATUSES } from '../../shared/state/machine.ts';
import type { Snapshot } from '../live/project-watch.ts';

/** What is asked when somebody scrapes. */
export interface ProjectReader {
  snapshot(): Promise<Snapshot>;
  queueCounts(): Promise<QueueCounts>;
}

/** Jobs by queue and state. */
export type QueueCounts = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** What the ledger says of the whole project; the same wherever it is asked. */
export function projectMetrics(reader: ProjectReader): Exposed {
  const registry = new Registry();
  const gauges = createGauges(registry);
  const label = codeLabels();
  const { contentType, text } = expose(registry);
  return {
    contentType,
    text: async () => {
      const [snapshot, queues] = await Promise.all([reader.snapshot(), reader.queueCounts()]);
      setImages(gauges, snapshot);
      setProject(gauges, snapshot, label);
      gauges.jobs.reset();
      for (const [queue, counts] of Object.entries(queues)) {
        for (const [state, count] of Object.entries(counts)) {
          gauges.jobs.set({ queue, state }, count);
        }
      }
      return text();
    },
  };
}

export async function readQueueCounts({ submit, poll }: Queues): Promise<QueueCounts> {
  const [one, other] = await Promise.all([submit.getJobCounts(), poll.getJobCounts()]);
  return { submit: one, poll: other };
}

type Gauges = ReturnType<typeof createGauges>;

function setImages({ images, batches }: Gauges, { batches: views }: Snapshot): void {
  const sum = (state: Status | 'held'): number =>
    views.reduce((total, { summary }) => total + summary.counts[state], 0);
  for (const state of STATUSES) {
    images.set({ state }, state === 'unknown' ? sum('unknown') - sum('held') : sum(state));
  }
  images.set({ state: 'held' }, sum('held'));
  const finished = views.filter(({ summary }) => isFinished(summary)).length;
  const paused = views.filter(({ summary }) => summary.isPaused && !isFinished(summary)).length;
  batches.set({ state: 'finished' }, finished);
  batches.set({ state: 'paused' }, paused);
  batches.set({ state: 'running' }, views.length - finished - paused);
}

function setProject(gauges: Gauges, snapshot: Snapshot, label: (code: string) => string): void {
  const { inFlight, limit, workers, listingLagMs, oldestUnknown: oldest, at, stop } = snapshot;
  gauges.inFlight.set(inFlight);
  gauges.limit.set(limit ?? 0);
  gauges.workers.set(workers);
  gauges.others.set(snapshot.others?.count ?? 0);
  gauges.listingLag.set(listingLagMs / 1000);
  gauges.oldest.set(oldest ? Math.max(0, (at - oldest.since) / 1000) : 0);
  gauges.stopped.reset();
  if (stop) gauges.stopped.set({ code: label(stop.code) }, 1);
}

function createGauges(registry: Registry) {
  const gauge = <L extends string>(name: string, help: string, labelNames: L[] = []): Gauge<L> =>
    new Gauge({ name: `imsferry_${name}`, help, labelNames, registers: [registry] });
  return {
    images: gauge(
      'images',
      'Images by state, over all batches; one that is in two batches counts twice.',
      ['state'],
    ),
    batches: gauge('batches', 'Batches that run, are paused, or have finished.', ['state']),
    inFlight: gauge('in_flight', 'Images that hold a place: IMS works on them, or may do so.'),
    limit: gauge('in_flight_limit', 'Places there are; 0 while no worker has said it.'),
    jobs: gauge('queue_jobs', 'Queue jobs by queue and state.', ['queue', 'state']),
    workers: gauge('workers', 'Workers that were heard of lately.'),
    others: gauge(
      'foreign_images',
      'Images of another installation on this project that nobody has settled.',
    ),
    oldest: gauge('oldest_unknown_seconds', 'Age of the image that is unknown for longest.'),
    listingLag: gauge(
      'listing_lag_seconds',
      'Longest time measured from acceptance until the list of IMS showed an image.',
    ),
    stopped: gauge('stopped', '1 while nothing is submitted, with the code that says why.', [
      'code',
    ]),
  };
}
