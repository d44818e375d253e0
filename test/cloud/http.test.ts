import { createServer } from 'node:net';
import { afterAll, describe, expect, test } from 'vitest';
import { createHttp, type HttpRequest } from '../../src/shared/cloud/http.ts';
import { retryAfter } from '../../src/shared/cloud/http-answer.ts';
import { systemClock } from '../../src/shared/runtime/clock.ts';
import { rawServer } from '../support/raw-server.ts';

const http = createHttp({ clock: systemClock, allowHttp: false });
afterAll(() => http.close());

function create(url: string, more: Partial<HttpRequest> = {}): HttpRequest {
  const headers = { 'x-auth-token': 'canary-token' };
  const json = { name: 'x', secret: 'canary-body' };
  return { method: 'POST', url, headers, json, timeoutMs: 500, beforeSend: () => true, ...more };
}

async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

const PAGE = '<html><head><title>502 Bad\nGateway</title></head></html>';

describe('a create that certainly did not leave', () => {
  test('nothing listens', async () => {
    const result = await http.request(create(`http://127.0.0.1:${await closedPort()}/`));
    expect(result).toMatchObject({ kind: 'not-sent', code: 'ECONNREFUSED' });
  });

  test('the host is not known', async () => {
    const result = await http.request(create('https://no-such-host.invalid/'));
    expect(result).toMatchObject({ kind: 'not-sent' });
  });

  test('TLS cannot be agreed on', async () => {
    const server = await rawServer(() => undefined);
    const result = await http.request(create(server.url.replace('http:', 'https:')));
    expect(result).toMatchObject({ kind: 'not-sent' });
    expect(server.seen).toHaveLength(0);
  });

  test('the deadline was over when the connection stood', async () => {
    const server = await rawServer((_, response) => response.end('{}'));
    const result = await http.request(create(server.url, { beforeSend: () => false }));
    expect(result).toMatchObject({ kind: 'not-sent', code: 'TOO_LATE' });
    expect(server.seen).toHaveLength(0);
  });

  test('plain http off loopback', async () => {
    const result = await http.request(create('http://ims.example.com/'));
    expect(result).toMatchObject({ kind: 'not-sent', code: 'PLAIN_HTTP' });
  });
});

describe('a create that may have been acted on is sent once and is unclear', () => {
  test('the connection is reset', async () => {
    const server = await rawServer((request) => request.socket.destroy());
    expect(await http.request(create(server.url))).toMatchObject({ kind: 'unclear' });
    expect(server.seen).toHaveLength(1);
  });

  test('no answer in time', async () => {
    const server = await rawServer(() => undefined);
    const result = await http.request(create(server.url));
    expect(result).toMatchObject({ kind: 'unclear', code: 'TIMEOUT' });
    expect(server.seen).toHaveLength(1);
  });

  test('an answer that drips for longer than the time limit', async () => {
    const server = await rawServer((_, response) => {
      const timer = setInterval(() => response.write(' '), 50);
      response.on('close', () => clearInterval(timer));
    });
    expect(await http.request(create(server.url))).toMatchObject({ kind: 'unclear' });
  });

  test('an answer that is too large, also when it hides its length', async () => {
    const server = await rawServer((_, response) => {
      for (let written = 0; written < 40; written += 1) response.write('x'.repeat(100_000));
      response.end();
    });
    expect(await http.request(create(server.url))).toMatchObject({ kind: 'unclear' });
  });

  test('an answer that is cut off', async () => {
    const server = await rawServer((request, response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('{"job_id":');
      setImmediate(() => request.socket.destroy());
    });
    expect(await http.request(create(server.url))).toMatchObject({ kind: 'unclear' });
  });

  test.each([302, 307])('a redirect (%i): the token does not follow it', async (status) => {
    const other = await rawServer((_, response) => response.end('{}'));
    const server = await rawServer((_, response) => {
      response.writeHead(status, { location: `${other.url}/elsewhere` });
      response.end();
    });
    expect(await http.request(create(server.url))).toMatchObject({ kind: 'unclear' });
    expect(other.seen).toHaveLength(0);
    expect(server.seen).toHaveLength(1);
  });
});

describe('any answer', () => {
  test('503 with Retry-After is handed over, not tried again', async () => {
    const server = await rawServer((_, response) => {
      response.writeHead(503, { 'retry-after': '2', 'x-request-id': 'r-1' });
      response.end(PAGE);
    });
    const result = await http.request(create(server.url));
    const facts = { status: 503, body: undefined, retryAfterMs: 2000, requestId: 'r-1' };
    expect(result).toMatchObject({ kind: 'answer', ...facts });
    expect(result).toMatchObject({ text: 'HTML page "502 Bad Gateway"' });
    expect(server.seen).toHaveLength(1);
  });

  test('creates have a connection each, reads share theirs', async () => {
    const server = await rawServer((_, response) => response.end('{}'));
    for (const _ of [1, 2, 3]) await http.request(create(server.url));
    expect(server.connections()).toBe(3);
    for (let read = 0; read < 20; read += 1) {
      await http.request({ method: 'GET', url: server.url });
    }
    expect(server.connections()).toBeLessThan(3 + 10);
  });

  test('no message carries the token, the body or the query', async () => {
    const server = await rawServer((request) => request.socket.destroy());
    const result = await http.request(create(`${server.url}/path?canary=query`));
    expect(JSON.stringify(result)).not.toContain('canary');
  });
});

test.each([
  { value: '30', ms: 30_000 },
  { value: 'Thu, 01 Jan 1970 00:00:40 GMT', ms: 30_000 },
  { value: 'soon', ms: undefined },
  { value: '-5', ms: undefined },
  { value: '31536000', ms: 600_000 },
  { value: null, ms: undefined },
])('Retry-After $value is $ms ms', ({ value, ms }) => {
  expect(retryAfter(value, 10_000)).toBe(ms);
});
