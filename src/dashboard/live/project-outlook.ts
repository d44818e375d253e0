import type { StatusDeps } from '../../producer/batch-status.ts';
import type { BatchView, Overview } from '../../producer/live/overview.ts';
import { isFinished } from '../../producer/progress.ts';
import type {
  DoneTime,
  HistoryPoint,
  Obstacle,
  Outlook,
  ProjectOutlook,
} from '../../shared/outlook/outlook.ts';
import { omitUndefined } from '../../shared/runtime/omit-undefined.ts';
import { formatCount } from '../../ui/format.ts';

type Fleet = Awaited<ReturnType<StatusDeps['project']['fleet']>>;

/** What the pages show of time left, obstacles and history. */
export async function readProjectOutlook(
  deps: StatusDeps,
  overview: Overview,
  fleet: Fleet,
): Promise<ProjectOutlook & { readonly history: readonly HistoryPoint[] }> {
  const obstacles = await obstaclesOf(deps, overview, fleet);
  const stands = obstacles.some(({ kind, batch }) => batch === undefined && kind !== 'throttled');
  const batches = new Map(
    overview.batches.map((view) => [view.summary.batch, outlookOf(view, stands)] as const),
  );
  const open = overview.batches.filter(({ summary }) => !isFinished(summary));
  const rates = open.flatMap(({ perMinute }) => perMinute ?? []);
  const perMinute = rates.length === 0 ? undefined : rates.reduce((sum, rate) => sum + rate, 0);
  const kind = open.length === 0 ? 'done' : stands ? 'stands' : 'unknown';
  return omitUndefined({
    project: omitUndefined({ perMinute, done: { kind } as const }),
    batches,
    obstacles,
    inFlight: overview.inFlight,
    limit: fleet.limit,
    history: [],
  });
}

function outlookOf({ summary, perMinute }: BatchView, stands: boolean): Outlook {
  const waits = summary.isPaused || (stands && summary.counts.pending > 0);
  const kind: DoneTime['kind'] = isFinished(summary) ? 'done' : waits ? 'stands' : 'unknown';
  return omitUndefined({ perMinute, done: { kind } });
}

async function obstaclesOf(
  { project, clock }: StatusDeps,
  { batches, stop }: Overview,
  { workers }: Fleet,
): Promise<readonly Obstacle[]> {
  const obstacles: Obstacle[] = [];
  if (stop) {
    const { code, message, advice, needs, free } = stop;
    const isQuota = needs !== null;
    const room = free === null ? '' : ` The quota has room for ${formatCount(free)}.`;
    const wait = needs ? ` ${formatCount(needs, 'image waits', 'images wait')}.${room}` : '';
    const shared = omitUndefined({
      code,
      text: `Stopped: ${code}: ${message.replace(/\.$/, '')}.${wait}`,
      next: advice,
    });
    if (code.startsWith('REDIS_')) obstacles.push({ kind: 'frozen', ...shared });
    else obstacles.push({ kind: 'stopped', resumes: isQuota ? 'by-itself' : 'by-hand', ...shared });
  }
  const isOpen = batches.some(({ summary }) => !isFinished(summary));
  for (const { summary } of batches) {
    if (!summary.isPaused || isFinished(summary)) continue;
    const { batch } = summary;
    obstacles.push({ kind: 'paused', code: 'PAUSED', batch, text: 'This batch is paused.' });
  }
  if (isOpen && workers === 0) {
    const next = 'Start one: ims-ferry work, or ims-ferry up.';
    obstacles.push({ kind: 'no-worker', code: 'NO_WORKER', text: 'No worker runs.', next });
  }
  const coolingMs = await project.coolingMs('submit');
  if (coolingMs > 0) {
    const until = clock.now() + coolingMs;
    const text = 'The cloud accepts no more creates at the moment.';
    obstacles.push({ kind: 'throttled', calls: 'submit', code: 'THROTTLED', text, until });
  }
  return obstacles;
}
