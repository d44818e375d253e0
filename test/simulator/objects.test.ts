import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AwsV4Signer } from 'aws4fetch';
import { describe, expect, test } from 'vitest';
import { readDiskFile } from '../../src/shared/disk-file/read-disk-file.ts';
import { cloud } from '../support/cloud.ts';
import { dropFolder } from '../support/drop-folder.ts';

const CONTENT = Buffer.from('0123456789').toString('base64');

/** Signed GETs, with headers that no client of ours sends. */
async function getter(settings: Parameters<typeof cloud>[0]) {
  const { url, credentials } = await cloud(settings);
  const { accessKey: accessKeyId, secretKey: secretAccessKey } = credentials;
  return async (path: string, more: Record<string, string> = {}) => {
    const keys = { accessKeyId, secretAccessKey, service: 's3', region: 'eu-de' };
    const signed = await new AwsV4Signer({ url: `${url}/${path}`, ...keys }).sign();
    return fetch(signed.url, { headers: { ...Object.fromEntries(signed.headers), ...more } });
  };
}

describe('GET of an object', () => {
  test.each([
    { range: 'bytes=2-4', status: 206, text: '234', is: 'bytes 2-4/10' },
    { range: 'bytes=7-', status: 206, text: '789', is: 'bytes 7-9/10' },
    { range: 'bytes=-2', status: 206, text: '89', is: 'bytes 8-9/10' },
    { range: 'bytes=8-99', status: 206, text: '89', is: 'bytes 8-9/10' },
    { range: 'bytes=0-1,4-5', status: 200, text: '0123456789', is: null },
    { range: 'bytes=5-2', status: 200, text: '0123456789', is: null },
    { range: 'lines=1-2', status: 200, text: '0123456789', is: null },
  ])('with Range: $range is answered with $status', async ({ range, status, text, is }) => {
    const get = await getter({ objects: { 'bucket/a.raw': { content: CONTENT } } });
    const answer = await get('bucket/a.raw', { range });
    expect(answer.status).toBe(status);
    expect(await answer.text()).toBe(text);
    expect(answer.headers.get('content-range')).toBe(is);
  });

  test('behind its end is 416 with the size', async () => {
    const get = await getter({ objects: { 'bucket/a.raw': { content: CONTENT } } });
    const answer = await get('bucket/a.raw', { range: 'bytes=10-' });
    expect([answer.status, answer.headers.get('content-range')]).toEqual([416, 'bytes */10']);
    expect(await answer.text()).toContain('<Code>InvalidRange</Code>');
  });

  test('with another ETag than the one of If-Match is 412; the list has the same ETag', async () => {
    const get = await getter({ objects: { 'bucket/a.raw': { content: CONTENT } } });
    const etag = (await get('bucket/a.raw')).headers.get('etag') ?? '';
    expect((await get('bucket/a.raw', { 'if-match': etag })).status).toBe(200);
    expect((await get('bucket/a.raw', { 'if-match': '"another"' })).status).toBe(412);
    expect(await (await get('bucket')).text()).toContain(`<ETag>${etag.replaceAll('"', '&quot;')}`);
  });
});

test('the files of a folder are objects, and nothing outside it is', async () => {
  const folder = await dropFolder();
  await mkdir(join(folder, 'objects', 'bucket', 'deep'), { recursive: true });
  await writeFile(join(folder, 'objects', 'bucket', 'deep', 'a.raw'), 'in a file');
  await writeFile(join(folder, 'secret.raw'), 'outside');
  await symlink(join(folder, 'secret.raw'), join(folder, 'objects', 'bucket', 'link.raw'));
  const get = await getter({ objectsFolder: join(folder, 'objects') });
  expect(await (await get('bucket/deep/a.raw')).text()).toBe('in a file');
  const list = await (await get('bucket')).text();
  expect(list).toContain('<Key>deep/a.raw</Key>');
  expect(list).not.toContain('link.raw');
  for (const path of ['bucket/link.raw', 'bucket/%2E%2E/%2E%2E/secret.raw']) {
    expect(await (await get(path, { range: 'bytes=0-99' })).text()).not.toContain('outside');
  }
});

test.each([
  'qcow2',
  'qcow',
  'vmdk',
  'vhd',
  'vhdx',
  'vdi',
  'qed',
  'zvhd',
  'zvhd2',
  'iso',
  'ova',
  'raw',
])('an object of the simulator without content is a good file by its name: %s', async (format) => {
  const size = 64 * 1024 * 1024;
  const get = await getter({ objects: { [`bucket/a.${format}`]: { size } } });
  const read = async (offset: number, length: number): Promise<Uint8Array> => {
    const range = `bytes=${offset}-${offset + length - 1}`;
    return (await get(`bucket/a.${format}`, { range })).bytes();
  };
  expect(await readDiskFile({ bytes: size, read })).toMatchObject({ format, faults: [] });
});
