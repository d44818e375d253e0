import type { Explained, ImsClient, ReadAnswer } from '../shared/cloud/ims/ims-answers.ts';
import { isNoCall, NEEDED, type Needed, refusalAdvice } from '../shared/cloud/ims/rights.ts';
import type { ProjectStore, Stop } from '../shared/ledger/project-store.ts';
import type { Logger } from '../shared/log/logger.ts';
import { isCallRefused, isRefusedForGood } from '../shared/look-up/refused-for-good.ts';
import type { Clock } from '../shared/runtime/clock.ts';

interface WatchDeps {
  readonly project: Pick<ProjectStore, 'stop' | 'stopped'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Logger;
}

/** Refusals in a row, with no other answer between them, that are the login's. */
const IN_A_ROW = 3;
/** What is answered for the cloud while the project is stopped because it refuses to be read. */
export const READS_STOPPED = 'READS_STOPPED';

/**
 * IMS, where a read that is refused for good stops the project with the name of the right that is missing.
 * From then on the cloud is not asked again before a person has said `ims-ferry resume`: imports wait as
 * they are, and nothing is concluded about them.
 */
export function refusalWatch(ims: ImsClient, deps: WatchDeps): ImsClient {
  const rows = new Map<Needed, Set<unknown>>();
  let isStopped = false;
  /** When the project was stopped, of the stop that was met first. */
  let stoppedAt: number | undefined;
  const read = async <T>(
    needed: Needed,
    call: () => Promise<ReadAnswer<T>>,
    jobId?: string,
  ): Promise<ReadAnswer<T>> => {
    if (isStopped) {
      const stop = await deps.project.stopped();
      stoppedAt ??= stop?.at;
      // A later one, such as for a create, says nothing about reads: they may have been allowed meanwhile.
      if (stop && isOfReads(stop) && stop.at === stoppedAt) return stoppedAnswer(stop);
      isStopped = false;
      stoppedAt = undefined;
      rows.clear();
    }
    const answer = await call();
    if (answer.kind !== 'failed') rows.delete(needed);
    // A cloud that cannot be reached in between says nothing about rights.
    if (answer.kind !== 'failed' || !isRefused(answer)) return answer;
    // What is not about rights may be about this one job: then the others' answers count.
    const about = isRefusedForGood(answer.code) ? undefined : jobId;
    const row = (rows.get(needed) ?? new Set()).add(about ?? {});
    rows.set(needed, row);
    if (row.size < IN_A_ROW) return answer;
    await stopFor(deps, needed, answer);
    isStopped = true;
    return answer;
  };
  return {
    ...ims,
    job: (jobId) => read(NEEDED.job, () => ims.job(jobId), jobId),
    images: (filter) => read(NEEDED.list, () => ims.images(filter)),
  };
}

/** IMS: about one image, such as the last one of a page, which was deleted meanwhile. */
const OF_ONE_IMAGE = new Set(['IMG.0027', 'IMG.0086', 'IMG.0144']);

function isRefused(answer: ReadAnswer<unknown>): boolean {
  if (answer.kind !== 'failed' || answer.isOwn) return false;
  return !OF_ONE_IMAGE.has(answer.code) && isCallRefused(answer);
}

/** Others, such as that of a quota, end by themselves, and reads go on meanwhile. */
function isOfReads({ reason }: Stop): boolean {
  return reason === 'permission' || reason === 'endpoint';
}

function stoppedAnswer({ code, message }: Stop): ReadAnswer<never> {
  const text = `the project is stopped: ${code}: ${message}`;
  return { kind: 'failed', throttled: false, code: READS_STOPPED, message: text };
}

async function stopFor(deps: WatchDeps, needed: Needed, answer: Explained): Promise<void> {
  const { code } = answer;
  const isUnknown = isNoCall(code);
  const needs = isUnknown ? '' : `; the login needs ${needed.right}`;
  const enterprise = isUnknown
    ? ''
    : ' With rights in an enterprise project only: set IMS_FERRY_ENTERPRISE_PROJECT_ID.';
  const stop: Stop = {
    reason: isUnknown ? 'endpoint' : 'permission',
    code,
    message: `IMS refuses to ${needed.what}${needs}: ${answer.message}`,
    advice: `${refusalAdvice(needed, code)}${enterprise} Then run: ims-ferry resume`,
    at: deps.clock.now(),
  };
  if (await deps.project.stop(stop)) {
    deps.log.error({ stop }, 'project stopped: IMS refuses a read that every import needs');
  }
}
