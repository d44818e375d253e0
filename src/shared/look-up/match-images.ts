import type { ImsImage, OddImage } from '../cloud/ims/ims-answers.ts';
import { isDead, isInCreation } from '../image/image-fields.ts';
import { diskKindOf, type ImageRequest } from '../image/image-request.ts';
import { copyMarkerOf, type ImportKey, markerOf } from '../image/import-key.ts';
import type { LedgerEntry } from '../ledger/ledger-entry.ts';

/** What an image must look like to count as ours. */
export interface Wanted {
  readonly key: ImportKey;
  readonly request: ImageRequest;
  /** Of a copy: images of its source. */
  readonly sourceIds: readonly string[];
  readonly projectId: string;
  /** When the create may have left, by the server's clock. */
  readonly intentAt: number;
}

/** Between the clocks of this host or Redis and that of IMS. */
const CLOCK_TOLERANCE_MS = 5 * 60_000;

/** Alive, of our project, and not a copy of another image. */
export function isOwnImport(image: ImsImage, projectId: string): boolean {
  return isAlive(image, projectId) && !isCopy(image);
}

/** Its tags may be those of its source. */
export function isCopy(image: ImsImage): boolean {
  return isFromImage(image.dataOrigin) || copyMarkerOf(image) !== undefined;
}

function isAlive({ owner, status }: ImsImage, projectId: string): boolean {
  return owner === projectId && !isDead(status);
}

/** IMS: `image,<region>,<id>` of a copy, `image,<id>` of others that were made of an image. */
function isFromImage(dataOrigin: string | undefined): boolean {
  return dataOrigin?.startsWith('image,') ?? false;
}

/** Alive, of the project, and made in the way that the request says. */
export function isCandidate(image: ImsImage, { kind }: ImageRequest, projectId: string): boolean {
  return isAlive(image, projectId) && isCopy(image) === (kind === 'copy');
}

/** The import of this kind whose marker the image carries. */
function markerFor(image: ImsImage, { kind }: ImageRequest): ImportKey | undefined {
  return kind === 'copy' ? copyMarkerOf(image) : markerOf(image.tags);
}

/** False for an image that carries the marker of another import. */
export function mayBelongTo(
  image: ImsImage,
  { key, request }: Pick<LedgerEntry, 'key' | 'request'>,
): boolean {
  const isOthers = request.kind !== 'copy' && copyMarkerOf(image) !== undefined;
  return !isOthers && (markerFor(image, request) ?? key) === key;
}

export function withMarker(
  images: readonly ImsImage[],
  { key, request, projectId }: Pick<Wanted, 'key' | 'request' | 'projectId'>,
): readonly ImsImage[] {
  return images.filter(
    (image) => isCandidate(image, request, projectId) && markerFor(image, request) === key,
  );
}

/**
 * Where a cloud shows no markers yet: the exact name, made from our file (or image), created after the intent, not
 * marked for another import, and not of the other kind. `judgeUnmarked` decides whether one is really ours.
 */
export function withoutMarker(images: readonly ImsImage[], wanted: Wanted): readonly ImsImage[] {
  const { request, projectId } = wanted;
  const kind = diskKindOf(request);
  return images.filter(
    (image) =>
      isCandidate(image, request, projectId) &&
      markerFor(image, request) === undefined &&
      image.name === request.name &&
      comesFrom(image.dataOrigin, wanted) &&
      (image.kind ?? kind) === kind &&
      mayBeOf(image, wanted.intentAt),
  );
}

/** Created after the intent, as far as clocks allow. 0: IMS does not report when. */
function mayBeOf({ createdAt }: ImsImage, intentAt: number): boolean {
  return createdAt === 0 || createdAt >= intentAt - CLOCK_TOLERANCE_MS;
}

function comesFrom(dataOrigin: string | undefined, { request, sourceIds }: Wanted): boolean {
  if (request.kind !== 'copy') return comesFromFile(dataOrigin, request.image_url);
  if (!isFromImage(dataOrigin)) return false;
  const parts = dataOrigin?.split(',').map((part) => part.trim()) ?? [];
  return sourceIds.some((id) => parts.includes(id));
}

/** IMS: `file,<image_url>`; whether with `bucket:object` or `bucket/object` is not documented. */
function comesFromFile(dataOrigin: string | undefined, imageUrl: string): boolean {
  if (!dataOrigin?.startsWith('file,')) return false;
  const file = dataOrigin.slice('file,'.length).trim();
  const asPath = imageUrl.replace(':', '/');
  return file === imageUrl || file === asPath || file.endsWith(`/${asPath}`);
}

