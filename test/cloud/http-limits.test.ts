import { createServer } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { readFailure } from '../../src/shared/cloud/http/failure.ts';
import { createHttp } from '../../src/shared/cloud/http/http.ts';
import { login } from '../../src/shared/cloud/iam/login.ts';
import { sortSubmitAnswer } from '../../src/shared/cloud/ims/sort-submit-answer.ts';
import { systemClock } from '../../src/shared/runtime/clock.ts';
import { passwordCloud } from '../support/cloud-config.ts';
import { rawServer } from '../support/raw-server.ts';

const http = createHttp({ clock: systemClock, allowHttp: false });
afterAll(() => http.close());

const read = { service: 'ims', operation: 'test', method: 'GET' } as const;
const create = { ...read, method: 'POST', json: {}, beforeSend: () => true } as const;

describe('the size of an answer', () => {
  test.each([
    { what: 'a read', call: read },
    { what: 'a create', call: create },
  ])('$what is counted after unpacking', async ({ call }) => {
    const bomb = gzipSync(Buffer.alloc(20_000_000, 32));
    const server = await rawServer((_, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' });
      response.end(bomb);
    });
    const result = await http.request({ ...call, url: server.url });
    expect(result).toMatchObject({ kind: 'unclear', code: 'TOO_LARGE' });
    expect(server.seen[0]?.headers['accept-encoding']).toBe('identity');
  });

  test('is limited by the caller, to the byte', async () => {
    const server = await rawServer((_, response) => response.end(`"${'ä'.repeat(500)}"`));
    const call = { ...read, url: server.url };
    expect(await http.request({ ...call, maxBytes: 1002 })).toMatchObject({ kind: 'answer' });
    expect(await http.request({ ...call, maxBytes: 1001 })).toMatchObject({ code: 'TOO_LARGE' });
  });

  test('may be nothing at all', async () => {
    const server = await rawServer((_, response) => response.writeHead(204).end());
    const result = await http.request({ ...read, url: server.url });
    expect(result).toMatchObject({ kind: 'answer', status: 204, body: undefined, text: '' });
  });

  test('a status that HTTP does not know is unclear, not a crash', async () => {
    const server = await rawServer((_, response) => response.writeHead(799).end());
    expect(await http.request({ ...create, url: server.url })).toMatchObject({ kind: 'unclear' });
    expect(server.seen).toHaveLength(1);
  });
});

describe('the headers of an answer', () => {
  const tokenOf = (bytes: number) =>
    rawServer((_, response) =>
      response.writeHead(201, { 'x-subject-token': 't'.repeat(bytes) }).end(),
    );

  test.each([
    { what: 'a read', call: read },
    { what: 'a create', call: create },
  ])('$what takes a token of 60 KB', async ({ call }) => {
    const token = 't'.repeat(60_000);
    const { url, seen } = await tokenOf(token.length);
    const answer = await http.request({ ...call, url, headers: { 'x-auth-token': token } });
    expect(answer).toMatchObject({ kind: 'answer', subjectToken: token });
    expect(seen[0]?.headers['x-auth-token']).toBe(token);
  });

  test('that are longer are reported as too long, not as the network', async () => {
    const { url } = await tokenOf(70_000);
    const answer = await http.request({ ...read, url });
    expect(answer).toMatchObject({ kind: 'unclear', code: 'LONG_HEADERS' });
    expect(answer).toHaveProperty('message', expect.stringContaining('longer than 64 KB'));
    const { url: authUrl } = await tokenOf(70_000);
    const cloud = passwordCloud({ username: 'me', password: 'p', domain: 'd' }, { authUrl });
    const failed = login({ http, cloud, now: () => 0 }).catch((error: unknown) => error);
    expect(await failed).toMatchObject({
      message: expect.stringMatching(/^The answer of IAM is too long: .*64 KB/),
    });
  });
});

