import type { BatchSummary } from '../../shared/ledger/batch-store.ts';
import type { KeptRate } from '../../shared/ledger/rate-limit.ts';
import type { Obstacle } from '../../shared/outlook/outlook.ts';
import { escapeText } from '../../shared/text/escape-text.ts';
import type { StatusDeps } from '../status-deps.ts';

/** At this rate polls come late as well. */
const SLOW_PER_SECOND = 2;
/** Fewer places than this are taken. */
const FULL_SHARE = 0.9;
/** Shorter pauses are part of everyday life, */
const LONG_PAUSE_MS = 3000;
/** unless there are this many refusals within the last minutes, and places stay empty. */
const MANY_LATELY = 5;
const LATELY_MS = 180_000;
/** One strange answer means nothing. */
const FOREIGN_WANTED = 2;

/** That the cloud, or something before it, limits the rate: one line, and as steady as the limit. */
export async function throttled(
  deps: StatusDeps,
  open: readonly BatchSummary[],
): Promise<readonly Obstacle[]> {
  const { project, clock } = deps;
  const foreign = await foreignAnswers(deps);
  if (foreign) return [foreign];
  const now = clock.now();
  const lately = await readLately(deps, open);
  const rate = await project.rateLimit.current();
  if (rate && rate.staysMs > 0 && isFelt(lately, rate)) {
    const { perSecond } = rate;
    const text = `Throttled by the cloud: ${perSecond.toFixed(1)} requests/s for all workers.`;
    return [
      {
        ...{ kind: 'throttled', code: 'THROTTLED', calls: 'submit', perSecond, text },
        next: 'The rate rises again by itself.',
        since: now - rate.agoMs,
        until: now + rate.staysMs,
      },
    ];
  }
  const submitMs = await project.coolingMs('submit');
  const readMs = await project.coolingMs('read');
  const longestMs = Math.max(submitMs, readMs);
  const isOften = lately.throttled >= MANY_LATELY && lately.isEmpty;
  if (longestMs < LONG_PAUSE_MS && !isOften) return [];
  const calls: 'submit' | 'read' =
    submitMs >= LONG_PAUSE_MS || readMs < LONG_PAUSE_MS ? 'submit' : 'read';
  const isBoth = longestMs < LONG_PAUSE_MS || Math.min(submitMs, readMs) >= LONG_PAUSE_MS;
  const what = isBoth ? 'calls' : calls === 'submit' ? 'creates' : 'reads';
  return [
    {
      ...{ kind: 'throttled', code: 'COOL_DOWN', calls },
      text: `The cloud refuses more ${what} for now: they pause, and resume by themselves.`,
      ...(longestMs >= LONG_PAUSE_MS && { until: now + longestMs }),
    },
  ];
}

/** Calls pause while something other than the cloud answers. */
export async function foreignAnswers({
  project,
}: Pick<StatusDeps, 'project'>): Promise<Obstacle | undefined> {
  const foreign = await project.foreign.row();
  if (foreign === undefined || foreign.count < FOREIGN_WANTED) return undefined;
  const { code, message } = foreign;
  const text = escapeText(`Something other than the cloud keeps answering (${code}: ${message}).`);
  const next = 'Check firewalls and proxies. Calls are paused and resume by themselves.';
  return { kind: 'throttled', code: 'FOREIGN_ANSWERS', calls: 'submit', text, next };
}

interface Lately {
  readonly waits: boolean;
  readonly inFlight: number;
  /** Images wait, and there were empty places all the time. */
  readonly isEmpty: boolean;
  /** Answers 429. */
  readonly throttled: number;
}

/** Of the last minutes: what comes and goes by the second would flicker. */
async function readLately(
  { ledger, project, clock }: StatusDeps,
  open: readonly BatchSummary[],
): Promise<Lately> {
  const now = clock.now();
  const waits = open.some(({ counts, isPaused }) => counts.pending > 0 && !isPaused);
  const inFlight = await ledger.inFlight();
  if (!waits) return { waits, inFlight, isEmpty: false, throttled: 0 };
  const points = (await project.history.read()).filter(
    ({ from, spanMs }) => from + spanMs > now - LATELY_MS && from <= now,
  );
  const { limit = 0 } = await project.fleet(now);
  const most = Math.max(inFlight, ...points.map((point) => point.inFlight));
  const throttled = points.reduce((sum, point) => sum + point.throttled, 0);
  return { waits, inFlight, isEmpty: most < FULL_SHARE * limit, throttled };
}

/** A rate that leaves no place empty, or that nothing waits for, is nothing that people have to know. */
function isFelt({ waits, inFlight, isEmpty }: Lately, { perSecond }: KeptRate): boolean {
  return perSecond < SLOW_PER_SECOND ? waits || inFlight > 0 : isEmpty;
}
