import type { FastifyInstance } from 'fastify';
import { Gauge, Registry } from 'prom-client';
import { addHealth } from '../../health/health-server.ts';
import { ledgerReadiness } from '../../health/readiness.ts';
import { isFinished } from '../../producer/progress.ts';
import { codeLabels, type Exposed, expose } from '../../shared/metrics/prometheus.ts';
import type { Queues } from '../../shared/queues/queues.ts';
import type { Status } from '../../shared/state/import-state.ts';
import { STATUSES } from '../../shared/state/machine.ts';
import type { DashboardContext } from '../context.ts';
import { withPatience } from '../live/live-pages.ts';
import type { Snapshot } from '../live/project-watch.ts';

/** Health, and the metrics of this process and of the whole project. */
export function addMetrics(app: FastifyInstance, context: DashboardContext): void {
  addHealth(app, {
    readiness: () => ledgerReadiness(context.deps),
    metrics: [...(context.deps.metrics ?? []), projectMetrics(context)],
  });
}

/** What the ledger has of the whole project; the same from every dashboard. */
function projectMetrics({ watch, deps }: DashboardContext): Exposed {
  const registry = new Registry();
  const gauges = createGauges(registry);
  const label = codeLabels();
  const { contentType, text } = expose(registry);
  const read = async (): Promise<string> => {
    const [snapshot, queues] = await Promise.all([watch.snapshot(), queueCounts(deps.queues)]);
    setImages(gauges, snapshot);
    setProject(gauges, snapshot, label);
    gauges.jobs.reset();
    for (const [queue, counts] of Object.entries(queues)) {
      for (const [state, count] of Object.entries(counts)) {
        gauges.jobs.set({ queue, state }, count);
      }
    }
    return text();
  };
  // Without Redis the metrics of this process are still exposed.
  return { contentType, text: () => withPatience(deps.clock, read()) };
}

/** Jobs by queue and state. */
async function queueCounts({ submit, poll }: Queues) {
  const [submitJobs, pollJobs] = await Promise.all([submit.getJobCounts(), poll.getJobCounts()]);
  return { submit: submitJobs, poll: pollJobs };
}

type Gauges = ReturnType<typeof createGauges>;

function setImages({ images, batches }: Gauges, { batches: all }: Snapshot): void {
  const sum = (state: Status | 'held'): number =>
    all.reduce((total, { counts }) => total + counts[state], 0);
  for (const state of STATUSES) {
    images.set({ state }, state === 'unknown' ? sum('unknown') - sum('held') : sum(state));
  }
  images.set({ state: 'held' }, sum('held'));
  const finished = all.filter(isFinished).length;
  const paused = all.filter((one) => one.isPaused && !isFinished(one)).length;
  batches.set({ state: 'finished' }, finished);
  batches.set({ state: 'paused' }, paused);
  batches.set({ state: 'running' }, all.length - finished - paused);
}

function setProject(gauges: Gauges, snapshot: Snapshot, label: (code: string) => string): void {
  const { inFlight, limit, workers, listingLagMs, oldestUnknown: oldest, at, stop } = snapshot;
  gauges.inFlight.set(inFlight);
  gauges.limit.set(limit ?? 0);
  gauges.workers.set(workers);
  gauges.others.set(snapshot.others?.count ?? 0);
  gauges.listingLag.set(listingLagMs / 1000);
  gauges.oldest.set(oldest ? Math.max(0, (at - oldest.since) / 1000) : 0);
  for (const gauge of [gauges.notifyWaiting, gauges.notifyFailing]) gauge.reset();
  for (const { name, waiting, failingSince, isServed } of snapshot.targets ?? []) {
    gauges.notifyWaiting.set({ target: name }, waiting);
    const seconds = failingSince === undefined || !isServed ? 0 : (at - failingSince) / 1000;
    gauges.notifyFailing.set({ target: name }, Math.max(0, seconds));
  }
  gauges.stopped.reset();
  if (stop) gauges.stopped.set({ code: label(stop.code) }, 1);
}

function createGauges(registry: Registry) {
  const gauge = <L extends string>(name: string, help: string, labelNames: L[] = []): Gauge<L> =>
    new Gauge({ name: `imsferry_${name}`, help, labelNames, registers: [registry] });
  return {
    images: gauge(
      'images',
      'Images by state, over all batches; an image in two batches counts twice.',
      ['state'],
    ),
    batches: gauge('batches', 'Batches that are running, paused or finished.', ['state']),
    inFlight: gauge('in_flight', 'Images in flight: IMS is working on them, or may be.'),
    limit: gauge(
      'in_flight_limit',
      'Images that may be in flight at once; 0 until a worker has reported it.',
    ),
    jobs: gauge('queue_jobs', 'Queue jobs by queue and state.', ['queue', 'state']),
    workers: gauge('workers', 'Workers that have reported lately.'),
    others: gauge('foreign_images', 'Unresolved images of another installation on this project.'),
    oldest: gauge('oldest_unknown_seconds', 'Age of the image that has been unknown longest.'),
    listingLag: gauge(
      'listing_lag_seconds',
      'Longest time measured from acceptance until the list of IMS showed an image.',
    ),
    notifyWaiting: gauge('notifications_waiting', 'Notifications that are not delivered yet.', [
      'target',
    ]),
    notifyFailing: gauge(
      'notifications_failing_seconds',
      'For how long no notification could be delivered; 0 while deliveries succeed.',
      ['target'],
    ),
    stopped: gauge('stopped', '1 while nothing is submitted, with the code of the reason.', [
      'code',
    ]),
  };
}