describe('what cannot be built into a request', () => {
  test.each([
    { call: { url: 'https://ims test/' }, code: 'BAD_ADDRESS', says: 'not a URL' },
    { call: { headers: { 'x-auth-token': 'canary\n' } }, code: 'BAD_HEADER', says: 'OS_TOKEN' },
    {
      call: { headers: { authorization: 'canary\u2028' } },
      code: 'BAD_HEADER',
      says: 'OS_ACCESS_KEY',
    },
    { call: { headers: { 'bad name': 'canary' } }, code: 'BAD_REQUEST', says: 'a setting' },
    { call: { url: 'https://me:canary@ims.test/' }, code: 'BAD_REQUEST', says: 'a setting' },
  ])('$says is at fault, and nothing was sent ($code)', async ({ call, code, says }) => {
    const server = await rawServer((_, response) => response.end());
    for (const whole of [read, create]) {
      const answer = await http.request({ ...whole, url: server.url, ...call });
      expect(answer).toMatchObject({ kind: 'not-sent', code });
      expect(answer).toHaveProperty('message', expect.stringContaining(says));
      expect(JSON.stringify(answer)).not.toContain('canary');
      expect(sortSubmitAnswer(answer)).toMatchObject({ kind: 'stop', reason: 'endpoint', code });
    }
    expect(server.seen).toEqual([]);
  });
});

test.each([
  { what: 'a read', call: read },
  { what: 'a create', call: create },
])('$what never offers HTTP/2, over which undici would send it again', async ({ call }) => {
  const hello = Promise.withResolvers<Buffer>();
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', (bytes) => {
      hello.resolve(bytes);
      socket.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  const port = address === null || typeof address === 'string' ? 0 : address.port;
  await http.request({ ...call, url: `https://127.0.0.1:${port}/` });
  const bytes = await hello.promise;
  expect(bytes.includes('\u0008http/1.1')).toBe(true);
  expect(bytes.includes('\u0002h2')).toBe(false);
});

describe('what an error proves', () => {
  const failed = (code: string, syscall?: string): Error =>
    Object.assign(new Error(`secret ${code}`), { code }, syscall === undefined ? {} : { syscall });

  test.each([
    { code: 'ECONNREFUSED', syscall: 'connect', atConnect: true },
    { code: 'ENOTFOUND', syscall: 'getaddrinfo', atConnect: true },
    { code: 'EAI_AGAIN', syscall: 'getaddrinfo', atConnect: true },
    { code: 'UND_ERR_CONNECT_TIMEOUT', syscall: undefined, atConnect: true },
    { code: 'EHOSTUNREACH', syscall: 'connect', atConnect: true },
    { code: 'EHOSTUNREACH', syscall: 'read', atConnect: false },
    { code: 'ENETUNREACH', syscall: 'connect', atConnect: true },
    { code: 'ETIMEDOUT', syscall: 'connect', atConnect: true },
    { code: 'ETIMEDOUT', syscall: 'read', atConnect: false },
    { code: 'CERT_HAS_EXPIRED', syscall: undefined, atConnect: true },
    { code: 'SELF_SIGNED_CERT_IN_CHAIN', syscall: undefined, atConnect: true },
    { code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', syscall: undefined, atConnect: true },
    { code: 'ECONNRESET', syscall: 'read', atConnect: false },
    { code: 'EPIPE', syscall: 'write', atConnect: false },
    { code: 'UND_ERR_SOCKET', syscall: undefined, atConnect: false },
    { code: 'UND_ERR_HEADERS_TIMEOUT', syscall: undefined, atConnect: false },
  ])('$code at $syscall: not sent is $atConnect', ({ code, syscall, atConnect }) => {
    const wrapped = new TypeError('fetch failed', { cause: failed(code, syscall) });
    for (const error of [wrapped, new AggregateError([failed(code, syscall)])]) {
      const failure = readFailure(error, 'ims.test');
      expect(failure).toMatchObject({ code, atConnect });
      expect(failure.message).not.toContain('secret');
      expect(failure.message).toContain('(ims.test)');
    }
  });

  test('a time limit differs from what is not an error at all', () => {
    const timeout = new DOMException('x', 'TimeoutError');
    expect(readFailure(timeout, 'h').code).toBe('TIMEOUT');
    expect(readFailure(new Error('x', { cause: timeout }), 'h').code).toBe('TIMEOUT');
    expect(readFailure('text', 'h')).toMatchObject({ code: 'NETWORK', atConnect: false });
  });
});
