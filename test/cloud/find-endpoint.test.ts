import { describe, expect, test } from 'vitest';
import { type Catalog, findIms } from '../../src/shared/cloud/iam/find-endpoint.ts';

const endpoint = (region: string, face: string, url: string) => ({
  interface: face,
  region,
  region_id: region,
  url,
});
const CATALOG: Catalog = [
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
  ])('%s %s is told by the pattern: %s', (authUrl, region, url) => {
    const more = region === undefined ? { authUrl } : { authUrl, region };
    expect(findIms([], where(more))).toBe(url);
  });

  test.each([
    'https://keystone.example/v3',
    'https://iam.myhuaweicloud.com/v3',
    'https://iam.eu-de.otc.t-systems.com.evil.test/v3',
  ])('%s tells nothing: a token goes to no guessed address', (authUrl) => {
    expect(() => findIms([], where({ authUrl }))).toThrow('no image service');
  });
});
