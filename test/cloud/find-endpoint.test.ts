import { describe, expect, test } from 'vitest';
import { findIms, readCatalog } from '../../src/shared/cloud/iam/login-answer.ts';

const endpoint = (region: string, face: string, url: string) => ({
  interface: face,
  region,
  region_id: region,
  url,
});
const SERVICES = [
  { type: 'identity', endpoints: [endpoint('*', 'public', 'https://iam.test')] },
  {
    type: 'image',
    endpoints: [
      endpoint('eu-de', 'public', 'https://ims.eu-de.test/'),
      endpoint('eu-nl', 'public', 'https://ims.eu-nl.test/v2'),
      endpoint('eu-nl', 'internal', 'https://ims.inside.test'),
    ],
  },
];
const CATALOG = readCatalog(SERVICES);
const OTC = 'https://iam.eu-de.otc.t-systems.com/v3';
const where = (more: object = {}) => ({ authUrl: OTC, interface: 'public', ...more }) as const;

describe('with a catalog', () => {
  test.each([
    { more: {}, url: 'https://ims.eu-de.test' },
    { more: { region: 'eu-nl' }, url: 'https://ims.eu-nl.test' },
    { more: { interface: 'internal' }, url: 'https://ims.inside.test' },
    { more: { imsEndpoint: 'https://own.test' }, url: 'https://own.test' },
  ])('$more leads to $url', ({ more, url }) => {
    expect(findIms(CATALOG, where(more))).toBe(url);
  });

  test('a region or an interface that is not there is an error that names those that are', () => {
    const adviceOf = (more: object): unknown => {
      try {
        return findIms(CATALOG, where(more));
      } catch (error) {
        return (error as { advice: string }).advice;
      }
    };
    expect(adviceOf({ region: 'eu-xx' })).toContain('eu-de, eu-nl');
    expect(adviceOf({ interface: 'admin' })).toContain('public, internal');
  });
});

describe('a catalog is read entry by entry', () => {
  const image = (...endpoints: unknown[]) => ({ type: 'image', endpoints });
  const GOOD = endpoint('eu-de', 'public', 'https://ims.eu-de.test');

  test.each([
    { what: 'a service without type', catalog: [{ endpoints: [] }, image(GOOD)], unread: 1 },
    { what: 'a service that is none', catalog: [null, 5, 'x', image(GOOD)], unread: 3 },
    { what: 'a service whose type is no word', catalog: [{ type: 5 }, image(GOOD)], unread: 1 },
    { what: 'an endpoint without URL', catalog: [image({ region: 'eu-de' }, GOOD)], unread: 1 },
    { what: 'endpoints that are none', catalog: [image(null, 5, {}, GOOD)], unread: 3 },
    { what: 'a URL that is none', catalog: [image({ ...GOOD, url: 'ims' }, GOOD)], unread: 1 },
    {
      what: 'a URL of another kind',
      catalog: [image({ ...GOOD, url: 'ftp://x' }, GOOD)],
      unread: 1,
    },
    {
      what: 'other services however odd',
      catalog: [{ type: 'dns', endpoints: 5 }, image(GOOD)],
      unread: 0,
    },
    {
      what: 'an interface that is no word',
      catalog: [image({ ...GOOD, interface: 5 })],
      unread: 0,
    },
    {
      what: 'a URL with a query or a login',
      catalog: [
        image({ ...GOOD, url: 'https://ims.test/?a=b' }, { ...GOOD, url: 'https://u:p@ims.test' }),
        image(GOOD),
      ],
      unread: 2,
    },
    {
      what: 'words with blanks, in capitals or as v2 has them',
      catalog: [
        { type: ' Image', endpoints: [{ ...GOOD, region: 'eu-de ', interface: 'publicURL' }] },
      ],
      unread: 0,
    },
    { what: 'a region that is no word', catalog: [image({ ...GOOD, region: 5 })], unread: 0 },
  ])('$what', ({ catalog, unread }) => {
    const read = readCatalog(catalog);
    expect(read.unread).toBe(unread);
    expect(findIms(read, where({ region: 'eu-de' }))).toBe('https://ims.eu-de.test');
  });

  test.each(['https://ims.test \n', '\ufeffhttps://ims.test/', ' https://ims.test/v2/ '])(
    'blanks around a URL are taken off: %j',
    (url) => {
      expect(findIms(readCatalog([image({ ...GOOD, url })]), where())).toBe('https://ims.test');
    },
  );

  test.each([undefined, null, '', '*'])(
    'an endpoint of region %j fits any, after one that is named',
    (region) => {
      const any = { interface: 'public', region, url: 'https://any.test' };
      expect(findIms(readCatalog([image(any)]), where({ region: 'eu-xx' }))).toBe(
        'https://any.test',
      );
      const both = readCatalog([image(any, GOOD)]);
      expect(findIms(both, where({ region: 'eu-de' }))).toBe('https://ims.eu-de.test');
      expect(findIms(both, where())).toBe('https://any.test');
    },
  );

  test.each([undefined, null, {}, 'none', 5])(
    'a catalog that is %j is like an empty one',
    (catalog) => {
      expect(findIms(readCatalog(catalog), where())).toBe('https://ims.eu-de.otc.t-systems.com');
    },
  );

  test('where nothing is left, the pattern of the cloud counts, else the error says what was passed over', () => {
    const catalog = readCatalog([image({ region: 'eu-de' }), { endpoints: [] }]);
    expect(findIms(catalog, where())).toBe('https://ims.eu-de.otc.t-systems.com');
    const elsewhere = { ...where(), authUrl: 'https://iam.test/v3' };
    expect(() => findIms(catalog, elsewhere)).toThrow('2 entries of it cannot be read');
  });
});

describe('without an image service in the catalog', () => {
  test.each([
    [OTC, undefined, 'https://ims.eu-de.otc.t-systems.com'],
    [
      'https://iam.eu-nl.otc.t-systems.com:443/v3',
      undefined,
      'https://ims.eu-nl.otc.t-systems.com',
    ],
    [
      'https://iam-pub.eu-ch2.sc.otc.t-systems.com/v3',
      undefined,
      'https://ims.eu-ch2.sc.otc.t-systems.com',
    ],
    [
      'https://iam.myhuaweicloud.com/v3',
      'ap-southeast-1',
      'https://ims.ap-southeast-1.myhuaweicloud.com',
    ],
    [
      'https://iam.cn-north-4.myhuaweicloud.com/v3',
      undefined,
      'https://ims.cn-north-4.myhuaweicloud.com',
    ],
  ])('%s %s follows the pattern: %s', (authUrl, region, url) => {
    const more = region === undefined ? { authUrl } : { authUrl, region };
    expect(findIms(readCatalog([]), where(more))).toBe(url);
  });

  test.each([
    'https://keystone.example/v3',
    'https://iam.myhuaweicloud.com/v3',
    'https://iam.eu-de.otc.t-systems.com.evil.test/v3',
  ])('%s names no region: a token goes to no guessed address', (authUrl) => {
    expect(() => findIms(readCatalog([]), where({ authUrl }))).toThrow('no image service');
  });
});
