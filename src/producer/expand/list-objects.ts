import type { ListAnswer, ListedObject } from '../../shared/cloud/obs/obs-client.ts';
import { CloudError } from '../../shared/errors/errors.ts';
import { LIMITS } from '../../shared/image/image-fields.ts';

/** One page of a bucket's list. */
export type ListBucket = (bucket: string, prefix: string, after?: string) => Promise<ListAnswer>;

export interface Listing {
  readonly bucket: string;
  readonly prefix: string;
  readonly list: ListBucket;
  /** Told how many objects of a page could not be read, if any. */
  readonly onUnread: (count: number) => void;
}

/** More are looked through by nobody: a prefix names the folder that is meant. */
const MOST = 5 * LIMITS.images;

/**
 * All objects of a bucket whose key begins with the prefix, page by page, in the order of their keys.
 * @throws CloudError when the list cannot be read to its end
 */
export async function* listObjects(listing: Listing): AsyncGenerator<ListedObject> {
  const { bucket, prefix, list, onUnread } = listing;
  let after: string | undefined;
  let looked = 0;
  do {
    const page = await list(bucket, prefix, after);
    if (page.kind !== 'ok') throw unread(bucket, page);
    const { objects, unread: odd = 0 } = page;
    if (odd > 0) onUnread(odd);
    yield* objects;
    looked += objects.length + odd;
    if (page.next !== undefined && page.next === after) throw endless(bucket);
    if (page.next !== undefined && looked > MOST) throw tooMany(listing);
    after = page.next;
  } while (after !== undefined);
}

/** What becomes of them. */
export function unreadObjects(count: number, bucket: string): string {
  return count === 1
    ? `1 object of ${bucket} that cannot be read in its list`
    : `${count} objects of ${bucket} that cannot be read in its list`;
}

function endless(bucket: string): CloudError {
  const message = `Bucket ${bucket} cannot be listed: its list goes round in circles.`;
  return new CloudError('OBS', message, { serviceCode: 'ENDLESS_LIST' });
}

function tooMany({ bucket, prefix }: Listing): CloudError {
  const where = prefix === '' ? `Bucket ${bucket} has` : `Bucket ${bucket} has, below ${prefix},`;
  return new CloudError('OBS', `${where} more than ${MOST} objects.`, {
    serviceCode: 'LONG_LIST',
    advice: 'Name a longer prefix, such as the folder that holds the images.',
  });
}

function unread(bucket: string, answer: Exclude<ListAnswer, { kind: 'ok' }>): CloudError {
  const what = `Bucket ${bucket} cannot be listed`;
  switch (answer.kind) {
    case 'missing':
      return new CloudError('OBS', `${what}: it does not exist.`);
    case 'forbidden':
      return new CloudError('OBS', `${what}: ${answer.message}.`, {
        advice: 'Its owner has to allow this access key to list it (obs:bucket:ListBucket).',
      });
    case 'other-region':
      return new CloudError('OBS', `${what}: it is in another region.`);
    case 'failed':
      return new CloudError('OBS', `${what}: ${answer.message}.`, { serviceCode: answer.code });
  }
}
