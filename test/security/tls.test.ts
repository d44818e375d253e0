import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { runFerry } from '../support/ferry.ts';
import { useRedis } from '../support/use-redis.ts';

const run = promisify(execFile);
const redis = useRedis({ emptied: true });
const hasOpenssl = await run('openssl', ['version']).then(
  () => true,
  () => false,
);

interface Authority {
  readonly folder: string;
  /** Certificate and key for a host, good for so many days. */
  issue(name: string, host: string, days: number): Promise<{ cert: Buffer; key: Buffer }>;
}

/** A certificate authority of one test file. */
async function openAuthority(): Promise<Authority> {
  const folder = await mkdtemp(join(tmpdir(), 'ims-ferry-tls-'));
  const openssl = (...args: string[]) => run('openssl', args, { cwd: folder });
  const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  await openssl(
    'req',
    '-x509',
    ...ec,
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
    '-days',
    '2',
    '-subj',
    '/CN=test-ca',
  );
  const issue: Authority['issue'] = async (name, host, days) => {
    await openssl(
      'req',
      '-new',
      ...ec,
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.csr`,
      '-subj',
      `/CN=${host}`,
    );
    await writeFile(join(folder, `${name}.ext`), `subjectAltName=DNS:${host}`);
    const signed = [
      '-CA',
      'ca.pem',
      '-CAkey',
      'ca.key',
      '-CAcreateserial',
      '-extfile',
      `${name}.ext`,
    ];
    const out = ['-in', `${name}.csr`, '-out', `${name}.pem`, '-days', String(days)];
    await openssl('x509', '-req', ...signed, ...out);
    const read = (ending: string) => readFile(join(folder, `${name}.${ending}`));
    return { cert: await read('pem'), key: await read('key') };
  };
  return { folder, issue };
}

/** Answers every request with 503, and counts what arrives. */
async function httpsServer(pair: { cert: Buffer; key: Buffer }) {
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

describe.skipIf(!hasOpenssl)('TLS', () => {
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
    const ended = await runFerry(['reconcile'], {
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
