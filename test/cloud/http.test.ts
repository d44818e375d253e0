import { createServer, type Socket } from 'node:net';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { retryAfter } from '../../src/shared/cloud/http/answer.ts';
import { createHttp } from '../../src/shared/cloud/http/http.ts';
import type { HttpRequest } from '../../src/shared/cloud/http/http-request.ts';
import { systemClock } from '../../src/shared/runtime/clock.ts';
import { freePort } from '../support/free-port.ts';
import { rawServer } from '../support/raw-server.ts';

const http = createHttp({ clock: systemClock, allowHttp: false });
const CALLED = { service: 'ims', operation: 'test' } as const;
afterAll(() => http.close());

function create(url: string, more: Partial<HttpRequest> = {}): HttpRequest {
  const headers = { 'x-auth-token': 'canary-token' };
  const json = { name: 'x', secret: 'canary-body' };
  return { ...CALLED, method: 'POST', url, headers, json, beforeSend: () => true, ...more };
}

const ANSWER = { kind: 'answer', status: 200 } as const;

// No answer comes: long enough for a busy machine to send the request.
const SILENCE = { timeoutMs: 1500 };

/** A server that does with each connection what the test says, before any HTTP. */
async function tcpServer(accept: (socket: Socket) => void): Promise<string> {
  const server = createServer((socket) => accept(socket.on('error', () => undefined)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => void (await new Promise((resolve) => server.close(resolve))));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return `http://127.0.0.1:${address.port}/`;
}

const PAGE = '<html><head><title>502 Bad\nGateway</title></head></html>';

describe('a create that certainly did not leave', () => {
  test('nothing listens', async () => {
    const result = await http.request(create(`http://127.0.0.1:${await freePort()}/`));
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

  test('the deadline was over in the moment of the first byte', async () => {
    const server = await rawServer((_, response) => response.end('{}'));
    let asked = 0;
    const beforeSend = (): boolean => {
      asked += 1;
      // As a process that is frozen between the connection and the first byte.
      return asked === 1;
    };
    const result = await http.request(create(server.url, { beforeSend }));
    expect(result).toMatchObject({ kind: 'not-sent', code: 'TOO_LATE' });
    expect(server.seen).toHaveLength(0);
    expect(asked).toBeGreaterThan(1);
  });

  test('the deadline was over when only the last byte was missing', async () => {
    const server = await rawServer((_, response) => response.end('{}'));
    let checks = 0;
    const count = (): boolean => {
      checks += 1;
      return true;
    };
    expect(await http.request(create(server.url, { beforeSend: count }))).toMatchObject(ANSWER);
    let received = '';
    const closed = Promise.withResolvers<void>();
    const url = await tcpServer((socket) => {
      socket.on('data', (data) => (received += data)).on('close', () => closed.resolve());
    });
    // As a process that is frozen while it sends.
    const beforeSend = (): boolean => {
      checks -= 1;
      return checks > 0;
    };
    const result = await http.request(create(url, { beforeSend }));
    await closed.promise;
    expect(result).toMatchObject({ kind: 'not-sent', code: 'TOO_LATE' });
    expect(received.endsWith('{"name":"x","secret":"canary-body"')).toBe(true);
  });

  test.each([
    'http://ims.example.com/',
    'http://127.0.0.1.example.com/',
    'http://localhost.example.com/',
    'http://10.0.0.1/',
    'http://0.0.0.0/',
  ])('plain http off loopback: %s', async (url) => {
    const calls = [create(url), { ...CALLED, method: 'GET', url } as const];
    for (const call of calls) {
      const result = await http.request(call);
      expect(result).toMatchObject({ kind: 'not-sent', code: 'PLAIN_HTTP' });
    }
  });

  test('the connection was not there in time', async () => {
    // TEST-NET-1: nobody answers; where there is no network the system says so at once.
    const call = create('https://192.0.2.1/', { timeoutMs: 200 });
    expect(await http.request(call)).toMatchObject({ kind: 'not-sent' });
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
    const result = await http.request(create(server.url, SILENCE));
    expect(result).toMatchObject({ kind: 'unclear', code: 'TIMEOUT' });
    expect(server.seen).toHaveLength(1);
  });

  test('an answer that drips for longer than the time limit', async () => {
    const server = await rawServer((_, response) => {
      const timer = setInterval(() => response.write(' '), 50);
      response.on('close', () => clearInterval(timer));
    });
    expect(await http.request(create(server.url, SILENCE))).toMatchObject({ kind: 'unclear' });
  });

  test('the connection is reset when the headers of the answer have come', async () => {
    const server = await rawServer((request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write('{"job_id":"ff8080');
      setImmediate(() => request.socket.resetAndDestroy());
    });
    expect(await http.request(create(server.url))).toMatchObject({ kind: 'unclear' });
    expect(server.seen).toHaveLength(1);
  });

  test('the connection is closed at once: the create takes no other one', async () => {
    let sent = 0;
    const url = await tcpServer((socket) => {
      socket.on('data', () => {
        sent += 1;
      });
      socket.destroy();
    });
    for (let round = 1; round <= 20; round += 1) {
      expect((await http.request(create(url))).kind).not.toBe('answer');
    }
    expect(sent).toBe(0);
  });

  test('the answer is no HTTP', async () => {
    const url = await tcpServer((socket) => socket.once('data', () => socket.end('220 smtp\r\n')));
    expect(await http.request(create(url))).toMatchObject({ kind: 'unclear' });
  });

  test('an answer without an end: the client hangs up after a megabyte', async () => {
    let closed: Promise<unknown> = Promise.resolve();
    const server = await rawServer((_, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write('x'.repeat(100_000)));
      };
      response.on('drain', more);
      closed = new Promise((resolve) => response.on('close', resolve));
      more();
    });
    const result = await http.request(create(server.url));
    expect(result).toMatchObject({
      kind: 'unclear',
      message: expect.stringContaining('too large'),
    });
    await closed;
  });

  test('an answer that says that it is too large', async () => {
    const server = await rawServer((_, response) => response.end('x'.repeat(1_000_001)));
    const result = await http.request(create(server.url));
    expect(result).toMatchObject({
      kind: 'unclear',
      message: expect.stringContaining('too large'),
    });
  });

  test('an answer that is cut off', async () => {
    const server = await rawServer((request, response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('{"job_id":');
      setImmediate(() => request.socket.destroy());
    });
    expect(await http.request(create(server.url))).toMatchObject({ kind: 'unclear' });
  });

  test.each([301, 302, 303, 307, 308])(
    'a redirect (%i): the token does not follow it',
    async (status) => {
      const other = await rawServer((_, response) => response.end('{}'));
      const server = await rawServer((_, response) => {
        response.writeHead(status, { location: `${other.url}/elsewhere` });
        response.end();
      });
      expect(await http.request(create(server.url))).toMatchObject({ kind: 'unclear' });
      expect(other.seen).toHaveLength(0);
      expect(server.seen).toHaveLength(1);
    },
  );
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

  test.each([401, 407, 408, 421, 425, 429, 500, 502, 503, 504])(
    'with HTTP %i does not make the client send a create again',
    async (status) => {
      const server = await rawServer((_, response) => {
        response.writeHead(status, { 'retry-after': '0', 'www-authenticate': 'Basic realm="x"' });
        response.end('{}');
      });
      await http.request(create(server.url));
      expect(server.seen).toHaveLength(1);
    },
  );

  test('keeps what counts of its headers; the body is parsed whatever its type', async () => {
    const server = await rawServer((_, response) => {
      const date = 'Thu, 01 Jan 2026 00:00:00 GMT';
      response.writeHead(200, { date, 'X-Subject-Token': 'MII', 'x-request-id': 'r\u00852' });
      response.end('{"job_id":"ff8080"}');
    });
    expect(await http.request(create(server.url))).toEqual({
      kind: 'answer',
      status: 200,
      body: { job_id: 'ff8080' },
      text: '{"job_id":"ff8080"}',
      subjectToken: 'MII',
      requestId: 'r 2',
      serverTime: Date.UTC(2026, 0, 1),
    });
    expect(server.seen[0]?.headers).toMatchObject({
      'x-auth-token': 'canary-token',
      'content-type': 'application/json',
      'accept-encoding': 'identity',
    });
  });

  test.each([
    { body: PAGE, text: 'HTML page "502 Bad Gateway"' },
    { body: '<html><body>no title</body></html>', text: 'an HTML or XML page' },
    { body: '<?xml version="1.0"?><Error/>', text: 'an HTML or XML page' },
    { body: 'No image found\u001b[2J\nwith ID 7', text: 'No image found [2J with ID 7' },
    { body: 'x'.repeat(5000), text: `${'x'.repeat(299)}…` },
  ])('that is no JSON has no body, and a short text: $text', async ({ body, text }) => {
    const server = await rawServer((_, response) => response.end(body));
    const result = await http.request(create(server.url));
    expect(result).toMatchObject({ kind: 'answer', status: 200, body: undefined, text });
  });

  test('to a read that is lost is unclear; a read to nobody was not sent', async () => {
    const server = await rawServer((request) => request.socket.destroy());
    const read = { ...CALLED, method: 'GET', url: server.url } as const;
    expect(await http.request(read)).toMatchObject({ kind: 'unclear' });
    const nobody = {
      ...CALLED,
      method: 'GET',
      url: `http://127.0.0.1:${await freePort()}/`,
    } as const;
    expect(await http.request(nobody)).toMatchObject({ kind: 'not-sent', code: 'ECONNREFUSED' });
  });

  test('creates have a connection each, reads share theirs', async () => {
    const server = await rawServer((_, response) => response.end('{}'));
    for (const _ of [1, 2, 3]) await http.request(create(server.url));
    expect(server.connections()).toBe(3);
    for (let read = 0; read < 20; read += 1) {
      await http.request({ ...CALLED, method: 'GET', url: server.url });
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
  { value: 'Thu, 01 Jan 1970 00:00:05 GMT', ms: undefined },
  { value: 'Fri, 01 Jan 2027 00:00:00 GMT', ms: 600_000 },
  { value: '0', ms: 0 },
  { value: '1e999', ms: undefined },
  { value: '  ', ms: undefined },
  { value: 'soon', ms: undefined },
  { value: '-5', ms: undefined },
  { value: '31536000', ms: 600_000 },
  { value: null, ms: undefined },
])('Retry-After $value is $ms ms', ({ value, ms }) => {
  expect(retryAfter(value, 10_000)).toBe(ms);
});
