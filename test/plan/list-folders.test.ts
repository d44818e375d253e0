import { describe, expect, test } from 'vitest';
import { checkSources } from '../../src/producer/plan/check-sources.ts';
import { listFolders } from '../../src/producer/plan/list-folders.ts';
import type { ListAnswer, ObjectAnswer } from '../../src/shared/cloud/obs/obs-client.ts';
import { imageRequest } from '../support/images.ts';

/** A bucket with these objects, and how many requests it got. */
function bucketWith(keys: readonly string[], sizeOf = (_: string): number => 5) {
  const requests = { list: 0, head: 0 };
  const sorted = keys.toSorted();
  const answer = (key: string) => ({ size: sizeOf(key), storageClass: 'STANDARD' });
  return {
    requests,
    list: async (_: string, prefix: string, after = ''): Promise<ListAnswer> => {
      requests.list += 1;
      const all = sorted.filter((key) => key.startsWith(prefix) && key > after);
      const page = all.slice(0, 1000);
      const objects = page.map((key) => ({ key, ...answer(key) }));
      const next = page.at(-1);
      return all.length > 1000 && next !== undefined
        ? { kind: 'ok', objects, next }
        : { kind: 'ok', objects };
    },
    look: async (_: string, key: string): Promise<ObjectAnswer> => {
      requests.head += 1;
      return keys.includes(key) ? { kind: 'found', ...answer(key) } : { kind: 'missing' };
    },
  };
}

const keysOf = (count: number, folder = 'images') =>
  Array.from({ length: count }, (_, at) => `${folder}/i-${String(at).padStart(6, '0')}.qcow2`);
const requestsFor = (keys: readonly string[]) =>
  keys.map((key) => imageRequest(key.replaceAll('/', '-'), { image_url: `bucket:${key}` }));

describe('the objects of a folder', () => {
  test('are listed where many are wanted, and only what the list lacks is looked at', async () => {
    const keys = keysOf(5000);
    const there = keys.filter((_, at) => at !== 77);
    const bucket = bucketWith(there, (key) => (key === keys[99] ? 0 : 5));
    const requests = requestsFor(keys);
    const verdicts = await checkSources(requests, { look: await listFolders(requests, bucket) });
    const bad = verdicts.flatMap(({ state, message }, at) =>
      state === 'bad' ? [[at, message]] : [],
    );
    expect(bad).toEqual([
      [77, 'the object does not exist'],
      [99, 'the object is empty'],
    ]);
    expect(bucket.requests).toEqual({ list: 5, head: 1 });
  });

  test('are looked at one by one where few are wanted', async () => {
    const bucket = bucketWith(keysOf(5000));
    const requests = requestsFor(keysOf(49));
    await checkSources(requests, { look: await listFolders(requests, bucket) });
    expect(bucket.requests).toEqual({ list: 0, head: 49 });
  });

  test('cost no more pages than they are worth among very many others', async () => {
    const bucket = bucketWith([...keysOf(30_000, 'images/a'), ...keysOf(100, 'images')]);
    const requests = requestsFor(keysOf(100));
    const verdicts = await checkSources(requests, { look: await listFolders(requests, bucket) });
    expect(verdicts.every(({ state }) => state === 'good')).toBe(true);
    expect(bucket.requests).toEqual({ list: 2, head: 100 });
  });

  test('are looked at where the bucket may not be listed', async () => {
    const bucket = bucketWith(keysOf(60));
    const requests = requestsFor(keysOf(60));
    const list = async (): Promise<ListAnswer> => ({ kind: 'forbidden', message: 'x' });
    const verdicts = await checkSources(requests, {
      look: await listFolders(requests, { ...bucket, list }),
    });
    expect(verdicts.every(({ state }) => state === 'good')).toBe(true);
    expect(bucket.requests.head).toBe(60);
  });
});
