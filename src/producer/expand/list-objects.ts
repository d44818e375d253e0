import type { ListAnswer, ListedObject } from '../../shared/cloud/obs/obs-answers.ts';
import { CloudError } from '../../shared/errors/errors.ts';
import { LIMITS } from '../../shared/image/image-fields.ts';

/** One page of a bucket's list. */
export type ListBucket = (bucket: string, prefix: string, after?: string) => Promise<ListAnswer>;

/**
 * All objects of a bucket whose key begins with the prefix, page by page, in the order of their keys.
 * @throws CloudError when the list cannot be read
 */
export async function* listObjects(
  bucket: string,
  prefix: string,
  list: ListBucket,
): AsyncGenerator<ListedObject> {
  let after: string | undefined;
  let looked = 0;
  do {
    const page = await list(bucket, prefix, after);
    if (page.kind !== 'ok') throw unread(bucket, page);
    yield* page.objects;
    looked += page.objects.length;
    // A list that goes round in circles must come to an end.
    if (page.next === after || looked > 5 * LIMITS.images) return;
    after = page.next;
  } while (after !== undefined);
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