/** Images of this project by the import whose marker they carry. */
export function markedImages(
  images: readonly ImsImage[],
  projectId: string,
): ReadonlyMap<ImportKey, readonly ImsImage[]> {
  const own = images.filter((image) => isOwnImport(image, projectId));
  return byMarker(own, ({ tags }) => markerOf(tags));
}

/** The same for copies. */
export function markedCopies(
  images: readonly ImsImage[],
  projectId: string,
): ReadonlyMap<ImportKey, readonly ImsImage[]> {
  return byMarker(
    images.filter((image) => isAlive(image, projectId)),
    copyMarkerOf,
  );
}

function byMarker(
  images: readonly ImsImage[],
  keyOf: (image: ImsImage) => ImportKey | undefined,
): ReadonlyMap<ImportKey, readonly ImsImage[]> {
  const marked = new Map<ImportKey, ImsImage[]>();
  for (const image of images) {
    const key = keyOf(image);
    if (key !== undefined) marked.set(key, [...(marked.get(key) ?? []), image]);
  }
  return marked;
}

/** An image that fits except for the marker, and may belong to somebody else. */
export interface Unsure {
  readonly image: ImsImage;
  readonly why: string;
}

/** What the ledger knows about images without a marker. */
export interface Ownership {
  /** False until all images of an older ledger are entered, and while imports are missing. */
  readonly isComplete: boolean;
  readonly owners: ReadonlyMap<string, ImportKey>;
  /** Other imports of the same name and source. */
  readonly rivals: readonly LedgerEntry[];
  /** When the create of an import may have left, by the server's clock. */
  readonly sentAt: (entry: LedgerEntry) => number;
}

/**
 * Which of the images that fit without a marker are ours. Not one that belongs to another import of the
 * ledger; unsure where a sibling could own it as well, or where the facts that would decide are not known.
 */
export function judgeUnmarked(
  fitting: readonly ImsImage[],
  wanted: Wanted,
  known: Ownership,
): { readonly images: readonly ImsImage[]; readonly unsure: readonly Unsure[] } {
  const images: ImsImage[] = [];
  const unsure: Unsure[] = [];
  for (const image of fitting) {
    const owner = known.owners.get(image.id);
    if (owner !== undefined && owner !== wanted.key) continue;
    const why = owner === wanted.key ? undefined : whyUnsure(image, wanted, known);
    if (why === undefined) images.push(image);
    else unsure.push({ image, why });
  }
  if (images.length < 2) return { images, unsure };
  const why = `${images.length} images fit`;
  return { images: [], unsure: [...unsure, ...images.map((image) => ({ image, why }))] };
}

function whyUnsure(image: ImsImage, wanted: Wanted, known: Ownership): string | undefined {
  if (image.createdAt === 0) return 'IMS does not report when it was created';
  if (image.kind === undefined) return 'IMS does not report whether it is a system or a data disk';
  if (!known.isComplete) return 'the ledger does not know all of its images at the moment';
  const rival = known.rivals.find((one) => {
    const isSameKind = diskKindOf(one.request) === diskKindOf(wanted.request);
    return isSameKind && couldOwn(one) && mayBeOf(image, known.sentAt(one));
  });
  if (!rival) return undefined;
  const { kind, copy } = rival.request;
  const which = kind === 'copy' ? `import ${rival.key}` : `copy ${copy}`;
  return `${which} of the same name and source, which has no image yet, could own it as well`;
}

/** Of those that have an id. */
export function unsureIds(unsure: readonly Unsure[]): readonly string[] {
  return unsure.map(({ image }) => image.id).filter((id) => id !== '');
}

/** True for an import that may have created an image that the ledger does not know. */
export function couldOwn({ epoch, seenImageIds, state }: LedgerEntry): boolean {
  if (epoch === 0 || seenImageIds.length > 0) return false;
  switch (state.status) {
    case 'submitting':
    case 'creating':
    case 'unknown':
    case 'cancelled':
      return true;
    // Sent again: an earlier create may show up.
    case 'pending':
      return state.lookedAt !== undefined;
    // A refusal created nothing.
    case 'failed':
      return (
        state.imageId === undefined && (state.jobId !== undefined || state.reason.code === GIVEN_UP)
      );
    case 'succeeded':
      return false;
  }
}

/** The reason of an import that a person gave up: nobody knows what became of its create. */
export const GIVEN_UP = 'GIVEN_UP';

