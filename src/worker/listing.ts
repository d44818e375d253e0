import { isDone } from '../shared/image/image-fields.ts';
import { enterpriseProjectOf } from '../shared/look-up/find-ours.ts';
import { withMarker } from '../shared/look-up/match-images.ts';
import { type Followed, listedDelayMs, listedLongestMs, planLastPoll } from './plan-poll.ts';
import type { Step, WorkerDeps } from './step.ts';

/** An older listing proves nothing any more; in POLL_MIN. */
const FRESH_POLL_MIN = 5;
/** An import that is still running this long after its image left the list was not done then. */
const WRONG_MS = 60_000;

export type Listed =
  /** The list shows it: no poll is needed until then. */
  | { readonly kind: 'listed'; readonly delayMs: number }
  | { readonly kind: 'unlisted'; readonly leftAt?: number };

/** What the list of images in creation, which one worker reads for all, shows of this import. */
export async function readListing({ deps, key, entry }: Step, state: Followed): Promise<Listed> {
  const { clock, config, project, ledger } = deps;
  const listing = await project.listing.of(key);
  // One that left the list before belongs to an earlier attempt.
  if (listing === undefined || listing.at < state.since) return { kind: 'unlisted' };
  if (listing.kind === 'left') return { kind: 'unlisted', leftAt: listing.at };
  const now = clock.now();
  const { minMs } = config.poll;
  const isFresh = now - listing.at < FRESH_POLL_MIN * minMs;
  const isDue = now - (state.polledAt ?? state.since) >= listedLongestMs(config.poll);
  if (!isFresh || isDue || state.jobId === undefined) return { kind: 'unlisted' };
  // It is not forgotten: the list is watched, and this queue job comes back.
  const delayMs = listedDelayMs(config.poll, await planLastPoll(deps, entry, state));
  await ledger.putOff([key], now + delayMs + 2 * config.lockMs);
  return { kind: 'listed', delayMs };
}

/** Learns whether images that left the list were done; stops using the list where they were not. */
export async function judgeListing(
  { project, clock, log }: Pick<WorkerDeps, 'project' | 'clock' | 'log'>,
  { leftAt, polledAt }: Followed,
  isOver: boolean,
): Promise<void> {
  if (leftAt === undefined) return;
  const deadline = leftAt + WRONG_MS;
  const isLate = clock.now() > deadline && (polledAt ?? 0) <= deadline;
  if (!isOver && !isLate) return;
  if (!(await project.listing.judge(isOver ? 'right' : 'wrong'))) return;
  await project.listing.turnOff();
  log.info('images leave the list before they are done: polling them one by one');
}

const SAMPLES_WANTED = 20;
/** Share of later imports that are still measured: clouds change. */
const LATER_SHARE = 0.05;

/**
 * Policy `auto` rests on a measurement: does the list show images that are being created, and how soon? The
 * first imports of a project are looked up beside their polls until that is known. A sample is an upper
 * bound: the image may have been listed long before this poll.
 */
export async function measureListing(step: Step, state: Followed): Promise<void> {
  const { deps, key, entry } = step;
  const { request } = entry;
  // What is measured is how soon the own list shows imports.
  if (request.kind === 'copy') return;
  if (deps.config.unknown.policy !== 'auto' || state.listed === true || state.adopted) return;
  const isEarly = (await deps.project.listingLag()).samples < SAMPLES_WANTED;
  const isWanted =
    state.listed === false
      ? hasAgeDoubled(state, deps.clock.now())
      : isEarly || deps.random.next() < LATER_SHARE;
  if (!isWanted) return;
  const session = await deps.sessions.get().catch(() => undefined);
  const answer = await deps.ims.images({ marker: key, ...enterpriseProjectOf(entry) });
  if (!session || answer.kind !== 'ok') return;
  const [image] = withMarker(answer.value, { key, request, projectId: session.projectId });
  if (image && isDone(image.status)) return;
  const listed = image !== undefined;
  if (listed) await addLag(step, state);
  if (!listed && state.listed !== undefined) return;
  await step.record({ type: 'probed', listed });
}

const FIRST_PAUSE_MS = 15_000;

/** Once it was not listed, it is looked up again each time its age has doubled. */
function hasAgeDoubled({ since, polledAt = since }: Followed, now: number): boolean {
  const doublings = (at: number): number =>
    Math.floor(Math.log2(Math.max(1, at - since) / FIRST_PAUSE_MS));
  return doublings(now) > doublings(polledAt);
}

/** An image that was not listed until it was done: its whole duration counts as its lag. */
export async function noteListing(step: Step, state: Followed): Promise<void> {
  if (state.listed === false && !state.adopted) await addLag(step, state);
}

/** The fleet's time may have stood still, and a wall clock may have been set back: the longer time counts. */
async function addLag({ deps, key, entry }: Step, { since }: Followed): Promise<void> {
  const wallNow = deps.clock.wall.now();
  const byWall = wallNow - (entry.acceptedAt ?? wallNow);
  await deps.project.addLag(key, Math.max(0, deps.clock.now() - since, byWall));
}
