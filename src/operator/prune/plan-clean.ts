import type { ImsImage } from '../../shared/cloud/ims/ims-answers.ts';
import { type ImportKey, markerOf } from '../../shared/image/import-key.ts';
import { entriesByKey } from '../../shared/ledger/entries-by-key.ts';
import type { LedgerEntry } from '../../shared/ledger/ledger-entry.ts';
import { isCopy } from '../../shared/look-up/match-images.ts';
import { isEnded } from '../../shared/state/machine.ts';
import { type ImageList, imageList } from '../image-list.ts';
import type { KeepCode, PlannedRemoval } from './decide.ts';
import { NOTHING_DELETED, neededByOpenImports, type SurveyDeps } from './survey.ts';

/** What `reconcile --clean` decides on. */
interface CleanWorld {
  readonly projectId: string;
  /** Registered or not. */
  readonly images: readonly ImsImage[];
  readonly entries: ReadonlyMap<ImportKey, LedgerEntry>;
  readonly needed: ReadonlySet<string>;
  readonly others: ReadonlySet<string>;
  /** By the clock of IMS; absent: nothing counts as old. */
  readonly now?: number | undefined;
}

/** IMS: an import takes hours at most. */
const LONG_MS = 86_400_000;
/** IMS, Glance: not usable yet. A word of the future is no reason to delete. */
const IN_CREATION: ReadonlySet<string> = new Set(['queued', 'saving', 'importing', 'uploading']);

/**
 * Images that failed creates of ours left behind: `killed`, or in creation for more than a day. Those whose
 * import has ended without them can be deleted. Pure.
 */
export function planClean(world: CleanWorld): readonly PlannedRemoval[] {
  const { projectId, entries, now } = world;
  const once = new Map(world.images.map((image) => [image.id, image])).values();
  return [...once].flatMap((image): PlannedRemoval[] => {
    // The marker on a copy is that of its source: whose it is, only its own ledger knows.
    const key = isCopy(image) ? undefined : markerOf(image.tags);
    const isOld = now !== undefined && image.createdAt > 0 && now - image.createdAt > LONG_MS;
    const isLeft = image.status === 'killed' || (IN_CREATION.has(image.status) && isOld);
    // A copy may have the tags of its source: it is not what a create of that left.
    if (key === undefined || image.owner !== projectId || !isLeft || isCopy(image)) return [];
    const entry = entries.get(key);
    const row = { image, key, entry, families: [] };
    return [{ ...row, ...(whyKept(row, world) ?? { why: leftText(image, entry) }) }];
  });
}

function leftText({ status }: ImsImage, entry: LedgerEntry | undefined): string {
  const what = status === 'killed' ? 'killed' : `${status} for more than a day`;
  const has = entry?.state.status === 'succeeded' ? ` with image ${entry.state.imageId}` : '';
  return `${what}; its import has ${entry?.state.status === 'cancelled' ? 'been ' : ''}${entry?.state.status}${has}`;
}

type Row = Pick<PlannedRemoval, 'image' | 'key' | 'entry'>;

function whyKept(
  { image, key, entry }: Row,
  { needed, others }: CleanWorld,
): { readonly keep: KeepCode; readonly why: string } | undefined {
  const { status } = image;
  const keep = (code: KeepCode, why: string) => ({ keep: code, why: `${status}; ${why}` });
  if (others.has(image.id)) return keep('other-installation', 'another installation created it');
  if (!entry) return keep('not-in-ledger', 'its import is not in this ledger');
  const { state } = entry;
  if (!isEnded(state.status)) return keep('open', `its import is ${state.status}`);
  if (state.status === 'succeeded' && namesIt(state, image.id)) {
    return keep('other-image', 'its import has succeeded with it');
  }
  if (needed.has(image.id) || needed.has(key)) return keep('needed', 'an open import names it');
  return image.isProtected === false ? undefined : keep('protected', 'it is protected');
}

function namesIt(
  state: Extract<LedgerEntry['state'], { status: 'succeeded' }>,
  imageId: string,
): boolean {
  return state.imageId === imageId || (state.otherImageIds ?? []).includes(imageId);
}

/**
 * Reads the cloud and the ledger for that.
 * @param listed the images of the project, where they were read already
 * @throws CloudError when the list of the images cannot be read completely
 */
export async function surveyClean(
  deps: Pick<SurveyDeps, 'ims' | 'sessions' | 'ledger'>,
  listed?: ImageList,
): Promise<readonly PlannedRemoval[]> {
  const { projectId } = await deps.sessions.get();
  const { images, now } = listed ?? (await imageList(deps.ims, {}, NOTHING_DELETED));
  // A cloud that does not know this filter shows no more.
  const hidden = await deps.ims.images({ isUnregistered: true });
  const all = [...images, ...(hidden.kind === 'ok' ? hidden.value : [])];
  const keys = all.flatMap(({ tags }) => markerOf(tags) ?? []);
  return planClean({
    ...{ projectId, now, images: all },
    entries: await entriesByKey(deps.ledger, keys),
    needed: await neededByOpenImports(deps.ledger),
    others: await deps.ledger.removals.ofOthers(all.map(({ id }) => id)),
  });
}
