import { describe, expect, test } from 'vitest';
import { signCall } from '../../src/shared/cloud/iam/sign-call.ts';

const KEYS = { method: 'keys', accessKey: 'AccessKey', secretKey: 'SecretKey' } as const;
const PUBLISHED = {
  url: 'https://service.endpoint.myhuaweicloud.com/resources?size=1',
  now: '2020-06-08T02:39:00Z',
};

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
});
