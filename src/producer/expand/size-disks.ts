import type { Dialect } from '../../shared/dialect/dialect.ts';
import { diskRange } from '../../shared/dialect/disk-range.ts';
import {
  AUTO_DISK,
  diskKindOf,
  type ImageRequest,
  type Manifest,
  type ManifestImage,
  type Unsized,
} from '../../shared/image/image-request.ts';
import { importKey } from '../../shared/image/import-key.ts';
import { entriesByKey } from '../../shared/ledger/entries-by-key.ts';
import type { ImportStore } from '../../shared/ledger/import-store.ts';
import type { LedgerEntry } from '../../shared/ledger/ledger-entry.ts';
import { inParallel } from '../../shared/runtime/in-parallel.ts';
import { omitUndefined } from '../../shared/runtime/omit-undefined.ts';
import type { SourceFiles } from '../../shared/source-file/source-files.ts';
import { capIssues, type ManifestIssue } from '../manifest/issue.ts';
import { FILES_AT_ONCE } from '../plan/check-sources.ts';
import { listFolders } from '../plan/list-folders.ts';
import { measureDisk } from './measure-disk.ts';

interface Sizing {
  readonly ledger: Pick<ImportStore, 'readMany'>;
  /** Absent without OBS credentials. */
  readonly sources?: SourceFiles;
  readonly dialect: Dialect;
  /** Images whose object was read, of those whose size is not known yet. */
  readonly onRead?: (done: number, total: number) => void;
  /** Images that succeeded get a new attempt: their file may be another one by now. */
  readonly recreate?: boolean;
}

/** True if a size of this image is to be read from a header. */
function isAuto({ min_disk, data_images = [] }: ImageRequest): boolean {
  return min_disk === AUTO_DISK || data_images.some((disk) => disk.min_disk === AUTO_DISK);
}

/**
 * The manifest with a number for every `min_disk: auto`: of an import that was sent already the one it
 * was sent with, else what the header of its file says. Where neither is known, the image says why.
 */
export async function sizeDisks(manifest: Manifest, sizing: Sizing): Promise<Manifest> {
  const automatic = manifest.images.filter(
    ({ request }) => request.kind !== 'copy' && isAuto(request),
  );
  if (automatic.length === 0) return manifest;
  const entries = await entriesByKey(
    sizing.ledger,
    automatic.map(({ request }) => importKey(request)),
  );
  const known = new Map<ManifestImage, ManifestImage>();
  const open: ManifestImage[] = [];
  for (const image of automatic) {
    const entry = entries.get(importKey(image.request));
    const isSent = entry !== undefined && isFixed(entry, sizing);
    const kept = isSent ? sizesOf(image, entry) : undefined;
    if (kept) known.set(image, kept);
    else open.push(image);
  }
  const read = await readSizes(open, sizing);
  for (const [index, image] of open.entries()) {
    const found = read[index] ?? image;
    const entry = entries.get(importKey(image.request));
    // An object that is gone meanwhile does not make the number forgotten.
    known.set(image, (found.unsized && entry && sizesOf(image, entry)) ?? found);
  }
  const images = manifest.images.map((image) => known.get(image) ?? image);
  const sources = new Map(images.map((image) => [importKey(image.request), image]));
  return { ...manifest, images: images.map((image) => asLargeAsSource(image, sources)) };
}

/** A copy has the disk of its source. */
function asLargeAsSource(
  image: ManifestImage,
  sources: ReadonlyMap<string, ManifestImage>,
): ManifestImage {
  const { request } = image;
  const source = request.kind === 'copy' ? sources.get(request.source) : undefined;
  if (!source || !isAuto(request)) return image;
  const { unsized } = source;
  const sized = { ...image, request: resized(request, () => source.request.min_disk) };
  return { ...sized, ...omitUndefined({ unsized }) };
}

/** What a manifest says changes nothing of it any more. */
function isFixed({ state }: LedgerEntry, { recreate = false }: Sizing): boolean {
  if (state.status === 'succeeded') return !recreate;
  return ['submitting', 'creating', 'unknown'].includes(state.status);
}

