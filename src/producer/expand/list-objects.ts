import type { ListedObject } from '../../shared/cloud/obs/bucket-page.ts';
import type { ListAnswer } from '../../shared/cloud/obs/obs-client.ts';
import { CloudError } from '../../shared/errors/errors.ts';
import { compileGlob } from '../../shared/image/glob.ts';
import { LIMITS } from '../../shared/image/image-fields.ts';

/** A pattern for objects of one bucket. */
export interface ObjectPattern {
  readonly bucket: string;
  /** What every match begins with: only these objects are listed. */
  readonly prefix: string;
  readonly matches: (key: string) => boolean;
}

/** `bucket:dir/*.qcow2`: `*` within a folder, `**` across folders, `?` for one character. */
export function objectPattern(url: string): ObjectPattern {
  const colon = url.indexOf(':');
  const object = url.slice(colon + 1);
  const prefix = object.slice(0, object.search(/[*?]/));
  const { matches } = compileGlob(object, { hasFolders: true });
  return { bucket: url.slice(0, colon), prefix, matches };
}

/** Made by a console for a folder: it is no file. */
export function isFolder({ key }: ListedObject): boolean {
  return key.endsWith('/');
}

/** One page of a bucket's list. */
export type ListBucket = (bucket: string, prefix: string, after?: string) => Promise<ListAnswer>;

export interface Listing {
  readonly bucket: string;
  readonly prefix: string;
  readonly list: ListBucket;
  /** Called with how many objects of a page could not be read, if any. */
  readonly onUnread: (count: number) => void;
}

/** With more than that, the prefix is too short. */
const MAX_OBJECTS = 5 * LIMITS.images;

/**
 * All objects of a bucket whose key begins with the prefix, page by page, in the order of their keys.
 * @throws CloudError when the list cannot be read to its end
 */
export async function* listObjects(listing: Listing): AsyncGenerator<ListedObject> {
  const { bucket, prefix, list, onUnread } = listing;
  let after: string | undefined;
  let seen = 0;
  do {
    const page = await list(bucket, prefix, after);
    if (page.kind !== 'ok') throw unread(bucket, page);
    const { objects, unread: odd = 0 } = page;
    if (odd > 0) onUnread(odd);
    yield* objects;
    seen += objects.length + odd;
    if (page.next !== undefined && page.next === after) throw endless(bucket);
    if (page.next !== undefined && seen > MAX_OBJECTS) throw tooMany(listing);
    after = page.next;
  } while (after !== undefined);
}

export function unreadObjects(count: number, bucket: string): string {
  return count === 1
    ? `1 object of ${bucket} whose list entry cannot be read`
    : `${count} objects of ${bucket} whose list entries cannot be read`;
}

function endless(bucket: string): CloudError {
  const message = `Bucket ${bucket} cannot be listed: every page leads to the same next page.`;
  return new CloudError('OBS', message, { serviceCode: 'ENDLESS_LIST' });
}

function tooMany({ bucket, prefix }: Listing): CloudError {
  const where = prefix === '' ? '' : ` under ${prefix}`;
  return new CloudError('OBS', `Bucket ${bucket} has more than ${MAX_OBJECTS} objects${where}.`, {
    serviceCode: 'LONG_LIST',
    advice: 'Use a longer prefix, such as the folder with the images.',
  });
}

function unread(bucket: string, answer: Exclude<ListAnswer, { kind: 'ok' }>): CloudError {
  const what = `Bucket ${bucket} cannot be listed`;
  switch (answer.kind) {
    case 'missing':
      return new CloudError('OBS', `${what}: it does not exist.`);
    case 'forbidden':
      return new CloudError('OBS', `${what}: ${answer.message}.`, {
        advice: 'Ask its owner to let this access key list it (obs:bucket:ListBucket).',
      });
    case 'other-region':
      return new CloudError('OBS', `${what}: it is in another region.`);
    case 'failed':
      return new CloudError('OBS', `${what}: ${answer.message}.`, { serviceCode: answer.code });
  }
}
