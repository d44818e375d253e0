import { copyMarkerOf, type ImportKey, markerOf } from '../../shared/image/import-key.ts';
import { isCopy } from '../../shared/look-up/match-images.ts';
import { triggerOf } from '../../shared/queues/queues.ts';
import { listPauseMs, promotedApartMs } from '../plan-poll.ts';
import { slowDown } from '../request-pace.ts';
import type { WorkerDeps } from '../step.ts';
import { noticeInList } from './notice-others.ts';

/** With fewer imports in flight their own polls cost less than a list. */
const WORTH_A_LIST = 4;
/** After this many lists in a row that show none of ours, this cloud is taken not to show them. */
const BLIND_LISTS = 12;
/** While all of ours still wait to be filled, pauses between lists are this many times longer. */
const WAITING_FACTOR = 4;
/** Longer than the longest pause, or another worker would start between two lists. */
const LEASE_POLL_MIN = 10;

/**
 * One list call in place of many polls: reads which images are being created, and promotes the poll of each
 * import whose image was among them and no longer is. One worker at a time does it, and only where the
 * cloud's list shows our markers in time; a list is never believed for an outcome.
 */
export async function watchList(deps: WorkerDeps): Promise<void> {
  const { clock, config, stopping, project, workerId, log } = deps;
  const { listing } = project;
  const leaseMs = Math.max(config.lockMs, LEASE_POLL_MIN * config.poll.minMs);
  let blind = 0;
  while (!stopping.aborted) {
    let pauseMs = config.lockMs / 2;
    try {
      const isOurs = await project.lease('list', workerId, leaseMs);
      const inFlight = isOurs ? await deps.ledger.inFlight() : 0;
      // Once lists were read, this continues to the last import: listed ones are rarely polled.
      const isWorthIt = inFlight >= WORTH_A_LIST || (inFlight > 0 && (await listing.hasOpen()));
      if (isWorthIt && !(await listing.isOff())) {
        pauseMs = listPauseMs(config.poll, inFlight);
        const shown = await readList(deps);
        if (shown === 'waiting') pauseMs *= WAITING_FACTOR;
        // What has ended meanwhile waits for the next list that is read.
        if (shown === 'unread') pauseMs = await afterCooling(deps, pauseMs);
        else blind = shown === 'none' ? blind + 1 : 0;
        if (blind >= BLIND_LISTS) {
          blind = 0;
          await listing.turnOff();
          log.info('the image list shows none of our images in creation: polling them one by one');
        }
      }
    } catch (error) {
      if (!stopping.aborted) log.warn({ err: error }, 'watching the image list failed');
    }
    await clock.sleep(pauseMs * (0.95 + 0.1 * deps.random.next()), stopping);
  }
  // Another worker continues at once. If this fails, the lease ends soon.
  await project.release('list', workerId).catch(() => undefined);
}

/** What the list shows of ours: images being filled, only images that wait for it, or none. */
type Shown = 'some' | 'waiting' | 'none' | 'unread';

async function readList(deps: WorkerDeps): Promise<Shown> {
  const at = deps.clock.now();
  const listed = await ourImages(deps, 'saving');
  if (listed === undefined) return 'unread';
  const keys = listed.map(({ key }) => key);
  const left = await deps.project.listing.note(keys, at);
  await promotePolls(deps, left);
  await keepEvidence(deps, listed);
  if (listed.length > 0) return 'some';
  const waiting = await ourImages(deps, 'queued');
  if (waiting === undefined) return 'unread';
  return waiting.length > 0 ? 'waiting' : 'none';
}

/** An image that the list shows, and the import whose marker it carries. */
interface Listed {
  readonly imageId: string;
  readonly key: ImportKey;
}

/** Our images that the list shows in a status; `undefined` when it could not be read. */
async function ourImages(
  deps: WorkerDeps,
  status: 'queued' | 'saving',
): Promise<readonly Listed[] | undefined> {
  if ((await deps.project.coolingMs('read')) > 0) return undefined;
  const answer = await deps.ims.images({ status });
  if (answer.kind !== 'ok') {
    const isThrottled = answer.kind === 'failed' && answer.throttled;
    if (isThrottled) await slowDown(deps, 'read', answer.retryAfterMs);
    return undefined;
  }
  await noticeInList(deps, answer.value);
  return answer.value.flatMap((image) => {
    // The tags of a copy may be those of its source.
    const key = isCopy(image) ? copyMarkerOf(image) : markerOf(image.tags);
    return key === undefined ? [] : [{ imageId: image.id, key }];
  });
}

async function promotePolls(deps: WorkerDeps, left: readonly ImportKey[]): Promise<void> {
  const { clock, config, ledger, queues, stopping } = deps;
  const apartMs = promotedApartMs(config.poll, left.length);
  for (const [index, entry] of (await ledger.readMany(left)).entries()) {
    if (entry.state.status !== 'creating') continue;
    if (index > 0) await clock.sleep(apartMs, stopping);
    await queues.promote(triggerOf(entry), 'poll');
  }
}

/** What was seen once is evidence, whatever becomes of the import. Each image is written down once. */
async function keepEvidence(
  { ledger, clock }: Pick<WorkerDeps, 'ledger' | 'clock'>,
  listed: readonly Listed[],
): Promise<void> {
  const owners = await ledger.owners.of(listed.map(({ imageId }) => imageId));
  for (const { imageId, key } of listed) {
    if (owners.has(imageId)) continue;
    const now = clock.now();
    await ledger.change(key, { type: 'seen', imageIds: [imageId] }, { now, due: now });
  }
}

/** Milliseconds until reads are allowed again; where they are, the usual pause. */
async function afterCooling(
  { project }: Pick<WorkerDeps, 'project'>,
  usualMs: number,
): Promise<number> {
  const coolingMs = await project.coolingMs('read');
  return coolingMs > 0 ? Math.min(coolingMs, usualMs) : usualMs;
}
