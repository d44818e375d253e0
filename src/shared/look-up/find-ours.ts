import type { Explained } from '../cloud/http/service-error.ts';
import type {
  ImageFilter,
  ImsClient,
  ImsImage,
  OddImage,
  ReadAnswer,
} from '../cloud/ims/ims-answers.ts';
import type { Sessions } from '../cloud/session/session.ts';
import { markerOf } from '../image/import-key.ts';
import type { FleetClock } from '../ledger/fleet-clock.ts';
import type { ImageOwners } from '../ledger/image-owners.ts';
import type { LedgerEntry } from '../ledger/ledger-entry.ts';
import type { ImportState } from '../state/import-state.ts';
import { judgeUnmarked, type Unsure } from './judge-unmarked.ts';
import { type Wanted, withMarker, withoutMarker } from './match-found.ts';
import { mayBeOurs, unsureOf } from './odd-images.ts';
import { isRefusedForGood } from './refused-for-good.ts';

export interface LookUpDeps {
  readonly ims: Pick<ImsClient, 'images'>;
  readonly sessions: Pick<Sessions, 'get'>;
  readonly clock: Pick<FleetClock, 'now' | 'wall'>;
  readonly ledger: { readonly owners: ImageOwners };
}

/** `found` is complete: no image in it means that the list has none. */
export type Found =
  | {
      readonly kind: 'found';
      readonly images: readonly ImsImage[];
      /** Without a marker, and perhaps somebody else's: taken for ours by a person only. */
      readonly unsure: readonly Unsure[];
    }
  | {
      readonly kind: 'failed';
      readonly throttled: boolean;
      readonly retryAfterMs?: number;
      /** A right is missing: asking again changes nothing. */
      readonly isForGood: boolean;
      /** Only the list of the enterprise project that its image names. */
      readonly isOwn?: boolean;
      readonly reason: Explained;
    };

/** A list that holds every image that could be this import's. */
export interface Listing {
  readonly value: readonly ImsImage[];
  /** What could not be read of it. */
  readonly odd?: readonly OddImage[];
  /** What could not be read where its marker was asked for. */
  readonly oddByMarker?: readonly OddImage[];
  readonly serverTime?: number;
}

/** Looks an import up: by its marker, and where that shows nothing by name and origin. */
export async function findOurs(deps: LookUpDeps, entry: LedgerEntry): Promise<Found> {
  const byMarker = await deps.ims.images({ marker: entry.key, ...its(entry) });
  if (byMarker.kind !== 'ok') return unread(byMarker);
  const projectId = await projectOf(deps);
  if (projectId === undefined) return NO_SESSION;
  const images = withMarker(byMarker.value, { key: entry.key, projectId });
  if (images.length > 0) return { kind: 'found', images, unsure: [] };
  const byName = await deps.ims.images({ name: entry.request.name, ...its(entry) });
  if (byName.kind !== 'ok') return unread(byName);
  // A cloud that shows other images, too, has not looked for our marker.
  const isFiltered = byMarker.value.every(({ tags }) => markerOf(tags) === entry.key);
  return findIn(deps, entry, { ...byName, oddByMarker: isFiltered ? (byMarker.odd ?? []) : [] });
}

/** Where its image is, if it names an enterprise project itself. */
export function its({ request }: LedgerEntry): Pick<ImageFilter, 'enterpriseProjectId'> {
  const { enterprise_project_id: enterpriseProjectId } = request;
  return enterpriseProjectId === undefined ? {} : { enterpriseProjectId };
}

/** The same in a list that was read already. */
export async function findIn(
  deps: LookUpDeps,
  entry: LedgerEntry,
  listing: Listing,
): Promise<Found> {
  const { value, serverTime, odd = [], oddByMarker = [] } = listing;
  const projectId = await projectOf(deps);
  if (projectId === undefined) return NO_SESSION;
  const { key, request } = entry;
  const marked = withMarker(value, { key, projectId });
  if (marked.length > 0) return { kind: 'found', images: marked, unsure: [] };
  const { kind, name, image_url: imageUrl } = request;
  const sentAt = (one: LedgerEntry): number => onServerClock(deps, one, serverTime);
  const intentAt = sentAt(entry);
  const wanted: Wanted = { key, kind, name, imageUrl, projectId, intentAt };
  const fitting = withoutMarker(value, wanted);
  const unsure = [
    ...oddByMarker.filter((one) => mayBeOurs(one, wanted, true)),
    ...odd.filter((one) => mayBeOurs(one, wanted, false)),
  ].map(unsureOf);
  if (fitting.length === 0) return { kind: 'found', images: [], unsure: oncePerImage(unsure) };
  const known = await deps.ledger.owners.about(
    entry,
    fitting.map(({ id }) => id),
  );
  const judged = judgeUnmarked(fitting, wanted, { ...known, sentAt });
  if (unsure.length === 0) return { kind: 'found', ...judged };
  const why = 'another image that cannot be read could be its own as well';
  const others = judged.images.map((image) => ({ image, why }));
  const all = oncePerImage([...judged.unsure, ...others, ...unsure]);
  return { kind: 'found', images: [], unsure: all };
}

/** Both lists may show the same one. */
function oncePerImage(unsure: readonly Unsure[]): readonly Unsure[] {
  return [...new Map(unsure.map((one) => [JSON.stringify(one.image), one])).values()];
}

async function projectOf(deps: LookUpDeps): Promise<string | undefined> {
  return deps.sessions.get().then(
    (session) => session.projectId,
    () => undefined,
  );
}

const NO_SESSION: Found = {
  kind: 'failed',
  throttled: false,
  isForGood: false,
  reason: { code: 'NO_SESSION', message: 'no session with IAM' },
};

/**
 * When the create may have left, by the server's clock. A wall clock that was set back since then makes
 * it look later than it was, and so does a fleet whose time stood still: the longer time counts.
 */
function onServerClock(
  { clock }: LookUpDeps,
  { state, ...entry }: LedgerEntry,
  serverTime: number | undefined,
): number {
  const wall = clock.wall.now();
  const byWall = wall - (entry.submittedAt ?? entry.registeredAt);
  return (serverTime ?? wall) - Math.max(byWall, byFleetTime(clock, state, byWall));
}

/** A window and more: what is sent again was looked for at its end. */
const BEFORE_THE_LOOK_MS = 3_600_000;

/** By the fleet's time. Of what is sent again only the time of its look-up is known: it counts where the wall clock was set back. */
function byFleetTime({ now }: Pick<FleetClock, 'now'>, state: ImportState, byWall: number): number {
  if ('sendBy' in state) return now() - state.sendBy;
  if (state.status !== 'pending' || state.lookedAt === undefined) return 0;
  const sinceLook = now() - state.lookedAt;
  return byWall < sinceLook ? sinceLook + BEFORE_THE_LOOK_MS : 0;
}

export function unread(answer: Exclude<ReadAnswer<unknown>, { kind: 'ok' }>): Found {
  const { kind: _, ...reason } = answer;
  const isForGood = isRefusedForGood(answer.code);
  if (answer.kind === 'not-found') return { kind: 'failed', throttled: false, isForGood, reason };
  const retry = answer.retryAfterMs === undefined ? {} : { retryAfterMs: answer.retryAfterMs };
  const own = answer.isOwn ? { isOwn: true } : {};
  return { kind: 'failed', throttled: answer.throttled, isForGood, ...own, ...retry, reason };
}
