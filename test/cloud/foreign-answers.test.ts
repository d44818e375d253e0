import { afterAll, describe, expect, test } from 'vitest';
import type { HttpAnswer } from '../../src/shared/cloud/http/answer.ts';
import { createHttp } from '../../src/shared/cloud/http/http.ts';
import type { ImsClient } from '../../src/shared/cloud/ims/ims-answers.ts';
import { createImsClient } from '../../src/shared/cloud/ims/ims-client.ts';
import { sortSubmitAnswer } from '../../src/shared/cloud/ims/sort-submit-answer.ts';
import type { Sessions } from '../../src/shared/cloud/session/session.ts';
import { systemClock } from '../../src/shared/runtime/clock.ts';
import { FOREIGN_PAGES, type ForeignPage } from '../support/foreign-pages.ts';
import { rawServer } from '../support/raw-server.ts';

const http = createHttp({ clock: systemClock, allowHttp: false });
afterAll(() => http.close());

const textOf = ({ page, json }: ForeignPage): string => page ?? JSON.stringify(json);

function asAnswer(one: ForeignPage): HttpAnswer {
  return { kind: 'answer', status: one.status, body: one.json, text: textOf(one) };
}

/** An IMS whose every answer is this one, and how many tokens it was asked to forget. */
async function imsBehind(one: ForeignPage & { readonly headers?: Record<string, string> }) {
  const server = await rawServer((_, response) => {
    response.writeHead(one.status, one.headers ?? {}).end(textOf(one));
  });
  let forgotten = 0;
  const sessions: Sessions = {
    get: async () => ({
      authorize: () => ({ 'x-auth-token': 't' }),
      fingerprint: 't',
      projectId: 'p1',
      imsEndpoint: server.url,
      expiresAt: 0,
    }),
    invalidate: async (_, by) => {
      if (by !== 'foreign') forgotten += 1;
    },
  };
  const ims = createImsClient({ http, sessions, jobApi: 'project' });
  return { ims, forgotten: () => forgotten };
}

const READS: readonly [string, (ims: ImsClient) => Promise<{ readonly kind: string }>][] = [
  ['job', (ims) => ims.job('ff8080')],
  ['image', (ims) => ims.image('i-1')],
  ['images', (ims) => ims.images({ name: 'x' })],
  ['quota', (ims) => ims.quota()],
];

describe('an answer that is not the cloud’s own', () => {
  test.each(FOREIGN_PAGES)('to a create is unclear: $what ($status)', (one) => {
    expect(sortSubmitAnswer(asAnswer(one))).toMatchObject({ kind: 'unclear', foreign: true });
  });

  test.each(FOREIGN_PAGES)(
    'to a read says nothing, and costs no login: $what ($status)',
    async (one) => {
      const { ims, forgotten } = await imsBehind(one);
      for (const [name, read] of READS) {
        const answer = await read(ims);
        expect(answer, name).toMatchObject({ kind: 'failed' });
        if (one.status >= 400) expect(answer, name).toMatchObject({ foreign: true });
      }
      expect(forgotten()).toBe(0);
    },
  );

  test('hands on for how long it asks to be left alone', () => {
    const [one] = FOREIGN_PAGES;
    const asked = one && sortSubmitAnswer({ ...asAnswer(one), retryAfterMs: 7000 });
    expect(asked).toMatchObject({ kind: 'unclear', retryAfterMs: 7000 });
  });

  test('that sends elsewhere is foreign, too', () => {
    const redirect = { kind: 'unclear', code: 'REDIRECT', message: 'm' } as const;
    expect(sortSubmitAnswer(redirect)).toMatchObject({ kind: 'unclear', foreign: true });
    const cut = { kind: 'unclear', code: 'TIMEOUT', message: 'm' } as const;
    expect(sortSubmitAnswer(cut)).not.toHaveProperty('foreign');
  });
});

describe('an answer of the cloud itself is believed', () => {
  const keystone = (code: number) => ({ error: { code, message: 'no', title: 'Title' } });

  test.each([
    {
      what: 'IMS',
      status: 403,
      json: { error: { code: 'IMG.0026', message: 'no' } },
      kind: 'stop',
    },
    { what: 'IMS, flat', status: 400, json: { code: 'IMG.0015', message: 'no' }, kind: 'stop' },
    {
      what: 'the gateway',
      status: 403,
      json: { error_code: 'APIGW.0302', error_msg: 'no' },
      kind: 'stop',
    },
    { what: 'Keystone', status: 401, json: keystone(401), kind: 'not-sent' },
    {
      what: 'OpenStack',
      status: 401,
      json: { unauthorized: { code: 401, message: 'no' } },
      kind: 'not-sent',
    },
    { what: 'Keystone, without a verdict', status: 403, json: keystone(403), kind: 'unclear' },
    {
      what: 'IMS, with an unknown code',
      status: 403,
      json: { error: { code: 'IMG.9999', message: 'x' } },
      kind: 'unclear',
    },
    {
      what: 'IMS under the status of a proxy',
      status: 407,
      json: { error: { code: 'IMG.0026', message: 'x' } },
      kind: 'unclear',
    },
  ])('$what ($status): $kind', ({ status, json, kind, what }) => {
    const sorted = sortSubmitAnswer(asAnswer({ what, status, json }));
    expect(sorted.kind).toBe(kind);
    expect(sorted).not.toHaveProperty('foreign');
  });

  test.each([
    { what: 'Keystone', status: 401, json: keystone(401) },
    { what: 'the gateway', status: 401, json: { error_code: 'APIGW.0307', error_msg: 'no' } },
    {
      what: 'the middleware of Keystone, in plain text',
      status: 401,
      page: 'Authentication required',
      headers: { 'www-authenticate': "Keystone uri='https://iam.test/v3'" },
    },
  ])('$what finds a token dead', async (one) => {
    const { ims, forgotten } = await imsBehind(one);
    expect((await ims.quota()).kind).toBe('failed');
    expect(forgotten()).toBe(1);
  });

  test.each([
    { what: 'Glance, in plain text', page: 'No image found with ID i-1' },
    {
      what: 'Glance, as a page',
      page: '<title>404 Not Found</title>No image found with ID i-1<br />',
    },
    {
      what: 'Glance, as JSON',
      json: {
        message: 'No image found with ID i-1<br />',
        code: '404 Not Found',
        title: 'Not Found',
      },
    },
    { what: 'OpenStack', json: { itemNotFound: { code: 404, message: 'no' } } },
    { what: 'IMS', json: { error: { code: 'IMG.0144', message: 'no' } } },
  ])('$what does not know an image', async (one) => {
    const { ims } = await imsBehind({ ...one, status: 404 });
    expect(await ims.image('i-1')).toMatchObject({ kind: 'not-found' });
  });

  test('but not when it speaks of another image', async () => {
    const page = 'No image found with ID i-2';
    const { ims } = await imsBehind({ what: 'Glance', status: 404, page });
    expect(await ims.image('i-1')).toMatchObject({ kind: 'failed' });
  });
});