/** The image with the sizes of its import in the ledger; `undefined` if that lacks one. */
export function sizesOf(
  image: ManifestImage,
  { request: old }: LedgerEntry,
): ManifestImage | undefined {
  const request = resized(image.request, (url) =>
    url === undefined
      ? old.min_disk
      : old.data_images?.find((disk) => disk.image_url === url)?.min_disk,
  );
  return isAuto(request) ? undefined : { ...image, request };
}

/** @param sizeOf of the image itself (`undefined`), or of the data disk at an address */
function resized(
  request: ImageRequest,
  sizeOf: (url: string | undefined) => number | undefined,
): ImageRequest {
  const fill = (min_disk: number, url?: string): number =>
    min_disk === AUTO_DISK ? (sizeOf(url) ?? AUTO_DISK) : min_disk;
  const min_disk = fill(request.min_disk);
  if (!request.data_images) return { ...request, min_disk };
  const data_images = request.data_images.map((disk) => ({
    ...disk,
    min_disk: fill(disk.min_disk, disk.image_url),
  }));
  return { ...request, min_disk, data_images };
}

async function readSizes(
  images: readonly ManifestImage[],
  { sources, dialect, onRead }: Sizing,
): Promise<readonly ManifestImage[]> {
  if (!sources) return images.map((image) => ({ ...image, unsized: noKeys(image) }));
  const look = await listFolders(
    images.map(({ request }) => request),
    sources,
  );
  const onProgress = onRead && ((done: number) => onRead(done, images.length));
  const work = (image: ManifestImage) => readImage(image, { ...sources, look }, dialect);
  return inParallel(images, work, omitUndefined({ atOnce: FILES_AT_ONCE, onProgress }));
}

const NO_KEYS =
  'is auto, which needs OBS credentials to read the header of the file: set OS_ACCESS_KEY and OS_SECRET_KEY, or write the number';

function noKeys({ request }: ManifestImage): Unsized {
  const { min_disk, data_images = [] } = request;
  const disk = data_images.findIndex((one) => one.min_disk === AUTO_DISK);
  const field = min_disk === AUTO_DISK ? 'min_disk' : `data_images[${disk}].min_disk`;
  return { field, reason: NO_KEYS, isPassing: false };
}

async function readImage(
  image: ManifestImage,
  sources: SourceFiles,
  dialect: Dialect,
): Promise<ManifestImage> {
  const { request } = image;
  const sizes = new Map<string | undefined, number>();
  let { file, unsized }: Pick<ManifestImage, 'file' | 'unsized'> = image;
  for (const disk of disksOf(request, dialect)) {
    if (disk.min_disk !== AUTO_DISK) continue;
    const { size, facts } = await measureDisk(disk.url ?? request.image_url, disk, sources);
    if (disk.url === undefined) file = facts;
    if (typeof size === 'number') sizes.set(disk.url, Math.max(size, disk.least));
    else unsized ??= { field: disk.field, ...size };
  }
  const found = { ...image, request: resized(request, (url) => sizes.get(url)) };
  return { ...found, ...omitUndefined({ file, unsized }) };
}

/** The disk of the image itself, without an address of its own, and those that come along. */
function disksOf(request: ImageRequest, dialect: Dialect) {
  const { quick_import: isQuick, min_disk, data_images = [] } = request;
  const kind = diskKindOf(request);
  const [least] = diskRange(request, dialect);
  return [
    { field: 'min_disk', url: undefined, kind, isQuick, min_disk, least },
    ...data_images.map((disk, index) => ({
      field: `data_images[${index}].min_disk`,
      url: disk.image_url,
      kind: 'data' as const,
      isQuick: disk.is_quick_import ?? false,
      min_disk: disk.min_disk,
      // IMS: from 1 GB, whatever the cloud.
      least: 1,
    })),
  ];
}

export function hasAuto({ images }: Manifest): boolean {
  return images.some(({ request }) => isAuto(request));
}

export function hasUnsized({ images }: Manifest): boolean {
  return images.some(({ unsized }) => unsized);
}

/** The images whose size is not known, as mistakes of the manifest. */
export function unsizedIssues({ file, images }: Manifest): readonly ManifestIssue[] {
  const issues = images.flatMap(({ line, unsized }) => {
    if (!unsized) return [];
    const { field, reason: message } = unsized;
    return [{ file, line, column: 1, field, message }];
  });
  return capIssues(issues);
}
