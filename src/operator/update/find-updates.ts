import type { Explained } from '../../shared/cloud/http/service-error.ts';
import type { ImsClient, ImsImage } from '../../shared/cloud/ims/ims-answers.ts';
import type { Sessions } from '../../shared/cloud/session/session.ts';
import { isDead } from '../../shared/image/image-fields.ts';
import type { ImageRequest, Manifest } from '../../shared/image/image-request.ts';
import { type ImportKey, importKey } from '../../shared/image/import-key.ts';
import { fixedFields } from '../../shared/image/more-members.ts';
import { entriesByKey } from '../../shared/ledger/entries-by-key.ts';
import type { ImportStore } from '../../shared/ledger/import-store.ts';
import { differences, type LedgerEntry } from '../../shared/ledger/ledger-entry.ts';
import { isElsewhere } from '../../shared/look-up/find-ours.ts';
import { isCandidate, mayBelongTo } from '../../shared/look-up/match-images.ts';
import { type ImageUpdates, isChangeable, updatesFor } from '../../shared/update/image-updates.ts';
import { imageList } from '../image-list.ts';

/** An image of a manifest that exists. */
interface ImportedImage {
  readonly batch: string;
  readonly key: ImportKey;
  readonly name: string;
  readonly imageId: string;
}

/** One that differs from its manifest in what IMS can change, or whose entry in the ledger does. */
export interface ToUpdate extends ImportedImage {
  /** As it was compared. */
  readonly entry: LedgerEntry;
  readonly updates: ImageUpdates;
}

/** One that should be changed and was not. */
export interface NotUpdated extends ImportedImage {
  readonly reason: Explained;
}

/** One that differs in fields that only a new import changes, or that is in another region. */
export interface CannotChange extends ImportedImage {
  readonly fields: readonly string[];
  /** The cloud of a copy in another region. */
  readonly copyTo?: string;
}

export interface FoundUpdates {
  readonly toUpdate: readonly ToUpdate[];
  readonly notUpdated: readonly NotUpdated[];
  readonly cannotChange: readonly CannotChange[];
  /** Images that are as their manifest says. */
  readonly unchanged: readonly ImportedImage[];
  /** Images whose import has not ended, and that would differ. */
  readonly unfinished: readonly { readonly batch: string; readonly name: string }[];
}

interface FindDeps {
  readonly ledger: Pick<ImportStore, 'readMany'>;
  readonly ims: Pick<ImsClient, 'images'>;
  readonly sessions: Pick<Sessions, 'get'>;
}

/**
 * Compares the images of these manifests that exist with what the manifests say now. Reads the image list once.
 * @throws CloudError when the image list cannot be read
 */
export async function findUpdates(
  deps: FindDeps,
  manifests: readonly Manifest[],
): Promise<FoundUpdates> {
  const wanted = await importsOf(deps, manifests);
  const imported = wanted.flatMap(({ entry, ...one }) =>
    // Where a copy to another region is, the list of this one does not show.
    entry.state.status === 'succeeded' && !isElsewhere(one.request)
      ? [{ ...one, entry, imageId: entry.state.imageId }]
      : [],
  );
  const list = await readList(
    deps,
    imported.flatMap(({ request, entry }) => [request, entry.request]),
  );
  const found = {
    toUpdate: [] as ToUpdate[],
    notUpdated: [] as NotUpdated[],
    cannotChange: differingElsewhere(wanted),
    unchanged: [] as ImportedImage[],
  };
  for (const { batch, entry, request, imageId } of imported) {
    const { key } = entry;
    const place = { batch, key, name: request.name, imageId };
    const image = list.images.get(imageId);
    const updates = image && updatesFor(image, request, entry.request);
    const isAsWanted = updates?.updates.length === 0;
    const reason = isAsWanted ? undefined : whyNot({ image, imageId, entry }, list);
    if (updates && updates.fixed.length > 0) {
      found.cannotChange.push({ ...place, fields: updates.fixed });
    }
    if (reason) found.notUpdated.push({ ...place, reason });
    else if (updates && (!isAsWanted || updates.noted.length > 0)) {
      found.toUpdate.push({ ...place, entry, updates });
    } else if (!updates || updates.fixed.length === 0) found.unchanged.push(place);
  }
  return { ...found, unfinished: unfinishedOf(wanted) };
}