/**
 * True where an image that cannot be read may belong to an import: nothing that can be read of it speaks
 * against that, and something speaks for it. In the answer to a request for our marker, the answer itself
 * does.
 */
export function mayBeOurs(odd: OddImage, wanted: Wanted, isByMarker: boolean): boolean {
  const { image, markers, isMarked } = odd;
  if (!mayBeAlive(odd, wanted.projectId)) return false;
  if (markers.length > 0) return markers.includes(wanted.key);
  const isNamed = image.name !== '';
  if (isNamed && image.name !== wanted.request.name) return false;
  if (isMarked || (isByMarker && !canRead(odd, 'tags'))) return true;
  const isFromIt = comesFrom(image.dataOrigin, wanted);
  if (canRead(odd, '__data_origin') ? !isFromIt : !isNamed) return false;
  return mayBeOf(image, wanted.intentAt);
}

function canRead({ fields }: OddImage, field: string): boolean {
  return !fields.includes(field);
}

function mayBeAlive(odd: OddImage, projectId: string): boolean {
  const { owner, status } = odd.image;
  const isOthers = canRead(odd, 'owner') && owner !== projectId;
  return !isOthers && !(canRead(odd, 'status') && isDead(status));
}

/** The same for a person to compare. */
export function unsureOf({ image, fields }: OddImage): Unsure {
  return { image, why: `it cannot be read in the list (${fields.join(', ')})` };
}

/** What our marker in images that cannot be read means before anything is created. */
export interface Marks {
  /** Imports that one of them names. */
  readonly keys: ReadonlyMap<ImportKey, OddImage>;
  /** Marked, but it is not clear for which import. */
  readonly nobodys: readonly OddImage[];
}

export function marksIn(odd: readonly OddImage[], projectId: string): Marks {
  const ours = odd.filter((one) => one.isMarked && mayBeAlive(one, projectId));
  const keys = ours.flatMap((one) => one.markers.map((key) => [key, one] as const));
  return { keys: new Map(keys), nobodys: ours.filter(({ markers }) => markers.length === 0) };
}

/** Images that carry one marker, beside what the ledger has of its import. */
export interface MarkedImages {
  readonly key: string;
  readonly images: readonly ImsImage[];
  readonly entry?: LedgerEntry | undefined;
}

/**
 * Until when an image may be ours although the ledger does not know it. Milliseconds since 1970, IMS's clock.
 */
export interface Explained {
  /** The ledger starts here, or has lost what it knew before. */
  readonly from: number;
  /** When images were last moved from the ledger into files. */
  readonly archivedAt: number;
}

/**
 * The images of a marker that this ledger cannot have created: more of them are younger than the ledger than
 * it has sent creates. Only another installation makes such images, or a person has removed the entry from
 * Redis; see `mayBeLostEntry`. An adopted image is known by its id.
 */
export function unexplained(
  { images, entry }: MarkedImages,
  explained: Explained,
): readonly ImsImage[] {
  const known = knownIds(entry);
  // A list that changes while it is read page by page may show an image twice.
  const once = new Map(images.map((image) => [image.id, image])).values();
  const young = [...once].filter((image) => !known.has(image.id) && isYoung(image, explained));
  return young.length > (entry?.epoch ?? 0) ? young : [];
}

function isYoung(image: ImsImage, { from, archivedAt }: Explained): boolean {
  if (image.createdAt <= from) return false;
  return isInCreation(image.status) || image.createdAt > archivedAt + CLOCK_TOLERANCE_MS;
}

function knownIds(entry: LedgerEntry | undefined): ReadonlySet<string> {
  if (!entry) return new Set();
  const { state } = entry;
  const own = 'imageId' in state && state.imageId !== undefined ? [state.imageId] : [];
  const others = 'otherImageIds' in state ? (state.otherImageIds ?? []) : [];
  const held = 'imageIds' in state ? (state.imageIds ?? []) : [];
  return new Set([...own, ...others, ...held, ...entry.lateImageIds, ...entry.seenImageIds]);
}

/** True where a lost entry may explain the images: the ledger knows of no create. */
export function mayBeLostEntry({ entry }: MarkedImages): boolean {
  return entry === undefined || (entry.state.status === 'pending' && entry.epoch === 0);
}

/**
 * True where the other installation works on images of ours: those it has not created yet may be waiting here
 * as well. A finished image of an import that waits here is only adopted.
 */
export function isConflict({ entry }: MarkedImages, images: readonly ImsImage[]): boolean {
  if (entry === undefined) return false;
  return entry.epoch > 0 || images.some(({ status }) => isInCreation(status));
}
