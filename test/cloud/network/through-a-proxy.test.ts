import { rm } from 'node:fs/promises';
import { createServer } from 'node:https';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { createHttp, type Http } from '../../../src/shared/cloud/http/http.ts';
import type { HttpRequest } from '../../../src/shared/cloud/http/http-request.ts';
import { systemClock } from '../../../src/shared/runtime/clock.ts';
import { type Authority, openAuthority } from '../../support/authority.ts';
import { connectProxy } from '../../support/connect-proxy.ts';
import { needing } from '../../support/programs.ts';
import { until } from '../../support/until.ts';

const HOST = 'ims.cloud.test';

describe('through a proxy', needing('openssl'), () => {
  let authority: Authority;
  beforeAll(async () => {
    authority = await openAuthority();
  });
  afterAll(() => rm(authority.folder, { recursive: true, force: true }));

  /** IMS, whose name only the proxy can resolve. */
  async function ims(answer: 'yes' | 'never' = 'yes') {
    const pair = await authority.issue('ims', HOST, 2);
    const seen: string[] = [];
    const server = createServer(pair, (request, response) => {
      request.resume().on('end', () => {
        seen.push(`${request.method} ${request.url}`);
        if (answer === 'yes') response.end('{"job_id":"j1"}');
      });
    });
    server.on('tlsClientError', () => undefined);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    const address = server.address();
    const port = address !== null && typeof address === 'object' ? address.port : 0;
    return { to: `https://127.0.0.1:${port}`, seen };
  }

  function httpBy(https: string, noProxy = '', connectMs = 30_000): Http {
    const network = { ca: authority.ca, proxy: { https, noProxy } };
    const http = createHttp({ clock: systemClock, allowHttp: false, network, connectMs });
    onTestFinished(() => http.close());
    return http;
  }

  const create = (more: Partial<HttpRequest> = {}): HttpRequest => ({
    service: 'ims',
    operation: 'submit',
    method: 'POST',
    url: `https://${HOST}/v2/cloudimages/action`,
    json: { name: 'x' },
    beforeSend: () => true,
    ...more,
  });

  test('reads and creates arrive, with the login of the proxy', async () => {
    const service = await ims();
    const proxy = await connectProxy({ to: service.to, login: 'me:p w' });
    const http = httpBy(proxy.url.replace('//', '//me:p%20w@'));
    const call = { service: 'ims', operation: 'image', method: 'GET' } as const;
    const read = await http.request({ ...call, url: `https://${HOST}/v1/x` });
    expect(read).toMatchObject({ kind: 'answer', status: 200 });
    expect(await http.request(create())).toMatchObject({ kind: 'answer', status: 200 });
    expect(service.seen).toEqual(['GET /v1/x', 'POST /v2/cloudimages/action']);
    expect(proxy.asked).toEqual([`${HOST}:443`, `${HOST}:443`]);
  });

  test('a percent sign in its password that begins no escape is kept', async () => {
    const service = await ims();
    const proxy = await connectProxy({ to: service.to, login: 'me:100% ü' });
    const http = httpBy(proxy.url.replace('//', '//me:100%%20ü@'));
    expect(await http.request(create())).toMatchObject({ kind: 'answer', status: 200 });
  });

  test('what is excepted does not go there', async () => {
    const service = await ims();
    const proxy = await connectProxy({ to: service.to });
    const result = await httpBy(proxy.url, '.cloud.test').request(create());
    expect(result).toMatchObject({ kind: 'not-sent' });
    expect(proxy.asked).toEqual([]);
  });

  test.each([
    { what: 'wants a login', manner: { login: 'me:canary' }, code: 'PROXY_LOGIN' },
    { what: 'refuses', manner: { status: 403 }, code: 'PROXY_REFUSED' },
    { what: 'cannot reach it', manner: { status: 502 }, code: 'PROXY_REFUSED' },
    { what: 'says nothing', manner: { status: 0 }, code: 'PROXY_TIMEOUT', connectMs: 1000 },
  ])('a proxy that $what: the create was not sent', async ({ manner, code, connectMs }) => {
    const service = await ims();
    const proxy = await connectProxy({ to: service.to, ...manner });
    const http = httpBy(proxy.url.replace('//', '//me:wrong-canary@'), '', connectMs);
    const result = await http.request(create());
    expect(result).toMatchObject({ kind: 'not-sent', code });
    expect(JSON.stringify(result)).not.toContain('canary');
    expect(service.seen).toEqual([]);
  });

  test('a proxy that is away: the create was not sent', async () => {
    const result = await httpBy('http://127.0.0.1:2').request(create());
    expect(result).toMatchObject({ kind: 'not-sent', code: 'PROXY_AWAY' });
  });

  test('a process that was frozen in the tunnel before the first byte sends nothing', async () => {
    const service = await ims();
    const proxy = await connectProxy({ to: service.to });
    let asked = 0;
    const beforeSend = (): boolean => {
      asked += 1;
      return asked === 1;
    };
    const result = await httpBy(proxy.url).request(create({ beforeSend }));
    expect(result).toMatchObject({ kind: 'not-sent', code: 'TOO_LATE' });
    expect(asked).toBe(2);
    expect(service.seen).toEqual([]);
  });

  test('a proxy that dies when the create has left: unclear', async () => {
    const service = await ims('never');
    const proxy = await connectProxy({ to: service.to });
    const pending = httpBy(proxy.url).request(create());
    await until(() => service.seen.length === 1);
    proxy.cut();
    expect(await pending).toMatchObject({ kind: 'unclear' });
    expect(service.seen).toHaveLength(1);
  });

  test('TLS is spoken with the service, not with the proxy: a wrong name is found out', async () => {
    const service = await ims();
    const proxy = await connectProxy({ to: service.to });
    const result = await httpBy(proxy.url).request(create({ url: 'https://other.test/' }));
    expect(result).toMatchObject({ kind: 'not-sent', code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
    expect(service.seen).toEqual([]);
  });
});
