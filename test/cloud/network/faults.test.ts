import { rm } from 'node:fs/promises';
import { createServer, type ServerOptions } from 'node:https';
import { createServer as tcpServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { networkAdvice, readFailure } from '../../../src/shared/cloud/http/failure.ts';
import {
  createHttp,
  type HttpOptions,
  type HttpResult,
} from '../../../src/shared/cloud/http/http.ts';
import { systemClock } from '../../../src/shared/runtime/clock.ts';
import { type Authority, openAuthority, type Pair } from '../../support/authority.ts';
import { needing } from '../../support/programs.ts';
import { rawServer } from '../../support/raw-server.ts';

function httpWith(more: Partial<HttpOptions> = {}) {
  const http = createHttp({ clock: systemClock, allowHttp: false, connectMs: 30_000, ...more });
  onTestFinished(() => http.close());
  return http;
}

async function listening(options: ServerOptions & Pair, host = '127.0.0.1'): Promise<string> {
  const server = createServer(options, (_, response) => response.end('{}'));
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, host, resolve);
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  return `https://${host.includes(':') ? `[${host}]` : host}:${port}/`;
}

const CALLED = { service: 'ims', operation: 'test' } as const;
const get = (url: string) => ({ ...CALLED, method: 'GET', url }) as const;

describe('TLS', needing('openssl'), () => {
  let authority: Authority;
  let pair: Pair;
  beforeAll(async () => {
    authority = await openAuthority();
    pair = await authority.issue('here', '127.0.0.1', 2);
  });
  afterAll(() => rm(authority.folder, { recursive: true, force: true }));

  test('an own CA is taken beside those that Node knows', async () => {
    const url = await listening(pair);
    const network = { ca: authority.ca };
    expect(await httpWith({ network }).request(get(url))).toMatchObject({ status: 200 });
  });

  test('without it, the error says what is wrong and what to do', async () => {
    const result = await httpWith().request(get(await listening(pair)));
    expect(result).toMatchObject({ kind: 'not-sent' });
    if (result.kind === 'answer') return;
    expect(result.message).toMatch(/cannot be verified|unknown CA/);
    expect(networkAdvice(result.code)).toContain('OS_CACERT');
  });

  test('over IPv6, too', needing('ipv6'), async () => {
    const six = await authority.issue('six', '::1', 2);
    const network = { ca: authority.ca };
    const url = await listening(six, '::1');
    expect(await httpWith({ network }).request(get(url))).toMatchObject({ status: 200 });
  });

  test('a server that wants a certificate gets ours; without one the error says so', async () => {
    const wants = { ca: authority.ca, requestCert: true, rejectUnauthorized: true };
    const url = await listening({ ...pair, ...wants, maxVersion: 'TLSv1.2' });
    const client = await authority.issue('client', 'me.test', 2);
    const network = { ca: authority.ca };
    const good = await httpWith({ network: { ...network, client } }).request(get(url));
    expect(good).toMatchObject({ status: 200 });
    const bad = await httpWith({ network }).request(get(url));
    expect(bad.kind).not.toBe('answer');
    const failure = readFailure(
      Object.assign(new Error(), { code: 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED' }),
      'ims.test',
    );
    // With TLS 1.3 it comes after the request may have left.
    expect(failure).toMatchObject({ code: 'WANTS_CERTIFICATE', atConnect: false });
    expect(networkAdvice('WANTS_CERTIFICATE')).toContain('OS_CERT');
  });

  test('versions that are too old are named', async () => {
    const old = {
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.1',
      ciphers: 'DEFAULT@SECLEVEL=0',
    } as const;
    const url = await listening({ ...pair, ...old });
    const result = await httpWith({ network: { ca: authority.ca } }).request(get(url));
    expect(result).toMatchObject({ kind: 'not-sent', code: 'OLD_TLS' });
  });
});

test('a server without TLS is named as such', async () => {
  const server = await rawServer((_, response) => response.end('{}'));
  const result = await httpWith().request(get(server.url.replace('http:', 'https:')));
  expect(result).toMatchObject({ kind: 'not-sent', code: 'NO_TLS' });
});

describe('names', () => {
  test('one that takes too long to resolve is reported as that, and nothing was sent', async () => {
    const http = httpWith({ lookup: () => undefined, connectMs: 200 });
    const call = { ...get('https://slow.test/'), method: 'POST', beforeSend: () => true } as const;
    const result = await http.request(call);
    expect(result).toMatchObject({ kind: 'not-sent', code: 'DNS_TIMEOUT' });
    if (result.kind !== 'answer') expect(result.message).toContain('resolving the host name');
  });

  test('of several addresses one that answers is enough', async () => {
    const server = await rawServer((_, response) => response.end('{}'));
    const both = [
      { address: '::1', family: 6 },
      { address: '127.0.0.1', family: 4 },
    ];
    const http = httpWith({ lookup: (_, __, callback) => callback(null, both), allowHttp: true });
    const { port } = new URL(server.url);
    expect(await http.request(get(`http://two.test:${port}/`))).toMatchObject({ status: 200 });
  });
});

describe('a connection that was kept alive and is cut', () => {
  /** Answers the first request of each connection, and cuts it at the second. */
  async function cutting() {
    let requests = 0;
    const server = tcpServer((socket) => {
      let first = true;
      socket
        .on('error', () => undefined)
        .on('data', (data) => {
          if (/^(GET|POST) /.test(String(data))) requests += 1;
          if (!first) return void socket.resetAndDestroy();
          first = false;
          socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\n{}');
        });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const address = server.address();
    const port = address !== null && typeof address === 'object' ? address.port : 0;
    return { url: `http://127.0.0.1:${port}/`, requests: () => requests };
  }

  test('does not fail a read: it is sent once more', async () => {
    const server = await cutting();
    const http = httpWith();
    for (let call = 0; call < 3; call += 1) {
      expect(await http.request(get(server.url))).toMatchObject({ kind: 'answer', status: 200 });
    }
  });

  test('a login over it is not made again', async () => {
    const server = await cutting();
    const http = httpWith();
    let sent = 0;
    let result: HttpResult | undefined;
    // Whether a connection is free again when the next call comes is a matter of a moment.
    while (result?.kind !== 'unclear') {
      result = await http.request({ ...CALLED, method: 'POST', url: server.url, json: {} });
      sent += 1;
      expect(server.requests()).toBe(sent);
    }
  });
});
