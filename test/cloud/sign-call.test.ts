import { AKSKSigner } from '@huaweicloud/huaweicloud-sdk-core/auth/AKSKSigner.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { signCall } from '../../src/shared/cloud/iam/sign-call.ts';

const KEYS = { method: 'keys', accessKey: 'AccessKey', secretKey: 'SecretKey' } as const;
const PUBLISHED = {
  url: 'https://service.endpoint.myhuaweicloud.com/resources?size=1',
  now: '2020-06-08T02:39:00Z',
};

function never(): never {
  throw new Error('it only signs');
}

describe('a signature', () => {
  test.each([
    {
      what: 'the published GET',
      call: { method: 'GET', url: PUBLISHED.url },
      now: PUBLISHED.now,
      signature: 'cfb4171acec81de07d50e53d57eb77edd537414d66ddb1d7d780f128e12cd842',
    },
    {
      what: 'the published POST',
      call: { method: 'POST', url: PUBLISHED.url, json: { name: 'test', id: 1 } },
      now: PUBLISHED.now,
      signature: '436b1ac0a1ae03705934bb70ef2f2e09f7bfed2117d731a38235053199323a1f',
    },
    {
      what: 'a query with a space',
      call: {
        method: 'GET',
        url: 'https://ims.eu-de.otc.t-systems.com/v2/cloudimages?name=my%20img&limit=1',
      },
      now: '2026-01-02T03:04:05Z',
      signature: '0759b0b73bdb153f48f87b775c4b510f7689e595cd6caf80d7334b0451c589b6',
    },
  ] as const)('is the one of $what', ({ call, now, signature }) => {
    expect(signCall(call, KEYS, { now: Date.parse(now) })).toEqual({
      'x-sdk-date': now.replace(/[:-]/g, ''),
      authorization: `SDK-HMAC-SHA256 Access=AccessKey, SignedHeaders=host;x-sdk-date, Signature=${signature}`,
    });
  });

  test('holds the token of temporary keys and the project', () => {
    const call = { method: 'GET', url: 'https://ims.test:8443/v1/cloudimages/quota' } as const;
    const headers = signCall(
      call,
      { ...KEYS, securityToken: 'st' },
      { now: Date.parse(PUBLISHED.now), headers: { 'x-project-id': 'p1' } },
    );
    expect(headers['authorization']).toContain('host;x-project-id;x-sdk-date;x-security-token,');
    expect(headers['x-security-token']).toBe('st');
    expect(headers).not.toHaveProperty('host');
  });

  // Recorded from Huawei's SDK 3.1.211.
  test.each([
    {
      what: 'a path with other letters',
      call: { method: 'GET', url: 'https://ims.eu-de.otc.t-systems.com/v1/p-1~/jöbs.x' },
      headers: {},
      securityToken: undefined,
      signature: '88eb3e5a4dc04cc812313ac030dbc24ff20387b92cd4aec8519478f0eede59a5',
    },
    {
      what: 'a query with repeated names and marks, a port, and temporary keys',
      call: {
        method: 'GET',
        url: "https://ims.test:8443/v2/cloudimages?tag=b%3D1&tag=a%3D2&name=it's+(a*b)!&__isregistered=false&%C3%A4=%C3%BC",
      },
      headers: { 'x-project-id': 'p1' },
      securityToken: 's+t/=',
      signature: '793c5f05ec4e2271549012f881a56f2004164e7dbb3540ec638c0a2c7eb26876',
    },
    {
      what: 'a create',
      call: {
        method: 'POST',
        url: 'https://ims.test/v1/cloudimages/dataimages/action',
        json: { name: 'bild ü', image_tags: [{ key: 'k', value: '' }] },
      },
      headers: { 'x-project-id': 'p1' },
      securityToken: undefined,
      signature: '1a4becf6404de7076ff3cdc972ed79558097c579c1118f73bab9587682973710',
    },
  ] as const)('of $what is the one of the SDK', ({ call, headers, securityToken, signature }) => {
    const now = Date.parse('2026-01-02T03:04:05Z');
    const keys = securityToken === undefined ? KEYS : { ...KEYS, securityToken };
    expect(signCall(call, keys, { now, headers })['authorization']).toMatch(
      new RegExp(`, Signature=${signature}$`),
    );
  });

  test('is the one of the SDK, whatever is signed', () => {
    // The SDK encodes a path twice that comes encoded; ours holds ids and words only.
    const segment = fc
      .stringMatching(/^[A-Za-z0-9_.~äß-]{1,12}$/)
      .filter((one) => !/^\.+$/.test(one));
    const text = fc.string({ unit: 'grapheme', maxLength: 12 }).filter((one) => one.isWellFormed());
    const call = fc.record({
      method: fc.constantFrom('GET', 'HEAD', 'POST'),
      path: fc.array(segment, { maxLength: 4 }),
      query: fc.array(fc.tuple(text, text), { maxLength: 4 }),
      headers: fc.dictionary(
        fc.stringMatching(/^x-[a-z0-9]{1,8}$/),
        fc.stringMatching(/^[!-~]{0,20}$/),
      ),
      json: fc.option(fc.object(), { nil: undefined }),
      secretKey: fc.string({ minLength: 1 }),
      securityToken: fc.option(fc.stringMatching(/^[!-~]{1,20}$/), { nil: undefined }),
      now: fc.integer({ min: 0, max: 4_000_000_000_000 }),
    });
    fc.assert(
      fc.property(call, ({ method, path, query, headers, json, secretKey, securityToken, now }) => {
        const url = `https://ims.test:8443/${path.join('/')}`;
        const params = new URLSearchParams(query);
        const keys = {
          ...KEYS,
          secretKey,
          ...(securityToken === undefined ? {} : { securityToken }),
        };
        const own = signCall({ method, url: `${url}?${params}`, json }, keys, { now, headers });
        const token = securityToken === undefined ? {} : { 'x-security-token': securityToken };
        const date = { 'X-Sdk-Date': own['x-sdk-date'] };
        const theirs: Readonly<Record<string, string>> = AKSKSigner.sign(
          {
            method,
            endpoint: url,
            queryParams: Object.fromEntries(
              [...new Set(params.keys())].map((name) => [name, params.getAll(name)]),
            ),
            headers: { host: 'ims.test:8443', ...date, ...headers, ...token },
            ...(json === undefined ? {} : { data: json }),
          },
          {
            getAk: () => KEYS.accessKey,
            getSk: () => secretKey,
            processAuthRequest: never,
            processAuthParams: never,
          },
        );
        expect(own['authorization']).toBe(theirs['Authorization']);
      }),
      { numRuns: 500 },
    );
  });
});
