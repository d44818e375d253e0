import { rm } from 'node:fs/promises';
import { createServer } from 'node:https';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type Authority, openAuthority, type Pair } from '../support/authority.ts';
import { runFerry, runFerryProcess } from '../support/ferry.ts';
import { needing } from '../support/programs.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis({ emptied: true });

/** Answers every request with 503, and counts what arrives. */
async function httpsServer(pair: Pair) {
  let requests = 0;
  const server = createServer(pair, (_, response) => {
    requests += 1;
    response.statusCode = 503;
    response.end();
  });
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  return { url: `https://localhost:${port}`, requests: () => requests };
}

describe('TLS', needing('openssl'), () => {
  let authority: Authority | undefined;
  beforeAll(async () => {
    authority = await openAuthority();
  });
  afterAll(() => rm(authority?.folder ?? '', { recursive: true, force: true }));

  const rows = [
    {
      what: 'of an unknown authority',
      host: 'localhost',
      days: 2,
      trusted: false,
      says: 'cannot be verified',
    },
    { what: 'that has expired', host: 'localhost', days: 0, trusted: true, says: 'has expired' },
    {
      what: 'of another host',
      host: 'other.test',
      days: 2,
      trusted: true,
      says: 'is for another host name',
    },
  ];

  async function login(row: { host: string; days: number; trusted: boolean }) {
    if (!authority) throw new Error('no authority');
    const name = `${row.host}-${row.days}-${row.trusted}`;
    const server = await httpsServer(await authority.issue(name, row.host, row.days));
    const ca = { NODE_EXTRA_CA_CERTS: join(authority.folder, 'ca.pem') };
    // NODE_EXTRA_CA_CERTS is read when a process starts.
    const ended = await runFerryProcess(['reconcile'], {
      REDIS_URL: redis.url,
      OS_AUTH_URL: `${server.url}/v3`,
      OS_USERNAME: 'me',
      OS_PASSWORD: 'secret-password',
      OS_USER_DOMAIN_NAME: 'domain',
      OS_PROJECT_NAME: 'project',
      ...(row.trusted ? ca : {}),
    });
    return { ...ended, requests: server.requests() };
  }

  test.each(rows)('a certificate $what: nothing is sent, and it says why', async (row) => {
    const { code, stderr, requests } = await login(row);
    expect(stderr).toContain(row.says);
    expect(code).toBe(3);
    expect(requests).toBe(0);
  });

  test('a certificate of a trusted authority is accepted', async () => {
    const { requests } = await login({ host: 'localhost', days: 2, trusted: true });
    expect(requests).toBeGreaterThan(0);
  });
});

test('verification that is switched off is refused by every command, with one line', async () => {
  for (const args of [['work'], ['reconcile'], ['resolve', 'b'], ['status']]) {
    const env = { REDIS_URL: redis.url, NODE_TLS_REJECT_UNAUTHORIZED: '0' };
    const { code, stderr } = await runFerry(args, env);
    expect(code).toBe(2);
    expect(stderr).toContain('switches TLS verification off');
  }
});
