import { describe, expect, onTestFinished, test } from 'vitest';
import type { Simulator, SimulatorSettings } from '../../simulator/start-simulator.ts';
import { createHttp } from '../../src/shared/cloud/http/http.ts';
import { readBucketPage } from '../../src/shared/cloud/obs/bucket-page.ts';
import { objectUrl } from '../../src/shared/cloud/obs/object-url.ts';
import { createObsClient, type ObsClient } from '../../src/shared/cloud/obs/obs-client.ts';
import type { ObsConfig } from '../../src/shared/config/cloud/cloud-config.ts';
import { systemClock } from '../../src/shared/runtime/clock.ts';
import { cloud } from '../support/cloud.ts';
import { rawServer } from '../support/raw-server.ts';

function clientOf(
  simulator: Simulator,
  more: Partial<ObsConfig> = {},
  clock = systemClock,
): ObsClient {
  const http = createHttp({ allowHttp: false, clock });
  onTestFinished(() => http.close());
  const { accessKey, secretKey, region } = simulator.credentials;
  const keys = { accessKey, secretKey, network: {} };
  const obs = { endpoint: simulator.url, region, ...keys, ...more };
  return createObsClient({ http, obs, clock });
}

async function obsOf(settings: SimulatorSettings = {}): Promise<ObsClient> {
  return clientOf(await cloud(settings));
}

/** Keys that a signature or a list easily gets wrong. */
const ODD_KEYS = [
  'a+b.raw',
  'ünï/文件.raw',
  'a&b<c>.raw',
  "it's(1)!.raw",
  '100%25.raw',
  'a b#c?d=e.raw',
  'x=~y.raw',
];

