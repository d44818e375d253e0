import type {
  Explained,
  ImsClient,
  ImsImage,
  ReadAnswer,
  Sessions,
} from '../cloud/ims/ims-answers.ts';
import type { LedgerEntry } from '../ledger/ledger-entry.ts';
import type { Clock } from '../runtime/clock.ts';
import { type Wanted, withMarker, withoutMarker } from './match-found.ts';

export interface LookUpDeps {
  readonly ims: Pick<ImsClient, 'images'>;
  readonly sessions: Pick<Sessions, 'get'>;
  readonly clock: Clock;
}

/** `found` is complete: no image in it means that the list has none. */
export type Found =
  | { readonly kind: 'found'; readonly images: readonly ImsImage[] }
  | {
      readonly kind: 'failed';
      readonly throttled: boolean;
      readonly retryAfterMs?: number;
      readonly reason: Explained;
    };

/** Looks an import up: by its marker, and where that shows nothing by name and origin. */
export async function findOurs(deps: LookUpDeps, entry: LedgerEntry): Promise<Found> {
  const projectId = await projectOf(deps);
  if (projectId === undefined)
    return failed({ code: 'NO_SESSION', message: 'no session with IAM' });
  const byMarker = await deps.ims.images({ marker: entry.key });
  if (byMarker.kind !== 'ok') return unread(byMarker);
  const wanted: Wanted = {
    key: entry.key,
    name: entry.request.name,
    imageUrl: entry.request.image_url,
    projectId,
    intentAt: onServerClock(deps, entry, byMarker.serverTime),
  };
  const marked = withMarker(byMarker.value, wanted);
  if (marked.length > 0) return { kind: 'found', images: marked };
  const byName = await deps.ims.images({ name: entry.request.name });
  if (byName.kind !== 'ok') return unread(byName);
  const lateMarked = withMarker(byName.value, wanted);
  const images = lateMarked.length > 0 ? lateMarked : withoutMarker(byName.value, wanted);
  return { kind: 'found', images };
}

async function projectOf(deps: LookUpDeps): Promise<string | undefined> {
  return deps.sessions.get().then(
    (session) => session.projectId,
    () => undefined,
  );
}

function onServerClock(
  deps: LookUpDeps,
  entry: LedgerEntry,
  serverTime: number | undefined,
): number {
  const behind = serverTime === undefined ? 0 : serverTime - deps.clock.now();
  return (entry.submittedAt ?? entry.registeredAt) + behind;
}

function unread(answer: Exclude<ReadAnswer<unknown>, { kind: 'ok' }>): Found {
  const { kind: _, ...reason } = answer;
  if (answer.kind === 'not-found') return failed(reason);
  const retry = answer.retryAfterMs === undefined ? {} : { retryAfterMs: answer.retryAfterMs };
  return { kind: 'failed', throttled: answer.throttled, ...retry, reason };
}

function failed(reason: Explained): Found {
  return { kind: 'failed', throttled: false, reason };
}
