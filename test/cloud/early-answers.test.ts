import { createServer } from 'node:net';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { createHttp } from '../../src/shared/cloud/http/http.ts';
import type { HttpRequest } from '../../src/shared/cloud/http/http-request.ts';
import { systemClock } from '../../src/shared/runtime/clock.ts';
import { rawServer } from '../support/raw-server.ts';

const http = createHttp({ clock: systemClock, allowHttp: false });
afterAll(() => http.close());

const create = (url: string, json?: unknown): HttpRequest => {
  const call = { service: 'ims', operation: 'test', method: 'POST', url } as const;
  return { ...call, beforeSend: () => true, ...(json !== undefined && { json }) };
};

/** Answers as soon as the headers of a request are there, and reads until the client closes. */
async function hasty(answer: string) {
  const whole = Promise.withResolvers<boolean>();
  const server = createServer((socket) => {
    let text = '';
    socket.on('error', () => undefined);
    socket.on('data', (data) => {
      const wasHead = text.includes('\r\n\r\n');
      text += data.toString('latin1');
      if (!wasHead && text.includes('\r\n\r\n')) socket.write(answer);
    });
    socket.on('close', () => {
      const length = Number(/content-length: (\d+)/i.exec(text)?.[1]);
      whole.resolve(text.length - text.indexOf('\r\n\r\n') - 4 === length);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  return { url: `http://127.0.0.1:${port}/`, whole: whole.promise };
}

describe('an answer that comes before the last byte of a create', () => {
  test.each([
    ['a login page', 'HTTP/1.1 302 Found\r\nlocation: /login\r\ncontent-length: 0\r\n\r\n'],
    ['a status that is not HTTP', 'HTTP/1.1 799 No\r\ncontent-length: 0\r\n\r\n'],
    ['something else than HTTP', 'SSH-2.0-dropbear\r\n\r\n'],
    ['a body that cannot be unpacked', answerOf('200 OK', 'abc', 'content-encoding: gzip')],
    ['too large a body', answerOf('200 OK', 'x'.repeat(1_500_000))],
    ['a refused token', answerOf('401 Unauthorized', '{}', 'connection: close')],
    ['a refused size', answerOf('413 Too Large', '{}', 'connection: close')],
    ['throttling', answerOf('429 Too Many Requests', '{}')],
  ])('%s: what may have arrived whole is never called unsent', async (_, answer) => {
    for (const size of [10, 8_000_000]) {
      const server = await hasty(answer);
      const { kind } = await http.request(create(server.url, { text: 'ä'.repeat(size / 2) }));
      const isWhole = await server.whole;
      expect([isWhole, kind]).not.toEqual([true, 'not-sent']);
      if (size === 10) expect(isWhole).toBe(true);
    }
  });
});

function answerOf(status: string, body: string, header = 'x-is: y'): string {
  return `HTTP/1.1 ${status}\r\n${header}\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
}

test('a create without a body has left with its headers', async () => {
  const server = await rawServer((request) => request.socket.destroy());
  expect(await http.request(create(server.url))).toMatchObject({ kind: 'unclear' });
  expect(server.seen).toHaveLength(1);
});
