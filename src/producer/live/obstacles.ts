import type { BatchSummary } from '../../shared/ledger/batch-store.ts';
import {
  type CreatesWait,
  NOT_ON_DISK,
  NOT_ON_DISK_KEPT_MS,
} from '../../shared/ledger/guard-store.ts';
import type { Stop } from '../../shared/ledger/project-store.ts';
import type { Obstacle } from '../../shared/outlook/outlook.ts';
import { roughTime } from '../../shared/outlook/words.ts';
import { omitUndefined } from '../../shared/runtime/omit-undefined.ts';
import { escapeText } from '../../shared/text/escape-text.ts';
import { shellQuoted } from '../../shared/text/shell-quoted.ts';
import type { StatusDeps } from '../status-deps.ts';
import { throttled } from './throttling.ts';

/** Why the project or a batch is slow or does not advance, the gravest first. */
export async function readObstacles(
  deps: StatusDeps,
  open: readonly BatchSummary[],
): Promise<readonly Obstacle[]> {
  const found = [
    await stopped(deps, open),
    ...(await readHolds(deps)),
    ...open.filter(({ counts, isPaused }) => isPaused && counts.pending > 0).map(paused),
    open.length === 0 ? undefined : await noWorker(deps),
    ...(open.length === 0 ? [] : await cloudsAway(deps)),
    ...(await throttled(deps, open)),
  ];
  return found.filter((obstacle) => obstacle !== undefined);
}

async function stopped(
  { project }: StatusDeps,
  open: readonly BatchSummary[],
): Promise<Obstacle | undefined> {
  const stop = await project.stopped();
  if (stop === undefined) return undefined;
  const { code, image, at } = stop;
  const isQuota = stop.reason === 'quota';
  const pending = open.reduce((sum, { counts }) => sum + counts.pending, 0);
  const what = `${code}: ${stop.message}`.trimEnd().replace(/\.$/, '');
  const text = escapeText(`Stopped: ${what}${roomText(stop, pending)}.`);
  const next = escapeText(stop.advice ?? 'Fix the cause, then run: ims-ferry resume');
  const resumes = isQuota ? ('by-itself' as const) : ('by-hand' as const);
  const about = image && { ...image, name: escapeText(image.name) };
  return omitUndefined({
    kind: 'stopped' as const,
    code,
    text,
    next,
    since: at,
    image: about,
    resumes,
  });
}

/** `0` of a quota with nothing free is worth a word only where images wait for it. */
function roomText({ reason, free }: Stop, pending: number): string {
  if (reason !== 'quota' || pending === 0) return '';
  return ` (${pending} waiting, ${free ?? '?'} free)`;
}

/** What holds all creates back although the project is not stopped; it ends by itself. */
export async function readHolds(deps: StatusDeps): Promise<readonly Obstacle[]> {
  const { guard, project, clock, fitness } = deps;
  const obstacles: Obstacle[] = [];
  const unfit = await fitness?.look();
  if (unfit) {
    const { code, message: text, advice: next } = unfit;
    obstacles.push({ kind: 'frozen', code, text, next });
  }
  const wait = await guard.waiting();
  if (wait) obstacles.push(behind(wait, clock.now()));
  const at = await guard.notOnDiskAt();
  // A time that lies ahead was written before the clock was set back.
  if (at !== undefined && Math.abs(clock.now() - at) < NOT_ON_DISK_KEPT_MS) {
    const { code, message, advice } = NOT_ON_DISK;
    const text = `${message.replace(/\.$/, '')}: creates wait, and resume by themselves.`;
    obstacles.push({ kind: 'frozen', code, text, next: advice, since: at });
  }
  const odd = await project.odd.read();
  if (odd?.blocks !== undefined) {
    const text = escapeText(odd.text);
    obstacles.push({ kind: 'stopped', code: odd.blocks, text, resumes: 'by-itself' });
  }
  return obstacles;
}

/** Redis has lost writes, or was restarted and may have. */
function behind({ ms, missing }: CreatesWait, now: number): Obstacle {
  const [workers, have] = missing === 1 ? ['1 worker', 'has'] : [`${missing} workers`, 'have'];
  const text =
    missing > 0
      ? `Redis was restarted and may have lost changes: creates wait until ${workers} that may know of them ${have} reported.`
      : 'Redis has lost data: creates wait until images that IMS had accepted show in its list.';
  const next = 'They resume by themselves. If nothing can be lost: ims-ferry resume --trust-redis';
  return { kind: 'frozen', code: 'REDIS_BEHIND', text, next, until: now + ms };
}

/** Nothing else waits for them. */
async function cloudsAway({ project, clock }: StatusDeps): Promise<readonly Obstacle[]> {
  const clouds = await project.away.read(clock.now());
  return clouds.map(({ text, since }) => ({
    kind: 'cloud-away',
    code: 'OTHER_CLOUD',
    text: escapeText(`Copies wait: ${text.trimEnd().replace(/\.$/, '')}.`),
    next: 'They resume by themselves.',
    since,
  }));
}

function paused({ batch, counts: { pending } }: BatchSummary): Obstacle {
  const waiting = pending === 1 ? '1 image waits' : `${pending} images wait`;
  return {
    kind: 'paused',
    code: 'PAUSED',
    batch,
    text: `Batch ${batch} is paused: ${waiting}.`,
    next: `To resume: ims-ferry resume ${shellQuoted(batch)}`,
  };
}

async function noWorker({ project, clock }: StatusDeps): Promise<Obstacle | undefined> {
  const now = clock.now();
  const { workers, reportedAt: since } = await project.fleet(now);
  if (workers > 0) return undefined;
  const text =
    since === undefined
      ? 'No worker runs.'
      : `No worker has reported for ${roughTime(Math.max(0, now - since))}.`;
  const next = 'Start one: ims-ferry work';
  return omitUndefined({ kind: 'no-worker' as const, code: 'NO_WORKER', text, next, since });
}
