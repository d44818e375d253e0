import type { Member, Sharing } from '../../shared/image/sharing.ts';
import type { SharingNews } from '../../shared/ledger/sharing-store.ts';
import { omitUndefined } from '../../shared/runtime/omit-undefined.ts';

type Problem = NonNullable<Sharing['problem']>;

/** What one look at the cloud has shown and done. */
export interface Looked {
  /** Of every project that the image is to be shared with. */
  readonly members: Readonly<Record<string, Member>>;
  readonly problem?: Problem;
  /** Not everything that could be done now was done. */
  readonly hasMore?: boolean;
}

interface Moment {
  /** The fleet's time. */
  readonly now: number;
  readonly shortestMs: number;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** IMS sets no limit for an acceptance; whoever has not accepted by then does not mean to. */
export const FOLLOWED_MS = 30 * DAY_MS;

/** What follows from a look: the new state, and when to look again; pure. */
export function decideSharing(before: Sharing, looked: Looked, at: Moment): SharingNews {
  const { now, shortestMs } = at;
  const since = before.since ?? now;
  const isOver = now - since > FOLLOWED_MS;
  const members = isOver ? givenUp(looked) : looked.members;
  const lines = Object.entries(members).flatMap(([project, member]) =>
    lineOf(project, before.members[project], member),
  );
  const state = stateOf(Object.values(members));
  const isNews = lines.length > 0 || looked.hasMore === true;
  const checks = isNews ? 0 : before.checks + 1;
  const sharing = { state, since, checks, members };
  const { problem } = looked;
  if (state !== 'open') return { sharing, lines };
  const longestMs = problem === undefined ? DAY_MS : HOUR_MS;
  const pauseMs = looked.hasMore ? 0 : Math.min(longestMs, shortestMs * 2 ** checks);
  return { sharing: { ...sharing, ...omitUndefined({ problem }) }, due: now + pauseMs, lines };
}

function stateOf(members: readonly Member[]): Sharing['state'] {
  const has = (...words: readonly Member['status'][]): boolean =>
    members.some(({ status }) => words.includes(status));
  if (has('adding', 'pending')) return 'open';
  return has('failed', 'rejected') ? 'failed' : 'done';
}

function givenUp({ members, problem }: Looked): Looked['members'] {
  const days = FOLLOWED_MS / DAY_MS;
  const failed = problem ?? {
    code: 'NOT_ACCEPTED',
    message: `the project has not accepted the image within ${days} days`,
  };
  return Object.fromEntries(
    Object.entries(members).map(([project, member]) => {
      const isOpen = member.status === 'adding' || member.status === 'pending';
      return [project, isOpen ? { status: 'failed', ...failed } : member];
    }),
  );
}

function lineOf(project: string, before: Member | undefined, is: Member): readonly string[] {
  if (before?.status === is.status) return [];
  switch (is.status) {
    case 'adding':
      return [];
    case 'pending':
      return [`shared with project ${project}, which has to accept`];
    case 'accepted':
      return [`shared with project ${project}, which has accepted`];
    case 'rejected':
      return [`project ${project} has rejected the image`];
    case 'failed':
      return [`not shared with project ${project}: ${is.code}: ${is.message}`];
  }
}
