import { type ImportKey, markerOf } from '../../shared/image/import-key.ts';
import { triggerOf } from '../../shared/queues/trigger-of.ts';
import { hurriedApartMs, listPauseMs } from '../pace/list-pace.ts';
import { slowDown } from '../slow-down.ts';
import type { WorkerDeps } from '../worker-deps.ts';
import { noticeInList } from './notice-others.ts';

/** With fewer imports in flight their own polls cost less than a list. */
const WORTH_A_LIST = 4;
/** Lists in a row that show none of ours, after which this cloud is taken not to show them. */
const BLIND_LISTS = 12;
/** While all of ours still wait to be filled the list is asked for more seldom. */
const WAITING = 4;
/** In POLL_MIN: longer than the longest pause, or another worker would begin between two lists. */
const LEASE = 10;

/**
 * One list call in the place of many polls: asks which images are being created, and hurries the poll
 * of each import whose image was among them and is no more. One worker at a time does it, and only
 * where the cloud's list shows our markers in time; a list is never believed for an outcome.
 */
export async function watchList(deps: WorkerDeps): Promise<void> {
  const { clock, config, stopping, project, workerId, log } = deps;
  const { minMs } = config.poll;
  let blind = 0;
  while (!stopping.aborted) {
    let pauseMs = config.lockMs / 2;
    try {
      const isOurs = await project.lease('list', workerId, Math.max(config.lockMs, LEASE * minMs));
      const inFlight = isOurs ? await deps.ledger.inFlight() : 0;
      if ((await isWorthIt(deps, inFlight)) && !(await project.listing.isOff())) {
        pauseMs = listPauseMs(config.poll, inFlight);
        const shown = await lookAtList(deps);
        if (shown === 'waiting') pauseMs *= WAITING;
        // What has ended meanwhile waits for the next list that is read.
        if (shown === 'unread') pauseMs = await afterCooling(deps, pauseMs);
        if (shown !== 'unread') blind = shown === 'none' ? blind + 1 : 0;
        if (blind >= BLIND_LISTS) {
          blind = 0;
          await project.listing.turnOff();
          log.info(
            'the image list shows no images of ours in creation: they are polled one by one',
          );
        }
      }
    } catch (error) {
      if (!stopping.aborted) log.warn({ err: error }, 'watching the image list failed');
    }
    await clock.sleep(pauseMs * (0.95 + 0.1 * deps.random.next()), stopping);
  }
  // Another worker goes on at once. One that cannot say so is gone soon.
  await project.release('list', workerId).catch(() => undefined);
}

/** Once begun it goes on to the last one, whoever began: those that were listed are polled seldom. */
async function isWorthIt({ project }: WorkerDeps, inFlight: number): Promise<boolean> {
  return inFlight >= WORTH_A_LIST || (inFlight > 0 && (await project.listing.hasOpen()));
}

/** What the list shows of ours: images being filled, only such that wait for it, or none. */
type Shown = 'some' | 'waiting' | 'none' | 'unread';

async function lookAtList(deps: WorkerDeps): Promise<Shown> {
  const at = deps.clock.now();
  const listed = await ours(deps, 'saving');
  if (listed === undefined) return 'unread';
  await hurry(deps, await deps.project.listing.note(keysOf(listed), at));
  await keepEvidence(deps, listed);
  if (listed.length > 0) return 'some';
  const waiting = await ours(deps, 'queued');
  if (waiting === undefined) return 'unread';
  return waiting.length > 0 ? 'waiting' : 'none';
}

/** An image that the list shows, and the import whose marker it carries. */
interface Marked {
  readonly imageId: string;
  readonly key: ImportKey;
}

function keysOf(listed: readonly Marked[]): readonly ImportKey[] {
  return listed.map(({ key }) => key);
}

/** What was seen once is evidence, whatever becomes of the import. Each image is written down once. */
async function keepEvidence(
  { ledger, clock }: Pick<WorkerDeps, 'ledger' | 'clock'>,
  listed: readonly Marked[],
): Promise<void> {
  const owners = await ledger.owners.of(listed.map(({ imageId }) => imageId));
  for (const { imageId, key } of listed) {
    if (owners.has(imageId)) continue;
    const now = clock.now();
    await ledger.change(key, { type: 'seen', imageIds: [imageId] }, { now, due: now });
  }
}

/** Our images that the list shows in a status; `undefined` when it could not be read. */
async function ours(
  deps: WorkerDeps,
  status: 'queued' | 'saving',
): Promise<readonly Marked[] | undefined> {
  if ((await deps.project.coolingMs('read')) > 0) return undefined;
  const answer = await deps.ims.images({ status });
  if (answer.kind === 'ok') {
    await noticeInList(deps, answer.value);
    return answer.value.flatMap(({ id: imageId, tags }) => {
      const key = markerOf(tags);
      return key === undefined ? [] : [{ imageId, key }];
    });
  }
  if (answer.kind === 'failed' && answer.throttled) {
    await slowDown(deps, 'read', answer.retryAfterMs);
  }
  return undefined;
}

/** Milliseconds until reads are allowed again; where they are, the usual pause. */
async function afterCooling({ project }: WorkerDeps, usualMs: number): Promise<number> {
  const coolingMs = await project.coolingMs('read');
  return coolingMs > 0 ? Math.min(coolingMs, usualMs) : usualMs;
}

async function hurry(deps: WorkerDeps, left: readonly ImportKey[]): Promise<void> {
  const { clock, config, ledger, queues, stopping } = deps;
  const apartMs = hurriedApartMs(config.poll, left.length);
  for (const [index, entry] of (await ledger.readMany(left)).entries()) {
    if (entry.state.status !== 'creating') continue;
    if (index > 0) await clock.sleep(apartMs, stopping);
    await queues.hurry(triggerOf(entry), 'poll');
  }
}