describe('HEAD of an object', () => {
  test('returns size and storage class', async () => {
    const obs = await obsOf({ objects: { 'bucket/a.raw': { size: 123_456 } } });
    expect(await obs.head('bucket', 'a.raw')).toEqual({
      kind: 'found',
      size: 123_456,
      storageClass: 'STANDARD',
      etag: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
    expect(await obs.head('bucket', 'cold.raw')).toMatchObject({ storageClass: 'COLD' });
  });

  test.each(ODD_KEYS)('is signed right for %s', async (key) => {
    const obs = await obsOf({ objects: { [`bucket/${key}`]: { size: 77 } } });
    expect(await obs.head('bucket', key)).toMatchObject({ kind: 'found', size: 77 });
  });

  test('distinguishes a missing object, one of others, and a bucket in another region', async () => {
    const obs = await obsOf({ objects: { 'bucket/theirs.raw': { status: 403 } } });
    expect(await obs.head('bucket', 'missing.raw')).toEqual({ kind: 'missing' });
    expect(await obs.head('bucket', 'theirs.raw')).toMatchObject({ kind: 'forbidden' });
    expect(await obs.head('elsewhere-1', 'a.raw')).toMatchObject({ kind: 'other-region' });
    expect(await obs.head('forbidden-1', 'a.raw')).toMatchObject({ kind: 'forbidden' });
  });

  test.each([404, 200, 403])(
    'a %i of something in between says nothing about an object',
    async (status) => {
      const simulator = await cloud({});
      const gateway = await rawServer((_, response) => response.writeHead(status).end());
      const obs = clientOf(simulator, { endpoint: gateway.url });
      expect(await obs.head('bucket', 'a.raw')).toMatchObject({ kind: 'failed', code: 'FOREIGN' });
    },
  );

  test('a key that OBS refuses is reported as such, not as an object of others', async () => {
    const simulator = await cloud({ objects: { 'bucket/a.raw': {} } });
    const answers = [
      [{ accessKey: 'WRONG' }, 'InvalidAccessKeyId'],
      [{ secretKey: 'wrong' }, 'SignatureDoesNotMatch'],
    ] as const;
    for (const [wrong, code] of answers) {
      const obs = clientOf(simulator, wrong);
      expect(await obs.head('bucket', 'a.raw')).toMatchObject({ kind: 'failed', code });
    }
    const late = { ...systemClock, now: () => systemClock.now() + 16 * 60_000 };
    const skewed = clientOf(simulator, {}, late);
    expect(await skewed.head('bucket', 'a.raw')).toMatchObject({ code: 'RequestTimeTooSkewed' });
  });

  test('temporary keys send their token', async () => {
    const obs = clientOf(await cloud({}), { securityToken: 'of-temporary-keys' });
    expect(await obs.head('bucket', 'a.raw')).toMatchObject({ kind: 'found' });
  });

  test('OBS that is away is no verdict about the object', async () => {
    const obs = clientOf(await cloud({}), { endpoint: 'http://127.0.0.1:9' });
    expect(await obs.head('bucket', 'a.raw')).toMatchObject({ kind: 'failed' });
  });
});

describe('the list of a bucket', () => {
  test('comes in pages, in the order of its keys', async () => {
    const names = Array.from({ length: 2500 }, (_, index) => `d/${String(index).padStart(5, '0')}`);
    const entries = names.map((name) => [`bucket/${name}`, { size: 5 }] as const);
    const obs = await obsOf({ objects: { ...Object.fromEntries(entries), 'bucket/other': {} } });
    const found: string[] = [];
    let after: string | undefined;
    let pages = 0;
    do {
      const page = await obs.list('bucket', 'd/', after);
      if (page.kind !== 'ok') return expect.unreachable();
      found.push(...page.objects.map(({ key }) => key));
      after = page.next;
      pages += 1;
    } while (after !== undefined);
    expect(found).toEqual(names);
    expect(pages).toBe(3);
  });

  test('knows every odd key', async () => {
    const objects = Object.fromEntries(ODD_KEYS.map((key) => [`bucket/${key}`, {}]));
    const page = await (await obsOf({ objects })).list('bucket', '');
    if (page.kind !== 'ok') return expect.unreachable();
    expect(new Set(page.objects.map(({ key }) => key))).toEqual(new Set(ODD_KEYS));
  });

  test('a gateway that knows no such page does not make a bucket missing', async () => {
    const gateway = await rawServer((_, response) =>
      response.writeHead(404).end('<html>no</html>'),
    );
    const obs = clientOf(await cloud({}), { endpoint: gateway.url });
    expect(await obs.list('bucket', '')).toMatchObject({ kind: 'failed', code: 'HTTP 404' });
  });

  test('of a bucket that is missing, of others, or elsewhere is reported', async () => {
    const obs = await obsOf();
    expect(await obs.list('nobodys', '')).toEqual({ kind: 'missing' });
    expect(await obs.list('forbidden-1', '')).toMatchObject({ kind: 'forbidden' });
    expect(await obs.list('elsewhere-1', '')).toMatchObject({ kind: 'other-region' });
  });

  test.each(['', 'no xml', '<html></html>', '<a>'])('that is none is refused: %s', (xml) => {
    expect(readBucketPage(xml)).toBeUndefined();
  });
});

describe('a list is read object by object', () => {
  const GOOD = '<Contents><Key>a.raw</Key><Size>5</Size></Contents>';
  const pageOf = (contents: string, more = '') =>
    readBucketPage(`<ListBucketResult>${contents}${GOOD}${more}</ListBucketResult>`);

  test.each([
    { what: 'without anything', odd: '<Contents/>' },
    { what: 'without a size', odd: '<Contents><Key>b</Key></Contents>' },
    { what: 'with an empty size', odd: '<Contents><Key>b</Key><Size/></Contents>' },
    { what: 'with a size that is none', odd: '<Contents><Key>b</Key><Size>-1</Size></Contents>' },
    {
      what: 'with a size beyond numbers',
      odd: '<Contents><Key>b</Key><Size>1e30</Size></Contents>',
    },
    { what: 'without a key', odd: '<Contents><Size>5</Size></Contents>' },
    {
      what: 'with a control character',
      odd: '<Contents><Key>b\u0001</Key><Size>5</Size></Contents>',
    },
    { what: 'with one by its number', odd: '<Contents><Key>b&#x1;</Key><Size>5</Size></Contents>' },
    { what: 'with a bare &', odd: '<Contents><Key>a&b</Key><Size>5</Size></Contents>' },
    { what: 'with a name of HTML', odd: '<Contents><Key>a&nbsp;b</Key><Size>5</Size></Contents>' },
    { what: 'whose size is hexadecimal', odd: '<Contents><Key>b</Key><Size>0x1</Size></Contents>' },
    { what: 'with half a pair', odd: '<Contents><Key>b&#55296;</Key><Size>5</Size></Contents>' },
  ])('one $what is counted, and costs no other one', ({ odd }) => {
    expect(pageOf(odd)).toMatchObject({ objects: [{ key: 'a.raw', size: 5 }], unread: 1 });
  });

  test('keys in the encoding of URLs are read as what they are', () => {
    const type = '<EncodingType>url</EncodingType>';
    const encoded = '<Contents><Key>d/a+b%2Bc%01%E6%96%87</Key><Size>5</Size></Contents>';
    const keys = pageOf(encoded, type)?.objects.map(({ key }) => key);
    expect(keys).toEqual(['d/a b+c\u0001文', 'a.raw']);
    const broken = '<Contents><Key>%E6</Key><Size>5</Size></Contents>';
    expect(pageOf(broken, type)).toMatchObject({ unread: 1 });
    expect(pageOf('', `${type}<NextMarker>a+b</NextMarker>`)).toMatchObject({ next: 'a b' });
  });

  test('the next page begins after the last key, readable or not, and is never forgotten', async () => {
    const more = '<IsTruncated>true</IsTruncated>';
    const last = '<Contents><Key>z.raw</Key></Contents>';
    expect(pageOf('', `${last}${more}`)).toMatchObject({ next: 'z.raw', isTruncated: true });
    const { url } = await rawServer((_, response) =>
      response.end(`<ListBucketResult>${more}</ListBucketResult>`),
    );
    const obs = clientOf(await cloud({}), { endpoint: url });
    const answer = await obs.list('bucket', '');
    expect(answer).toMatchObject({ kind: 'failed', code: 'UNREADABLE' });
  });
});

test('the bucket is in the host name, unless a certificate or an address forbids it', () => {
  const at = { bucket: 'my-bucket', key: 'd/a b.raw' };
  const host = 'https://obs.eu-de.otc.t-systems.com';
  expect(objectUrl(host, at).href).toBe(
    'https://my-bucket.obs.eu-de.otc.t-systems.com/d/a%20b.raw',
  );
  expect(objectUrl(host, { ...at, bucket: 'my.bucket' }).href).toBe(
    `${host}/my.bucket/d/a%20b.raw`,
  );
  expect(objectUrl('http://127.0.0.1:90', at).href).toBe(
    'http://127.0.0.1:90/my-bucket/d/a%20b.raw',
  );
});
