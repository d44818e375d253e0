import { verdictOf } from '../../shared/cloud/ims/error-catalogue.ts';
import type { ImsJob } from '../../shared/cloud/ims/ims-answers.ts';
import type { LedgerEntry } from '../../shared/ledger/ledger-entry.ts';
import { stateVersion } from '../../shared/state/import-state.ts';
import type { Followed } from '../pace/plan-poll.ts';
import { record } from '../record.ts';
import type { Step, WorkerDeps } from '../worker-deps.ts';
import { checkImages } from './check-images.ts';
import { judgeJob } from './decide-job.ts';
import { failIfAgreed } from './judge-failure.ts';
import {
  type FailedRead,
  FOREIGN_READS,
  lostRead,
  pollFailed,
  readStrangeOnceMore,
  stillRunning,
} from './keep-polling.ts';
import { measureListing } from './measure-listing.ts';
import { judgeSighting, readSighting } from './read-sighting.ts';

/** Polls one import. A poll that fails says nothing about it; it is never submitted for that. */
export async function pollCreating(
  deps: WorkerDeps,
  entry: LedgerEntry,
  state: Followed,
): Promise<Step> {
  const [cooling, seen] = await Promise.all([
    deps.project.coolingMs('read'),
    readSighting(deps, entry, state),
  ]);
  if (cooling > 0) return { kind: 'again', delayMs: cooling * (1 + deps.random.next()) };
  if (state.jobId === undefined) return checkImages(deps, entry, state);
  if (seen.kind === 'skip') return seen.step;
  const laterMs = await deps.pace.ask();
  if (laterMs > 0) return { kind: 'again', delayMs: laterMs * (1 + deps.random.next()) };
  const answer = await deps.ims.job(state.jobId);
  if (answer.kind === 'ok') {
    await deps.project.endThrottle('read');
    measureDetection(deps, state, answer);
    const endedAt = endOf(deps, answer);
    const known = { ...seen.state, ...(endedAt === undefined ? {} : { endedAt }) };
    return followJob(deps, { entry, state: known }, answer.value);
  }
  if (answer.kind === 'not-found') return lostRead(deps, entry, state);
  return saysNothing(answer)
    ? jobUnread(deps, entry, { state, answer })
    : pollFailed(deps, entry, answer);
}

/** Something else than IMS answers, or IMS with a code that is about neither rights nor tokens. */
function saysNothing({ throttled, foreign, code }: FailedRead): boolean {
  const verdict = verdictOf(code)?.kind;
  const isAboutIt = code.startsWith('IMG.') && verdict !== 'stop' && verdict !== 'not-sent';
  return !throttled && (foreign === true || isAboutIt);
}

/**
 * No answer for this IMS job says how it stands, again and again: then its image says how it stands. Where
 * there is none, it is looked up, and a person has to know in the end.
 */
async function jobUnread(
  deps: WorkerDeps,
  entry: LedgerEntry,
  { state, answer }: { readonly state: Followed; readonly answer: FailedRead },
): Promise<Step> {
  const { foreignReads = 0, imageId, jobId } = state;
  const { code, message } = answer;
  const again = await readStrangeOnceMore(deps, entry, { foreignReads, code, message });
  if (again) return again;
  if (imageId !== undefined) return checkImages(deps, entry, state);
  const { minMs } = deps.config.poll;
  const of = stateVersion(entry);
  const at = deps.clock.now();
  const who = answer.foreign ? 'something else than IMS answered' : 'IMS answered with an error';
  const reason = {
    code: 'JOB_UNREADABLE',
    message: `for IMS job ${jobId} ${who} ${FOREIGN_READS} times in a row, last with ${code}: ${message}`,
    advice: answer.foreign
      ? 'See what stands between the worker and IMS: a gateway, firewall or proxy.'
      : 'Ask the support of the cloud about this IMS job.',
  };
  const event = { type: 'lost', of, reason, at, hold: false } as const;
  await record(deps, entry.key, { event, nextStepMs: minMs });
  return { kind: 'again', delayMs: minMs };
}

/** Both times are the server's own. Only the first answer that tells the end counts. */
function measureDetection(
  { metrics }: WorkerDeps,
  { successAt }: Followed,
  { value, serverTime }: { readonly value: ImsJob; readonly serverTime?: number },
): void {
  if (value.endedAt === undefined || serverTime === undefined || successAt !== undefined) return;
  if (value.status === 'SUCCESS' || value.status === 'FAIL') {
    metrics.detected((serverTime - value.endedAt) / 1000);
  }
}

/** When IMS ended the job, by the fleet's clock. */
function endOf(
  { clock }: WorkerDeps,
  { value, serverTime }: { readonly value: ImsJob; readonly serverTime?: number },
): number | undefined {
  if (value.endedAt === undefined || serverTime === undefined) return undefined;
  return clock.now() - Math.max(0, serverTime - value.endedAt);
}

async function followJob(
  deps: WorkerDeps,
  { entry, state }: { readonly entry: LedgerEntry; readonly state: Followed },
  job: ImsJob,
): Promise<Step> {
  if (state.imageId !== undefined && job.imageId !== undefined && job.imageId !== state.imageId) {
    return twoImages(deps, entry, [state.imageId, job.imageId]);
  }
  const known: Followed = {
    ...state,
    ...(job.imageId === undefined ? {} : { imageId: job.imageId }),
    otherImageIds: job.otherImageIds,
  };
  const verdict = judgeJob(job);
  switch (verdict.kind) {
    case 'running':
      if (job.status === 'other') {
        const { statusWord } = job;
        deps.log.warn({ key: entry.key, imsJobId: job.id, statusWord }, 'status word not known');
      }
      return stillRunning(deps, await measureListing(deps, entry, known), {
        ...known,
        ...progressOf(job),
      });
    case 'success':
      return checkImages(deps, entry, known);
    case 'failed':
      await judgeSighting(deps, known, true);
      return failIfAgreed(deps, entry, { state: known, reason: verdict.reason });
  }
}

/** The image that was found and the one that the IMS job makes are not the same. */
async function twoImages(
  deps: WorkerDeps,
  entry: LedgerEntry,
  imageIds: readonly string[],
): Promise<Step> {
  const message = `two images were made for this import: ${imageIds.join(' and ')}`;
  const advice = 'Look at the images, keep one, delete the other; nothing is deleted by itself.';
  deps.log.error({ key: entry.key, imageIds }, 'double: two images for one import');
  const at = deps.clock.now();
  const reason = { code: 'DOUBLE', message, advice };
  const event = { type: 'lost', of: stateVersion(entry), reason, at, hold: true } as const;
  await record(deps, entry.key, { event });
  return { kind: 'done' };
}

function progressOf(job: ImsJob): { progress?: number } {
  return job.progress === undefined ? {} : { progress: job.progress };
}
