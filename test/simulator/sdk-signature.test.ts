import { describe, expect, test } from 'vitest';
import { signCall } from '../../src/shared/cloud/iam/sign-call.ts';
import {
  canonicalRequest,
  type SignedRequest,
  sdkSignatureFault,
  sha256,
} from '../../src/simulator/iam/sdk-signature.ts';

const KEYS = { accessKey: 'AccessKey', secretKey: 'SecretKey' };
const SIGNED = ['host', 'x-sdk-date'];
const BODY = '{"name":"test","id":1}';

interface Vector {
  readonly request: Omit<SignedRequest, 'headers'>;
  readonly host: string;
  readonly date: string;
  readonly now: string;
}

const PUBLISHED = {
  host: 'service.endpoint.myhuaweicloud.com',
  date: '20200608T023900Z',
  now: '2020-06-08T02:39:00Z',
};
const A1: Vector = {
  request: { method: 'GET', target: '/resources?size=1', bodyHash: sha256('') },
  ...PUBLISHED,
};
const A2: Vector = {
  request: { method: 'POST', target: '/resources?size=1', bodyHash: sha256(BODY) },
  ...PUBLISHED,
};
const B1: Vector = {
  request: {
    method: 'GET',
    target: '/v2/cloudimages?name=my%20img&limit=1',
    bodyHash: sha256(''),
  },
  host: 'ims.eu-de.otc.t-systems.com',
  date: '20260102T030405Z',
  now: '2026-01-02T03:04:05Z',
};

function requestOf({ request, host, date }: Vector, authorization: string): SignedRequest {
  return { ...request, headers: { host, 'x-sdk-date': date, authorization } };
}

const access = (signature: string) =>
  `SDK-HMAC-SHA256 Access=AccessKey, SignedHeaders=host;x-sdk-date, Signature=${signature}`;
const credential = (signature: string) =>
  `SDK-HMAC-SHA256 Credential=AccessKey/20260102///sdk_request, SignedHeaders=host;x-sdk-date, Signature=${signature}`;

const SIGNATURE = {
  A1: 'cfb4171acec81de07d50e53d57eb77edd537414d66ddb1d7d780f128e12cd842',
  A2: '436b1ac0a1ae03705934bb70ef2f2e09f7bfed2117d731a38235053199323a1f',
  B1: '5112079f19572461cbb8f3224809174c73a541de9c98132936c82b820c571b9c',
  B1inA: '0759b0b73bdb153f48f87b775c4b510f7689e595cd6caf80d7334b0451c589b6',
};
const rows = [
  { what: 'the published GET', vector: A1, authorization: access(SIGNATURE.A1) },
  { what: 'the published POST', vector: A2, authorization: access(SIGNATURE.A2) },
  { what: 'the older dialect', vector: B1, authorization: credential(SIGNATURE.B1) },
  { what: 'the same request in the newer one', vector: B1, authorization: access(SIGNATURE.B1inA) },
];

describe('the verifier', () => {
  test.each(rows)('takes $what', ({ vector, authorization }) => {
    const request = requestOf(vector, authorization);
    expect(sdkSignatureFault(request, [KEYS], Date.parse(vector.now))).toBeUndefined();
  });

  test('hashes the published canonical request as published', () => {
    const { request, headers } = { ...A1, headers: { host: A1.host, 'x-sdk-date': A1.date } };
    expect(sha256(canonicalRequest({ ...request, headers }, SIGNED))).toBe(
      'de94dd1e1ccdb730b403ce35d7e14f7c7b04337f6def1c3a3a2ba936852b133f',
    );
  });

  test.each([
    { what: 'another body', change: { bodyHash: sha256('x') }, says: 'verify aksk' },
    { what: 'another path', change: { target: '/resource?size=1' }, says: 'verify aksk' },
    { what: 'another query', change: { target: '/resources?size=2' }, says: 'verify aksk' },
    { what: 'another method', change: { method: 'PUT' }, says: 'verify aksk' },
  ])('refuses $what', ({ change, says }) => {
    const request = { ...requestOf(A2, access(SIGNATURE.A2)), ...change };
    expect(sdkSignatureFault(request, [KEYS], Date.parse(A2.now))).toContain(says);
  });

  test('refuses what is older or newer than 15 minutes, unknown keys, and an unsigned date', () => {
    const request = requestOf(A1, access(SIGNATURE.A1));
    const now = Date.parse(A1.now);
    for (const off of [-1, 1]) {
      expect(sdkSignatureFault(request, [KEYS], now + off * 900_000)).toBeUndefined();
      expect(sdkSignatureFault(request, [KEYS], now + off * 901_000)).toBe('signature expired');
    }
    expect(sdkSignatureFault(request, [], now)).toContain('not exist');
    const unsigned = requestOf(A1, access(SIGNATURE.A1).replace(';x-sdk-date', ''));
    expect(sdkSignatureFault(unsigned, [KEYS], now)).toContain('must be signed');
    expect(sdkSignatureFault(requestOf(A1, 'SDK-HMAC-SHA256 x'), [KEYS], now)).toContain('format');
  });
});

describe('our signature', () => {
  const keys = { method: 'keys', ...KEYS } as const;

  test.each([
    { what: 'the published GET', vector: A1, signature: SIGNATURE.A1 },
    { what: 'the published POST', vector: A2, signature: SIGNATURE.A2, json: JSON.parse(BODY) },
    { what: 'a query with a space', vector: B1, signature: SIGNATURE.B1inA },
  ])('is the one of $what', ({ vector, signature, json }) => {
    const { host, request, date, now } = vector;
    const call = {
      method: request.method as 'GET' | 'POST',
      url: `https://${host}${request.target}`,
      ...(json === undefined ? {} : { json }),
    };
    expect(signCall(call, keys, { now: Date.parse(now) })).toEqual({
      'x-sdk-date': date,
      authorization: access(signature),
    });
  });

  test('signs the token of temporary keys and the project along', () => {
    const call = { method: 'GET', url: 'https://ims.test:8443/v1/cloudimages/quota' } as const;
    const temporary = { ...keys, securityToken: 'st' };
    const headers = signCall(call, temporary, {
      now: Date.parse(A1.now),
      headers: { 'x-project-id': 'p1' },
    });
    expect(headers['authorization']).toContain('host;x-project-id;x-sdk-date;x-security-token,');
    const request = {
      method: 'GET',
      target: '/v1/cloudimages/quota',
      bodyHash: sha256(''),
      headers: { host: 'ims.test:8443', ...headers },
    };
    const known = [{ ...KEYS, securityToken: 'st' }];
    expect(sdkSignatureFault(request, known, Date.parse(A1.now))).toBeUndefined();
    const other = [{ ...KEYS, securityToken: 'other' }];
    expect(sdkSignatureFault(request, other, Date.parse(A1.now))).toContain('security token');
  });
});
