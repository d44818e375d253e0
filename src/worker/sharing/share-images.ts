import { NOT_BEGUN } from '../../shared/image/sharing.ts';
import type { LedgerEntry } from '../../shared/ledger/ledger-entry.ts';
import { withLease } from '../../shared/ledger/with-lease.ts';
import { importLogger } from '../record.ts';
import { slowDown } from '../request-pace.ts';
import { doRounds } from '../rounds.ts';
import type { WorkerDeps } from '../step.ts';
import { decideSharing } from './decide-sharing.ts';
import { ShareLook } from './share-image.ts';

/** Imports that one round looks at. */
const IN_A_ROUND = 20;
/** In locks: an import whose look fails is not looked at again before. */
const POSTPONED_LOCKS = 2;

/**
 * Shares images with the projects that their manifests name, once they are there, and follows who accepts; until
 * the worker stops. One worker at a time does it; an image that is shared already costs one read.
 */
export function shareImages(deps: WorkerDeps): Promise<void> {
  return doRounds(deps, {
    everyMs: deps.config.lockMs / 4,
    round: () => shareDue(deps),
    onError: (err) => deps.log.warn({ err }, 'images not shared yet'),
  });
}

/** One round. */
export async function shareDue(deps: WorkerDeps): Promise<void> {
  const { ledger, project, clock, config, stopping, workerId: owner } = deps;
  if ((await ledger.sharing.count()) === 0) return;
  if ((await isWaiting(deps)) || stopping.aborted) return;
  const { lockMs } = config;
  await withLease('sharing', { project, clock, owner, lockMs }, async () => {
    const now = clock.now();
    const keys = await ledger.sharing.take(now, IN_A_ROUND, now + POSTPONED_LOCKS * lockMs);
    for (const key of keys) {
      if (stopping.aborted || (await isWaiting(deps))) return;
      // Read when it is its turn: the others took their time.
      const entry = await ledger.read(key);
      if (entry?.state.status === 'succeeded') await shareOne(deps, entry);
    }
  });
}

/** Nothing is called while a person has to help, but where only images are too many; nor in a cool-down. */
async function isWaiting({ project }: WorkerDeps): Promise<boolean> {
  const stop = await project.stopped();
  if (stop && stop.reason !== 'quota') return true;
  return (await project.coolingMs('read')) > 0;
}

async function shareOne(deps: WorkerDeps, entry: LedgerEntry): Promise<void> {
  const { ledger, members, others, sessions, stopping, clock, config } = deps;
  const { projectId } = await sessions.get();
  const look = new ShareLook({ members, others, projectId, stopping }, entry);
  const looked = await look.run();
  if (look.throttled) await slowDown(deps, 'read', look.throttled.retryAfterMs);
  const at = { now: clock.now(), shortestMs: config.poll.minMs };
  const news = decideSharing(entry.sharing ?? NOT_BEGUN, looked, at);
  const log = importLogger(deps, entry);
  if (looked.problem) log.warn({ problem: looked.problem }, 'image not shared yet');
  if (!(await ledger.sharing.note(entry, news))) return;
  for (const line of news.lines) log.info({ line }, 'image sharing moved');
}