interface WantedImport {
  readonly batch: string;
  readonly entry: LedgerEntry;
  readonly request: ImageRequest;
}

/** The imports of the manifests as the ledger has them, each once. */
async function importsOf(
  { ledger }: FindDeps,
  manifests: readonly Manifest[],
): Promise<readonly WantedImport[]> {
  const wanted = new Map<ImportKey, { readonly batch: string; readonly request: ImageRequest }>();
  for (const { name: batch, images } of manifests) {
    for (const { request } of images) wanted.set(importKey(request), { batch, request });
  }
  const entries = await entriesByKey(ledger, [...wanted.keys()]);
  return [...wanted].flatMap(([key, one]) => {
    const entry = entries.get(key);
    return entry ? [{ ...one, entry }] : [];
  });
}

/** Copies in other regions are not read: only what the ledger knows of them is compared. */
function differingElsewhere(wanted: readonly WantedImport[]): CannotChange[] {
  return wanted.flatMap(({ batch, entry: { key, state, request: stored }, request }) => {
    if (state.status !== 'succeeded' || request.kind !== 'copy' || !request.to) return [];
    const fields = fixedFields(differences(stored, request));
    const { name, to } = request;
    const place = { batch, key, name, imageId: state.imageId };
    return fields.length === 0 ? [] : [{ ...place, fields, copyTo: to.cloud }];
  });
}

function unfinishedOf(wanted: readonly WantedImport[]): FoundUpdates['unfinished'] {
  return wanted.flatMap(({ batch, entry, request }) => {
    const isOpen = ['submitting', 'creating', 'unknown'].includes(entry.state.status);
    const isOther = differences(entry.request, request).some(isChangeable);
    return isOpen && isOther ? [{ batch, name: request.name }] : [];
  });
}

interface ImageList {
  readonly projectId: string;
  readonly images: ReadonlyMap<string, ImsImage>;
  readonly oddIds: ReadonlySet<string>;
}

/** The project's list, and those of enterprise projects that images name or named: one may not be moved yet. */
async function readList(
  { ims, sessions }: FindDeps,
  requests: readonly ImageRequest[],
): Promise<ImageList> {
  const { projectId } = await sessions.get();
  const images = new Map<string, ImsImage>();
  const oddIds = new Set<string>();
  if (requests.length === 0) return { projectId, images, oddIds };
  const named = new Set(requests.map(({ enterprise_project_id }) => enterprise_project_id));
  named.delete(undefined);
  for (const enterpriseProjectId of named.size === 0 ? [undefined] : named) {
    const filter = enterpriseProjectId === undefined ? {} : { enterpriseProjectId };
    const listed = await imageList(ims, filter);
    for (const image of listed.images) images.set(image.id, image);
    for (const { image } of listed.odd) oddIds.add(image.id);
  }
  return { projectId, images, oddIds };
}

export const IMAGE_GONE: Explained = {
  code: 'IMAGE_GONE',
  message: 'IMS no longer lists its image',
  advice: 'submit --recreate imports it again.',
};

interface Compared {
  readonly entry: LedgerEntry;
  /** In the ledger. */
  readonly imageId: string;
  readonly image: ImsImage | undefined;
}

/** Why an image that is in the ledger must not be changed; `undefined` if it may. */
function whyNot(
  { image, imageId, entry }: Compared,
  { projectId, oddIds }: ImageList,
): Explained | undefined {
  if (!image && oddIds.has(imageId)) {
    return { code: 'ODD_IMAGE', message: 'its image cannot be read in the image list' };
  }
  if (!image || isDead(image.status)) return IMAGE_GONE;
  if (!mayBelongTo(image, entry) || !isCandidate(image, entry.request, projectId)) {
    return { code: 'NOT_OURS', message: `image ${imageId} is that of another import or project` };
  }
  if (image.status === 'active') return undefined;
  const message = `its image is ${image.status}; IMS changes only active images`;
  return { code: 'NOT_ACTIVE', message };
}
