import type { ImsImage } from '../cloud/ims/ims-answers.ts';
import type { ImageRequest } from '../image/image-request.ts';
import { isDead } from '../image/image-status.ts';
import { type ImportKey, markerOf } from '../image/import-key.ts';

/** What an image must look like to be taken for ours. */
export interface Wanted {
  readonly key: ImportKey;
  readonly kind: 'system' | 'data';
  readonly name: string;
  readonly imageUrl: string;
  readonly projectId: string;
  /** When the create may have left, by the server's clock. */
  readonly intentAt: number;
}

const CLOCK_TOLERANCE_MS = 5 * 60_000;

/** How IMS begins `__data_origin` of an image that a request of this kind created. */
const ORIGINS: { readonly [Kind in ImageRequest['kind']]: 'file,' | 'image,' } = {
  system: 'file,',
  data: 'file,',
};
/** What a copy of one of our images begins with, made by somebody else: it has our tags, too. */
const COPIES = ['image,'].filter((origin) => !Object.values<string>(ORIGINS).includes(origin));

/** Alive, of our project, and not a copy of another image. */
export function isOwnImport(image: ImsImage, projectId: string): boolean {
  const isCopy = COPIES.some((origin) => image.dataOrigin?.startsWith(origin));
  return image.owner === projectId && !isDead(image.status) && !isCopy;
}

/** The images that carry this import's marker. */
export function withMarker(
  images: readonly ImsImage[],
  { key, projectId }: Pick<Wanted, 'key' | 'projectId'>,
): readonly ImsImage[] {
  return images.filter((image) => isOwnImport(image, projectId) && markerOf(image.tags) === key);
}

/**
 * Where a cloud shows no markers yet: the exact name, made from our file, created after the intent,
 * not marked for another import, and not of the other kind. Whether one is really ours, `judgeUnmarked`
 * says.
 */
export function withoutMarker(images: readonly ImsImage[], wanted: Wanted): readonly ImsImage[] {
  return images.filter(
    (image) =>
      isOwnImport(image, wanted.projectId) &&
      markerOf(image.tags) === undefined &&
      image.name === wanted.name &&
      comesFrom(image.dataOrigin, wanted.imageUrl) &&
      (image.kind ?? wanted.kind) === wanted.kind &&
      mayBeOf(image, wanted.intentAt),
  );
}

/** Created after the intent, as far as clocks can tell. 0: IMS does not say when. */
export function mayBeOf({ createdAt }: ImsImage, intentAt: number): boolean {
  return createdAt === 0 || createdAt >= intentAt - CLOCK_TOLERANCE_MS;
}

/** IMS: `file,<image_url>`; whether with `bucket:object` or `bucket/object` is not documented. */
export function comesFrom(dataOrigin: string | undefined, imageUrl: string): boolean {
  if (!dataOrigin?.startsWith('file,')) return false;
  const file = dataOrigin.slice('file,'.length).trim();
  const asPath = imageUrl.replace(':', '/');
  return file === imageUrl || file === asPath || file.endsWith(`/${asPath}`);
}

/** Our images by the import they belong to. */
export function markedImages(
  images: readonly ImsImage[],
  projectId: string,
): ReadonlyMap<ImportKey, readonly ImsImage[]> {
  const marked = new Map<ImportKey, ImsImage[]>();
  for (const image of images) {
    const key = markerOf(image.tags);
    if (key === undefined || !isOwnImport(image, projectId)) continue;
    const same = marked.get(key);
    if (same) same.push(image);
    else marked.set(key, [image]);
  }
  return marked;
}
