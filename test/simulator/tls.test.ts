import { rm } from 'node:fs/promises';
import { request } from 'node:https';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { ServerTls } from '../../simulator/options.ts';
import { type SimulatorSettings, startSimulator } from '../../simulator/start-simulator.ts';
import { type Authority, openAuthority } from '../support/authority.ts';
import { needing } from '../support/programs.ts';
import { LOGIN } from './plain-cloud.ts';

async function started(settings: SimulatorSettings) {
  const simulator = await startSimulator(settings);
  onTestFinished(() => simulator.close());
  return simulator;
}

/** POST of a login over TLS; the address of IMS in the catalog of its answer. */
async function imageUrl(url: string, pem: object): Promise<string | undefined> {
  const text = await new Promise<string>((resolve, reject) => {
    const call = request(`${url}/v3/auth/tokens`, { method: 'POST', agent: false, ...pem });
    call.on('error', reject);
    call.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve(Buffer.concat(chunks).toString()));
      response.on('error', reject);
    });
    call.end(JSON.stringify(LOGIN('demo-password')));
  });
  const { catalog } = JSON.parse(text).token as {
    catalog: { type: string; endpoints: { url: string }[] }[];
  };
  return catalog.find(({ type }) => type === 'image')?.endpoints[0]?.url;
}

describe('with TLS', needing('openssl'), () => {
  const files: { authority?: Authority; ca: string; server: ServerTls } = {
    ca: '',
    server: { cert: '', key: '' },
  };
  const pemOf = async (name: string): Promise<ServerTls> => {
    const pair = await files.authority?.issue(name, '127.0.0.1', 2);
    return { cert: String(pair?.cert), key: String(pair?.key) };
  };

  beforeAll(async () => {
    files.authority = await openAuthority();
    files.ca = files.authority.ca;
    files.server = await pemOf('server');
  });
  afterAll(() => rm(files.authority?.folder ?? '', { recursive: true, force: true }));

  test('every address is https', async () => {
    const { url, port } = await started({ host: '127.0.0.1', tls: files.server });
    expect(url).toBe(`https://127.0.0.1:${port}`);
    expect(await imageUrl(url, { ca: files.ca })).toBe(url);
    await expect(imageUrl(url, {})).rejects.toThrow(/certificate/);
  });

  test('admits only clients with a certificate, where one is required', async () => {
    const tls = { ...files.server, ca: files.ca, requestCert: true };
    const { url } = await started({ host: '127.0.0.1', tls });
    const client = await pemOf('client');
    expect(await imageUrl(url, { ca: files.ca, ...client })).toBe(url);
    await expect(imageUrl(url, { ca: files.ca })).rejects.toThrow();
  });
});

test('it listens on IPv6, and writes its address in brackets', needing('ipv6'), async () => {
  const { url, port } = await started({ host: '::1' });
  expect(url).toBe(`http://[::1]:${port}`);
  const body = JSON.stringify(LOGIN('demo-password'));
  expect((await fetch(`${url}/v3/auth/tokens`, { method: 'POST', body })).status).toBe(201);
  expect((await fetch(`${url}/_control/options`)).status).toBe(200);
});
