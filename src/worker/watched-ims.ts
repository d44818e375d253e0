import type { Explained } from '../shared/cloud/http/service-error.ts';
import type {
  Foreign,
  ImsClient,
  ReadAnswer,
  SubmitAnswer,
} from '../shared/cloud/ims/ims-answers.ts';
import { isNoCall, refusalAdvice } from '../shared/cloud/ims/rights.ts';
import { NEEDED, type Needed } from '../shared/dialect/rights.ts';
import type { ProjectStore, Stop } from '../shared/ledger/project-store.ts';
import type { Logger } from '../shared/log/logger.ts';
import { isCallRefused, isRefusedForGood } from '../shared/look-up/inspect-images.ts';
import type { Clock } from '../shared/runtime/clock.ts';
import {
  type CallKind,
  FIRST_PAUSE_MS,
  type RequestPace,
  throttlePauseMs,
} from './request-pace.ts';

interface WatchDeps {
  readonly pace: Pick<RequestPace, 'record' | 'acquire' | 'answered'>;
  readonly project: Pick<
    ProjectStore,
    'claimCoolDown' | 'countThrottle' | 'coolDown' | 'stop' | 'stopped'
  > & { readonly foreign: Pick<ProjectStore['foreign'], 'note' | 'end'> };
  readonly clock: Pick<Clock, 'now' | 'monotonic'>;
  readonly log: Logger;
}

/**
 * IMS as a worker calls it. Every request waits for its turn in the rate of the fleet, and every answer is
 * watched: 429s slow all workers down, answers of something other than IMS pause them, and a read that is
 * refused for good stops the project. A poll has acquired its turn before it calls `job`; the other reads
 * wait for it here.
 */
export function watchedIms(ims: ImsClient, deps: WatchDeps): ImsClient {
  const { pace, clock } = deps;
  const refusals = new ReadRefusals(deps);
  const read = async <T>(call: () => Promise<ReadAnswer<T>>): Promise<ReadAnswer<T>> => {
    const sentAt = clock.monotonic();
    const answer = await call();
    pace.answered(sentAt, answer.kind === 'failed' && answer.throttled);
    await noteForeign(deps, 'read', answer);
    return answer;
  };
  return {
    submit: async (call) => {
      // Nothing is awaited between the deadline of an intent and its POST but what must be.
      void pace.record();
      const sentAt = clock.monotonic();
      const answer = await ims.submit(call);
      pace.answered(sentAt, answer.kind === 'not-sent' && answer.cause === 'throttled');
      await noteForeign(deps, 'submit', answer);
      return answer;
    },
    job: async (jobId) => {
      const stopped = await refusals.stopped();
      if (stopped) return stopped;
      return refusals.note(NEEDED.job, await read(() => ims.job(jobId)), jobId);
    },
    images: async (filter) => {
      const stopped = await refusals.stopped();
      if (stopped) return stopped;
      await pace.acquire();
      return refusals.note(NEEDED.list, await read(() => ims.images(filter)));
    },
    image: async (imageId) => {
      await pace.acquire();
      return read(() => ims.image(imageId));
    },
    quota: async () => {
      await pace.acquire();
      return read(() => ims.quota());
    },
  };
}

/** Work resumes soon after the cloud is back, whatever delay a proxy has demanded. */
const LONGEST_PAUSE_MS = 30_000;
const OWN_ANSWERS = ['accepted', 'refused', 'stop', 'ok', 'not-found'];

/**
 * Counts the answers that are not IMS's own: the pages of firewalls, gateways and proxies. One of them means
 * nothing; from the second in a row on all workers pause.
 */
async function noteForeign(
  deps: WatchDeps,
  kind: CallKind,
  answer: SubmitAnswer | ReadAnswer<unknown>,
): Promise<void> {
  try {
    if ('foreign' in answer && answer.foreign) await pauseForForeign(deps, kind, answer);
    else if (OWN_ANSWERS.includes(answer.kind)) await deps.project.foreign.end(kind);
  } catch {
    // An answer is worth more than its count.
  }
}

