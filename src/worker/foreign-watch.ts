import type { Explained, Foreign, ImsClient, ReadAnswer } from '../shared/cloud/ims/ims-answers.ts';
import type { ProjectStore } from '../shared/ledger/project-store.ts';
import type { Logger } from '../shared/log/logger.ts';
import { throttlePauseMs } from './slow-down.ts';

interface WatchDeps {
  readonly project: Pick<ProjectStore, 'foreign' | 'claimCoolDown' | 'countThrottle' | 'coolDown'>;
  readonly log: Logger;
}

type Kind = 'submit' | 'read';

const FIRST_MS = 1000;
/** Work goes on soon after the cloud is back, whatever a proxy has asked for. */
const LONGEST_MS = 30_000;

/**
 * IMS, where somebody counts the answers that are not its own: the pages of firewalls, gateways and
 * proxies. One of them means nothing; from the second in a row on all workers pause.
 */
export function foreignWatch(ims: ImsClient, deps: WatchDeps): ImsClient {
  const watched = async <A extends { readonly kind: string }>(
    kind: Kind,
    asked: Promise<A>,
  ): Promise<A> => {
    const answer = await asked;
    // An answer is worth more than its count.
    await (isForeign(answer) ? pause(deps, kind, answer) : end(deps, kind, answer)).catch(
      () => undefined,
    );
    return answer;
  };
  const read = <T>(asked: Promise<ReadAnswer<T>>): Promise<ReadAnswer<T>> => watched('read', asked);
  return {
    submit: (call) => watched('submit', ims.submit(call)),
    job: (jobId) => read(ims.job(jobId)),
    image: (imageId) => read(ims.image(imageId)),
    images: (filter) => read(ims.images(filter)),
    quota: () => read(ims.quota()),
  };
}

function isForeign(answer: {
  readonly kind: string;
}): answer is { kind: string } & Explained & Foreign {
  return 'foreign' in answer && answer.foreign === true;
}

async function pause(deps: WatchDeps, kind: Kind, answer: Explained & Foreign): Promise<void> {
  const { project, log } = deps;
  const { code, message, retryAfterMs } = answer;
  const inARow = await project.foreign.note(kind, { code, message });
  if (inARow < 2 && retryAfterMs === undefined) return;
  // Those of the same wave find the pause begun.
  if (!(await project.claimCoolDown(kind, FIRST_MS))) return;
  const nth = await project.countThrottle(kind);
  const pauseMs = Math.min(LONGEST_MS, throttlePauseMs(nth, retryAfterMs));
  await project.coolDown(kind, pauseMs);
  log.warn(
    { calls: kind, code, message, inARow, pauseMs },
    'something else than the cloud answers, all workers pause',
  );
}

/** Whatever IMS itself has answered. */
async function end({ project }: WatchDeps, kind: Kind, answer: { kind: string }): Promise<void> {
  const own = ['accepted', 'refused', 'stop', 'ok', 'not-found'];
  if (own.includes(answer.kind)) await project.foreign.end(kind);
}
