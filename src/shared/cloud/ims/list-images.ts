import { ALL_ENTERPRISE_PROJECTS } from '../../image/image-fields.ts';
import { COPY_TAG_KEY, MARKER_TAG_KEY } from '../../image/import-key.ts';
import { omitUndefined } from '../../runtime/omit-undefined.ts';
import {
  type ImageFilter,
  type ImsImage,
  type OddImage,
  type ReadAnswer,
  readFailed,
} from './ims-answers.ts';
import type { Reader } from './ims-reader.ts';
import { toImagePage } from './read-bodies.ts';

/** IMS: 500 is the default and the largest documented page. */
const PAGE = 500;
/** 100,000 images, if IMS sends pages as large as requested. */
const MAX_PAGES = 200;
const LIST_BYTES = 16_000_000;
const LIST_TIMEOUT_MS = 60_000;

/**
 * The list of the login's enterprise project, and also that of an image which names another one: an image
 * in neither list is nowhere that it could be.
 */
export async function listImages(
  reader: Reader,
  { enterpriseProjectId: own, ...filter }: ImageFilter,
  usual: string | undefined,
): Promise<ReadAnswer<readonly ImsImage[]>> {
  const first = await listAll(reader, filter, usual);
  const isCovered = usual === undefined || usual === ALL_ENTERPRISE_PROJECTS || usual === own;
  if (first.kind !== 'ok' || own === undefined || isCovered) return first;
  const second = await listAll(reader, filter, own);
  if (second.kind === 'failed') return { ...second, isOwn: true };
  if (second.kind !== 'ok') return second;
  const odd = [...(first.odd ?? []), ...(second.odd ?? [])];
  return { ...second, value: [...first.value, ...second.value], ...oddIn(odd) };
}

/**
 * All pages, by marker. IMS: `owner` is the filter that also shows images shared out; the list holds
 * images in every status. How large a page may be is not documented, and an overlooked image might be
 * created twice: the whole list is read until a page brings nothing new, a filtered one until a page is
 * short and names no next one. The address of the next page is not followed.
 */
async function listAll(
  reader: Reader,
  filter: ImageFilter,
  enterprise_project_id: string | undefined,
): Promise<ReadAnswer<readonly ImsImage[]>> {
  const images = new Map<string, ImsImage>();
  const odd = new Map<string, OddImage>();
  const isWhole = Object.keys(filter).length === 0;
  let marker: string | undefined;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const answer = await reader.read({
      operation: 'images',
      path: ({ projectId: owner }) => listPath(filter, { owner, marker, enterprise_project_id }),
      parse: toImagePage,
      maxBytes: LIST_BYTES,
      timeoutMs: LIST_TIMEOUT_MS,
    });
    if (answer.kind !== 'ok') return answer;
    const { images: found, saysMore, size, lastId } = answer.value;
    const before = { images: images.size, odd: odd.size };
    for (const image of found) images.set(image.id, image);
    // Without an id: the same at the same place is a page that was seen before.
    for (const [at, one] of answer.value.odd.entries())
      odd.set(one.image.id || `${at}: ${JSON.stringify(one)}`, one);
    // A page of nothing but what cannot be read is not worth another one, unless the list says so.
    const grew =
      images.size > before.images || (odd.size > before.odd && (saysMore || size >= PAGE));
    marker = lastId;
    if (size < PAGE && !(grew && (saysMore || isWhole))) {
      const value = [...images.values()].filter((image) => fits(image, filter));
      return {
        ...answer,
        value,
        ...oddIn([...odd.values()].filter(({ image }) => fits(image, filter))),
      };
    }
    if (!grew) return readFailed('ENDLESS_LIST', 'the image list of IMS never ends');
  }
  return readFailed('LONG_LIST', `the image list of IMS has more than ${MAX_PAGES} pages`);
}

/**
 * A list that ignores its filter must not pass for a filtered one, and what cannot be read (empty) may be
 * the wanted image. The look-up compares names and markers.
 */
function fits({ id, status }: ImsImage, filter: ImageFilter): boolean {
  const isWanted = filter.id === undefined || id === '' || filter.id === id;
  return isWanted && (filter.status === undefined || status === '' || filter.status === status);
}

function oddIn(odd: readonly OddImage[]): { readonly odd?: readonly OddImage[] } {
  return odd.length === 0 ? {} : { odd };
}

function listPath(
  { name, status, id, ...filter }: ImageFilter,
  {
    owner,
    ...more
  }: { readonly owner: string } & Readonly<
    Record<'enterprise_project_id' | 'marker', string | undefined>
  >,
): string {
  const { marker, copyMarker } = filter;
  const ofCopy = copyMarker === undefined ? undefined : `${COPY_TAG_KEY}=${copyMarker}`;
  const tag = marker === undefined ? ofCopy : `${MARKER_TAG_KEY}=${marker}`;
  const __isregistered = filter.isUnregistered ? 'false' : undefined;
  const fields = omitUndefined({
    owner,
    limit: String(PAGE),
    tag,
    name,
    status,
    id,
    __isregistered,
    ...more,
  });
  return `/v2/cloudimages?${new URLSearchParams(fields).toString().replaceAll('+', '%20')}`;
}
