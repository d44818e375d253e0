import type { Explained } from '../cloud/http/service-error.ts';
import type { ImageFilter, ImsImage, OddImage, ReadAnswer } from '../cloud/ims/ims-answers.ts';
import type { Config } from '../config/config.ts';
import { copyCloud, type ImageRequest } from '../image/image-request.ts';
import { copyMarkerOf, type ImportKey, markerOf } from '../image/import-key.ts';
import type { FleetClock } from '../ledger/fleet-clock.ts';
import type { ImportStore } from '../ledger/import-store.ts';
import type { LedgerEntry } from '../ledger/ledger-entry.ts';
import type { ListingLag } from '../ledger/project-store.ts';
import { omitUndefined } from '../runtime/omit-undefined.ts';
import type { ImportState } from '../state/import-state.ts';
import { isRefusedForGood } from './inspect-images.ts';
import {
  judgeUnmarked,
  mayBeOurs,
  type Unsure,
  unsureOf,
  type Wanted,
  withMarker,
  withoutMarker,
} from './match-images.ts';
import { CLOSED_CLOUD, NO_CLOUD, type Places, placeOf } from './place-of.ts';

export interface LookUpDeps extends Places {
  readonly clock: Pick<FleetClock, 'now' | 'wall'>;
  readonly ledger: Pick<ImportStore, 'owners' | 'read'>;
}

/** `found` is complete: if it has no image, the list has none. */
export type Found =
  | {
      readonly kind: 'found';
      readonly images: readonly ImsImage[];
      /** Without a marker, and perhaps somebody else's: only a person may take them. */
      readonly unsure: readonly Unsure[];
    }
  | {
      readonly kind: 'failed';
      readonly throttled: boolean;
      readonly retryAfterMs?: number;
      /** A right is missing: retrying changes nothing. */
      readonly isForGood: boolean;
      /** Only the list of the enterprise project, or of the other region, that the request names. */
      readonly isOwn?: boolean;
      readonly reason: Explained;
    };

/** A list that holds every image that could belong to this import. */
interface Listing {
  readonly value: readonly ImsImage[];
  /** Images of it that could not be read. */
  readonly odd?: readonly OddImage[];
  /** Images that could not be read in the answer to a request for its marker. */
  readonly oddByMarker?: readonly OddImage[];
  readonly serverTime?: number;
}

/** Looks an import up where its image is: by its marker, and if that shows nothing by name and origin. */
export async function findOurs(own: LookUpDeps, entry: LedgerEntry): Promise<Found> {
  const { key, request } = entry;
  const isCopied = request.kind === 'copy';
  const deps = { ...own, ...(await placeOf(own, request)) };
  const where = enterpriseProjectOf(entry);
  const marker = isCopied ? { copyMarker: key } : { marker: key };
  const byMarker = await deps.ims.images({ ...marker, ...where });
  if (byMarker.kind !== 'ok') return notRead(byMarker, entry);
  const projectId = await projectOf(deps);
  if (projectId === undefined) return NO_SESSION;
  if ((entry.copiedTo ?? projectId) !== projectId) return movedAway(entry, projectId);
  const images = withMarker(byMarker.value, { key, request, projectId });
  // A copy gets its tag late: another one may carry the marker in its description.
  if (images.length > 0 && !isCopied) return { kind: 'found', images, unsure: [] };
  const byName = await deps.ims.images({ name: request.name, ...where });
  if (byName.kind !== 'ok') return notRead(byName, entry);
  // A cloud that shows other images, too, has ignored our marker.
  const isFiltered = byMarker.value.every((image) => hasTag(image, key));
  const value = [...new Map([...images, ...byName.value].map((one) => [one.id, one])).values()];
  const oddByMarker = isFiltered ? (byMarker.odd ?? []) : [];
  return findIn(deps, entry, { ...byName, value, oddByMarker });
}

/** The entry of its cloud has become another project's: a list of that one does not show the copy. */
function movedAway({ copiedTo, request }: LedgerEntry, projectId: string): Found {
  const cloud = copyCloud(request);
  const message = `the copy was sent to project ${copiedTo}, and cloud ${cloud} of clouds.yaml is project ${projectId} now`;
  const reason = { code: NO_CLOUD, message };
  return { kind: 'failed', throttled: false, isForGood: true, isOwn: true, reason };
}

function hasTag(image: ImsImage, key: ImportKey): boolean {
  return markerOf(image.tags) === key || copyMarkerOf(image) === key;
}

/** The enterprise project of its image, if the request names one. */
export function enterpriseProjectOf({
  request,
}: LedgerEntry): Pick<ImageFilter, 'enterpriseProjectId'> {
  return omitUndefined({ enterpriseProjectId: request.enterprise_project_id });
}

/** Every image that may be the origin of a copy: those of its source, and the one that was sent last. */
async function sourceIdsOf(
  { ledger }: LookUpDeps,
  { request, copiedFrom }: LedgerEntry,
): Promise<readonly string[]> {
  if (request.kind !== 'copy') return [];
  const source = await ledger.read(request.source);
  return [...(source?.seenImageIds ?? []), ...(copiedFrom === undefined ? [] : [copiedFrom])];
}

