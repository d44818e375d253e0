import { describe, expect, test } from 'vitest';
import {
  canonicalRequest,
  readAuthorization,
  type SignedRequest,
  sha256,
  signatureOf,
} from '../../simulator/iam/sdk-signature.ts';

const NAMES = ['host', 'x-sdk-date'];

function requestOf(target: string, more: Partial<SignedRequest> = {}): SignedRequest {
  const headers = {
    host: 'service.endpoint.myhuaweicloud.com',
    'x-sdk-date': '20200608T023900Z',
    ...more.headers,
  };
  return { method: 'GET', target, body: Buffer.alloc(0), ...more, headers };
}

const sign = (request: SignedRequest, scope?: string) =>
  signatureOf(
    request,
    { signedHeaders: NAMES, ...(scope === undefined ? {} : { scope }) },
    'SecretKey',
  );

const LIST = requestOf('/v2/cloudimages?name=my%20img&limit=1', {
  headers: { host: 'ims.eu-de.otc.t-systems.com', 'x-sdk-date': '20260102T030405Z' },
});

describe('a signature', () => {
  test('of a GET is the published one', () => {
    const request = requestOf('/resources?size=1');
    expect(sha256(canonicalRequest(request, NAMES, false))).toBe(
      'de94dd1e1ccdb730b403ce35d7e14f7c7b04337f6def1c3a3a2ba936852b133f',
    );
    expect(sign(request)).toBe('cfb4171acec81de07d50e53d57eb77edd537414d66ddb1d7d780f128e12cd842');
  });

  test('of a POST with a body is the published one', () => {
    const body = Buffer.from('{"name":"test","id":1}');
    expect(sign(requestOf('/resources?size=1', { method: 'POST', body }))).toBe(
      '436b1ac0a1ae03705934bb70ef2f2e09f7bfed2117d731a38235053199323a1f',
    );
  });

  test('is another one in each dialect', () => {
    expect(sha256(canonicalRequest(LIST, NAMES, true))).toBe(
      '9681216a75ff8b7e7b7959e10d19aee30214c94b7a5c2ae719fb6edb97e7770c',
    );
    expect(sign(LIST, '20260102///sdk_request')).toBe(
      '5112079f19572461cbb8f3224809174c73a541de9c98132936c82b820c571b9c',
    );
    expect(sign(LIST)).toBe('0759b0b73bdb153f48f87b775c4b510f7689e595cd6caf80d7334b0451c589b6');
  });
});

describe('a canonical request', () => {
  const lines = (request: SignedRequest, isOld = false) =>
    canonicalRequest(request, NAMES, isOld).split('\n');

  test.each([
    { path: '/', is: '/' },
    { path: '/v1/a', is: '/v1/a/' },
    { path: '/v1/a/', is: '/v1/a/' },
    { path: '/a%2Fb/c!d~e', is: '/a%2Fb/c%21d~e/' },
    { path: '/%c3%bc', is: '/%C3%BC/' },
    { path: '/100%', is: '/100%25/' },
  ])('has the path $path as $is', ({ path, is }) => {
    expect(lines(requestOf(path))[1]).toBe(is);
  });

  test.each([
    { query: 'b=2&a=1', is: 'a=1&b=2', old: 'a=1&b=2' },
    { query: 'a', is: 'a=', old: 'a=' },
    { query: 'a=2&a=10', is: 'a=10&a=2', old: 'a=2' },
    { query: 'B=1&a=1', is: 'B=1&a=1', old: 'a=1&B=1' },
    { query: 't=k=v*&c=gte:1', is: 'c=gte%3A1&t=k%3Dv%2A', old: 'c=gte%3A1&t=k%3Dv%2A' },
    { query: 'a=x+y', is: 'a=x%2By', old: 'a=x%2By' },
  ])('has the query $query as $is, in the older dialect $old', ({ query, is, old }) => {
    expect(lines(requestOf(`/x?${query}`))[2]).toBe(is);
    expect(lines(requestOf(`/x?${query}`), true)[2]).toBe(old);
  });

  test('has trimmed headers; the older dialect makes one space of many', () => {
    const request = requestOf('/', { headers: { host: ' a   b ' } });
    expect(lines(request)[3]).toBe('host:a   b');
    expect(lines(request, true)[3]).toBe('host:a b');
  });

  test('has the query in the place of a body that an older POST lacks', () => {
    const request = requestOf('/x?b=2&a=1', { method: 'POST' });
    expect([lines(request, true)[2], lines(request, true).at(-1)]).toEqual(['', sha256('a=1&b=2')]);
    expect([lines(request)[2], lines(request).at(-1)]).toEqual(['a=1&b=2', sha256('')]);
  });

  test('uses the declared digest', () => {
    const headers = { 'x-sdk-content-sha256': 'UNSIGNED-PAYLOAD' };
    expect(lines(requestOf('/', { headers })).at(-1)).toBe('UNSIGNED-PAYLOAD');
  });
});

describe('the Authorization header', () => {
  const signature = 'ab'.repeat(32);

  test('is read in both dialects', () => {
    const rest = `SignedHeaders=host;x-sdk-date, Signature=${signature}`;
    const expected = { accessKey: 'AK', signedHeaders: NAMES, signature };
    expect(readAuthorization(`SDK-HMAC-SHA256 Access=AK, ${rest}`)).toEqual(expected);
    const old = readAuthorization(`SDK-HMAC-SHA256 Credential=AK/20260102///sdk_request,${rest}`);
    expect(old).toEqual({ ...expected, scope: '20260102///sdk_request' });
  });

  test.each([
    'AWS4-HMAC-SHA256 Access=AK',
    'SDK-HMAC-SHA256 Access=AK',
    `SDK-HMAC-SHA256 Access=AK, SignedHeaders=host, Signature=${signature.toUpperCase()}`,
    `SDK-HMAC-SHA256 Access=AK, Credential=AK/1, SignedHeaders=host, Signature=${signature}`,
    `SDK-HMAC-SHA256 Access=AK, Access=AK, SignedHeaders=host, Signature=${signature}`,
    `SDK-HMAC-SHA256 Access=, SignedHeaders=host, Signature=${signature}`,
    `SDK-HMAC-SHA256 SignedHeaders=host, Signature=${signature}`,
  ])('is nothing where it is malformed: %s', (header) => {
    expect(readAuthorization(header)).toBeUndefined();
  });
});