async function pauseForForeign(
  { project, log }: WatchDeps,
  kind: CallKind,
  { code, message, retryAfterMs }: Explained & Foreign,
): Promise<void> {
  const inARow = await project.foreign.note(kind, { code, message });
  if (inARow < 2 && retryAfterMs === undefined) return;
  // For others of the same wave the pause has already started.
  if (!(await project.claimCoolDown(kind, FIRST_PAUSE_MS))) return;
  const nth = await project.countThrottle(kind);
  const pauseMs = Math.min(LONGEST_PAUSE_MS, throttlePauseMs(nth, retryAfterMs));
  await project.coolDown(kind, pauseMs);
  log.warn(
    { calls: kind, code, message, inARow, pauseMs },
    'something other than the cloud answers, all workers pause',
  );
}

/** Refusals in a row, with no other answer between them, that are about the login. */
const IN_A_ROW = 3;
/** The answer for the cloud while the project is stopped because it refuses reads. */
export const READS_STOPPED = 'READS_STOPPED';

/**
 * A read that is refused for good stops the project with the name of the missing right. From then on the
 * cloud is not called again until a person runs `ims-ferry resume`: imports wait as they are, and nothing is
 * concluded about them.
 */
class ReadRefusals {
  readonly #deps: WatchDeps;
  readonly #rows = new Map<Needed, Set<unknown>>();
  #isStopped = false;
  /** When the project was stopped, of the stop that was met first. */
  #stoppedAt: number | undefined;

  constructor(deps: WatchDeps) {
    this.#deps = deps;
  }

  /** The answer instead of a call, while the project is stopped. */
  async stopped(): Promise<ReadAnswer<never> | undefined> {
    if (!this.#isStopped) return undefined;
    const stop = await this.#deps.project.stopped();
    this.#stoppedAt ??= stop?.at;
    // A later stop, such as for a create, is not about reads: they may have been allowed meanwhile.
    if (stop && isAboutReads(stop) && stop.at === this.#stoppedAt) return stoppedAnswer(stop);
    this.#isStopped = false;
    this.#stoppedAt = undefined;
    this.#rows.clear();
    return undefined;
  }

  async note<T>(needed: Needed, answer: ReadAnswer<T>, jobId?: string): Promise<ReadAnswer<T>> {
    if (answer.kind !== 'failed') this.#rows.delete(needed);
    // A cloud that cannot be reached in between proves nothing about rights.
    if (answer.kind !== 'failed' || !isRefused(answer)) return answer;
    // A code that is not about rights may be about this one job: then the answers for others count.
    const about = isRefusedForGood(answer.code) ? undefined : jobId;
    const row = (this.#rows.get(needed) ?? new Set()).add(about ?? {});
    this.#rows.set(needed, row);
    if (row.size < IN_A_ROW) return answer;
    await stopFor(this.#deps, needed, answer);
    this.#isStopped = true;
    return answer;
  }
}

/** IMS: about one image, such as the last one of a page, which was deleted meanwhile. */
const ABOUT_ONE_IMAGE = new Set(['IMG.0027', 'IMG.0086', 'IMG.0144']);

function isRefused(answer: ReadAnswer<unknown>): boolean {
  if (answer.kind !== 'failed' || answer.isOwn) return false;
  return !ABOUT_ONE_IMAGE.has(answer.code) && isCallRefused(answer);
}

/** Others, such as that of a quota, end by themselves, and reads continue meanwhile. */
function isAboutReads({ reason }: Stop): boolean {
  return reason === 'permission' || reason === 'endpoint';
}

function stoppedAnswer({ code, message }: Stop): ReadAnswer<never> {
  const text = `the project is stopped: ${code}: ${message}`;
  return { kind: 'failed', throttled: false, code: READS_STOPPED, message: text };
}

async function stopFor(deps: WatchDeps, needed: Needed, answer: Explained): Promise<void> {
  const { code } = answer;
  const [reason, needs, enterprise] = isNoCall(code)
    ? (['endpoint', '', ''] as const)
    : ([
        'permission',
        `; the login needs ${needed.right}`,
        ' With rights in an enterprise project only: set IMS_FERRY_ENTERPRISE_PROJECT_ID.',
      ] as const);
  const message = `IMS refuses to ${needed.what}${needs}: ${answer.message}`;
  const advice = `${refusalAdvice(needed, code)}${enterprise} Then run: ims-ferry resume`;
  const stop: Stop = { reason, code, message, advice, at: deps.clock.now() };
  if (await deps.project.stop(stop)) {
    deps.log.error({ stop }, 'project stopped: IMS refuses a read that every import needs');
  }
}