/** Looks an import up in a list that has been read already. */
export async function findIn(
  deps: LookUpDeps,
  entry: LedgerEntry,
  listing: Listing,
): Promise<Found> {
  const { value, serverTime, odd = [], oddByMarker = [] } = listing;
  const projectId = await projectOf(deps);
  if (projectId === undefined) return NO_SESSION;
  const { key, request } = entry;
  const marked = withMarker(value, { key, request, projectId });
  if (marked.length > 0) return { kind: 'found', images: marked, unsure: [] };
  const sentAt = (one: LedgerEntry): number => onServerClock(deps, one, serverTime);
  const sourceIds = await sourceIdsOf(deps, entry);
  const wanted: Wanted = { key, request, sourceIds, projectId, intentAt: sentAt(entry) };
  const fitting = withoutMarker(value, wanted);
  const unsure = [
    ...oddByMarker.filter((one) => mayBeOurs(one, wanted, true)),
    ...odd.filter((one) => mayBeOurs(one, wanted, false)),
  ].map(unsureOf);
  if (fitting.length === 0) return { kind: 'found', images: [], unsure: oncePerImage(unsure) };
  const ids = fitting.map(({ id }) => id);
  const known = await deps.ledger.owners.about(entry, ids);
  const judged = judgeUnmarked(fitting, wanted, { ...known, sentAt });
  if (unsure.length === 0) return { kind: 'found', ...judged };
  const why = 'another image that cannot be read could belong to it as well';
  const others = judged.images.map((image) => ({ image, why }));
  const all = [...judged.unsure, ...others, ...unsure];
  return { kind: 'found', images: [], unsure: oncePerImage(all) };
}

/** Both lists may show the same image. */
function oncePerImage(unsure: readonly Unsure[]): readonly Unsure[] {
  return [...new Map(unsure.map((one) => [JSON.stringify(one.image), one])).values()];
}

async function projectOf({ sessions }: LookUpDeps): Promise<string | undefined> {
  const session = await sessions.get().catch(() => undefined);
  return session?.projectId;
}

const NO_SESSION: Found = {
  kind: 'failed',
  throttled: false,
  isForGood: false,
  reason: { code: 'NO_SESSION', message: 'no session with IAM' },
};

/**
 * When the create may have left, by the server's clock. A wall clock that was set back since makes it look
 * later than it was, and so does a fleet whose time stood still: the longer time counts.
 */
function onServerClock(
  { clock }: LookUpDeps,
  { state, ...entry }: LedgerEntry,
  serverTime: number | undefined,
): number {
  const wall = clock.wall.now();
  const byWall = wall - (entry.submittedAt ?? entry.registeredAt);
  return (serverTime ?? wall) - Math.max(byWall, byFleetTime(state, clock.now(), byWall));
}

/** A window and more: an import that is sent again was looked up at its end. */
const BEFORE_LOOK_UP_MS = 3_600_000;

/** Of a resubmitted import only the time of its look-up is known: it counts where the wall clock was set back. */
function byFleetTime(state: ImportState, now: number, byWall: number): number {
  if ('sendBy' in state) return now - state.sendBy;
  if (state.status !== 'pending' || state.lookedAt === undefined) return 0;
  const sinceLookUp = now - state.lookedAt;
  return byWall < sinceLookUp ? sinceLookUp + BEFORE_LOOK_UP_MS : 0;
}

export function notRead(
  answer: Exclude<ReadAnswer<unknown>, { kind: 'ok' }>,
  { request }: LedgerEntry,
): Found {
  const { kind: _, ...reason } = answer;
  const isClosed = isElsewhere(request) && CLOSED_CLOUD.has(answer.code);
  const isForGood = isRefusedForGood(answer.code) || isClosed;
  const failed = { kind: 'failed', isForGood, reason } as const;
  if (answer.kind === 'not-found') return { ...failed, throttled: false };
  const { throttled, retryAfterMs } = answer;
  const isOwn = isElsewhere(request) || answer.isOwn;
  return omitUndefined({ ...failed, throttled, retryAfterMs, isOwn });
}

/** True for a copy to another region: its image is in no list of the own project. */
export function isElsewhere(request: ImageRequest): boolean {
  return copyCloud(request) !== undefined;
}

const SAMPLES_WANTED = 5;

/**
 * What policy `auto` rests on: images in creation were measured to show their marker in time. At least 5
 * samples, and a window of at least three times the slowest.
 */
export function listIsTrusted(lag: ListingLag, windowMs: number): boolean {
  return lag.samples >= SAMPLES_WANTED && windowMs >= 3 * lag.largestMs;
}

/** The measurement in words, and what the policy makes of it. */
export function formatTrust(lag: ListingLag, unknown: Config['unknown']): string {
  const { policy, windowMs } = unknown;
  const measured =
    lag.samples === 0
      ? 'How soon IMS lists an image in creation has not been measured yet'
      : `IMS listed images in creation within ${formatMs(lag.largestMs)} (${lag.samples} measured)`;
  const verdicts = {
    auto: listIsTrusted(lag, windowMs)
      ? 'an image that is not listed after that does not exist, and policy auto creates it again'
      : `policy auto holds images that are not found; it needs ${SAMPLES_WANTED} samples, none slower than a third of the window`,
    hold: 'policy hold never creates an image again by itself',
    resubmit: 'policy resubmit creates an image again that is not found by its end',
  };
  return `${measured}; the window is ${formatMs(windowMs)}: ${verdicts[policy]}.`;
}

function formatMs(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  return seconds < 120 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;
}
