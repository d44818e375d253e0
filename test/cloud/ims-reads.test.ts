import type { IncomingMessage } from 'node:http';
import { afterAll, describe, expect, test } from 'vitest';
import { createHttp } from '../../src/shared/cloud/http/http.ts';
import type { ImsClient } from '../../src/shared/cloud/ims/ims-answers.ts';
import { createImsClient } from '../../src/shared/cloud/ims/ims-client.ts';
import type { Session, Sessions } from '../../src/shared/cloud/session/session.ts';
import type { CloudConfig } from '../../src/shared/config/cloud/cloud-config.ts';
import { CloudError, LoginRefusedError } from '../../src/shared/errors/errors.ts';
import { systemClock } from '../../src/shared/runtime/clock.ts';
import { rawServer } from '../support/raw-server.ts';

const http = createHttp({ clock: systemClock, allowHttp: false });
afterAll(() => http.close());

interface Reply {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
}

interface Fake {
  readonly ims: ImsClient;
  /** Paths with query, in the order of the calls. */
  readonly paths: string[];
  readonly invalidated: string[];
}

/** An IMS that answers each path as the test says. */
async function imsThat(
  answer: (url: URL, request: IncomingMessage) => Reply,
  {
    jobApi = 'project',
    ...more
  }: Partial<Pick<CloudConfig, 'jobApi' | 'enterpriseProjectId'>> = {},
): Promise<Fake> {
  const paths: string[] = [];
  const invalidated: string[] = [];
  const server = await rawServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://ims.test');
    paths.push(`${url.pathname}${url.search}`);
    const { status = 200, headers = {}, body } = answer(url, request);
    response.writeHead(status, headers).end(body === undefined ? '' : JSON.stringify(body));
  });
  let tokens = 1;
  const sessions: Sessions = {
    get: async () => sessionAt(server.url, `t-${tokens}`),
    invalidate: async ({ fingerprint }) => {
      invalidated.push(fingerprint);
      tokens += 1;
    },
  };
  return { ims: createImsClient({ http, sessions, jobApi, ...more }), paths, invalidated };
}

function sessionAt(imsEndpoint: string, token: string): Session {
  const authorize = () => ({ 'x-auth-token': token });
  return { authorize, fingerprint: token, projectId: 'p1', imsEndpoint, expiresAt: 0 };
}

const image = (id: string) => ({ id, name: id, status: 'active', owner: 'p1', tags: [] });
const images = (from: number, count: number) =>
  Array.from({ length: count }, (_, at) => image(`i-${String(from + at).padStart(5, '0')}`));
const NO_JOB = { status: 404, body: { itemNotFound: { code: 404, message: 'no such job' } } };
const DEAD = { status: 401, body: { error_code: 'APIGW.0307', error_msg: 'dead' } };
const NO_API = { status: 404, body: { error_code: 'APIGW.0101', error_msg: 'no such API' } };

describe('the list', () => {
  test('is requested with owner, encoded tag and marker, and without a status', async () => {
    const { ims, paths } = await imsThat((url) => ({
      body: { images: url.searchParams.has('marker') ? images(500, 1) : images(0, 500) },
    }));
    const listed = await ims.images({ marker: 'K'.repeat(43) });
    expect(listed.kind === 'ok' ? listed.value.length : listed).toBe(501);
    const query = `owner=p1&limit=500&tag=imsferry%3D${'K'.repeat(43)}`;
    expect(paths).toEqual([`/v2/cloudimages?${query}`, `/v2/cloudimages?${query}&marker=i-00499`]);
  });

  test.each([
    { usual: undefined, own: undefined, asked: [null] },
    { usual: undefined, own: 'own', asked: [null] },
    { usual: 'ep', own: undefined, asked: ['ep'] },
    { usual: 'ep', own: 'ep', asked: ['ep'] },
    { usual: 'ep', own: 'own', asked: ['ep', 'own'] },
    { usual: 'all_granted_eps', own: 'own', asked: ['all_granted_eps'] },
  ])('of enterprise project $usual, for an image of $own: $asked', async (row) => {
    const { usual, own, asked } = row;
    const more = usual === undefined ? {} : { enterpriseProjectId: usual };
    const { ims, paths } = await imsThat(() => ({ body: { images: [image('i')] } }), more);
    const filter = own === undefined ? {} : { enterpriseProjectId: own };
    const listed = await ims.images({ id: 'i', ...filter });
    expect(listed.kind === 'ok' ? listed.value.length : listed).toBe(asked.length);
    const projects = paths.map((path) =>
      new URL(path, 'http://ims').searchParams.get('enterprise_project_id'),
    );
    expect(projects).toEqual(asked);
  });

  test('an image is read by its id, registered or not', async () => {
    const { ims, paths } = await imsThat(() => ({ body: { images: [image('i')] } }));
    await ims.images({ id: 'i' });
    await ims.images({ id: 'i', isUnregistered: true });
    expect(paths).toEqual([
      '/v2/cloudimages?owner=p1&limit=500&id=i',
      '/v2/cloudimages?owner=p1&limit=500&id=i&__isregistered=false',
    ]);
  });

  test('a name is encoded, spaces and all', async () => {
    const { ims, paths } = await imsThat(() => ({ body: { images: [] } }));
    await ims.images({ name: 'a b+c&d' });
    expect(paths[0]).toContain('name=a%20b%2Bc%26d');
  });

  test.each([
    { what: 'a filtered list', filter: { name: 'x' }, calls: 3 },
    { what: 'the whole list, until nothing comes', filter: {}, calls: 4 },
  ])('continues by marker after a short page with a next one: $what', async ({ filter, calls }) => {
    const { ims, paths } = await imsThat((url) => {
      const from = { none: 0, 'i-00099': 100, 'i-00199': 200, 'i-00206': 207 }[
        url.searchParams.get('marker') ?? 'none'
      ];
      if (from === undefined) return { status: 400 };
      if (from === 207) return { body: { images: [] } };
      return from === 200
        ? { body: { images: images(200, 7) } }
        : { body: { images: images(from, 100), next: 'https://elsewhere.test/steal' } };
    });
    const listed = await ims.images(filter);
    expect(listed.kind === 'ok' ? listed.value.length : listed).toBe(207);
    expect(paths).toHaveLength(calls);
  });

  test('that names a next page for ever ends where nothing new comes', async () => {
    const { ims, paths } = await imsThat(() => ({ body: { images: images(0, 3), next: '/x' } }));
    expect(await ims.images({ name: 'x' })).toMatchObject({ kind: 'ok', value: { length: 3 } });
    expect(paths).toHaveLength(2);
  });

  test('that goes round in circles is not read', async () => {
    const { ims, paths } = await imsThat(() => ({ body: { images: images(0, 500) } }));
    expect(await ims.images({})).toMatchObject({ kind: 'failed', code: 'ENDLESS_LIST' });
    expect(paths).toHaveLength(2);
  });

  test('that is longer than any account has images is an error, no end of the list', async () => {
    const { ims, paths } = await imsThat(() => {
      const from = paths.length;
      return { body: { images: images(from, 1), next: `/v2/cloudimages?marker=${from}` } };
    });
    expect(await ims.images({})).toMatchObject({ kind: 'failed', code: 'LONG_LIST' });
    expect(paths).toHaveLength(200);
  });

  test.each([
    { what: 'a page fails', reply: { status: 503 } },
    { what: 'a page is something else', reply: { body: { pictures: [] } } },
  ])('is not half read: $what', async ({ reply }) => {
    const { ims } = await imsThat((url) =>
      url.searchParams.has('marker') ? reply : { body: { images: images(0, 500) } },
    );
    expect((await ims.images({})).kind).toBe('failed');
  });
});

test('an unreadable image is reported beside the others, over all pages, once', async () => {
  const odd = [null, { id: 'i-odd', name: 'x' }];
  const { ims, paths } = await imsThat((url) => ({
    body: { images: [...odd, ...(url.searchParams.has('marker') ? [] : images(0, 500))] },
  }));
  const list = await ims.images({});
  if (list.kind !== 'ok') return expect.unreachable();
  expect(list.value).toHaveLength(500);
  expect(list.odd?.map(({ image }) => image.id)).toEqual(['', 'i-odd']);
  expect(paths).toHaveLength(2);
  const [, second] = paths;
  expect(second).toContain('marker=i-00499');
  const own = await ims.images({ id: 'i-00001' });
  expect(own).toMatchObject({
    value: [{ id: 'i-00001' }],
    odd: [{ fields: ['id', 'status', 'owner', 'tags'] }],
  });
});

test('images without an id at the same place of two pages are two', async () => {
  const nameless = (name: string) => ({ ...image('x'), id: null, name });
  const { ims } = await imsThat((url) => ({
    body: url.searchParams.has('marker')
      ? { images: [nameless('b')] }
      : { images: [nameless('a'), ...images(0, 499)] },
  }));
  const list = await ims.images({});
  expect(list).toMatchObject({ odd: [{ image: { name: 'a' } }, { image: { name: 'b' } }] });
});

test('a list of nothing but what cannot be read is a list', async () => {
  const { ims, paths } = await imsThat(() => ({ body: { images: [{ id: 'i-odd' }] } }));
  expect(await ims.images({})).toMatchObject({ kind: 'ok', value: [], odd: [{}] });
  expect(paths).toHaveLength(1);
});

describe('a job', () => {
  test('the path that exists is kept', async () => {
    const { ims, paths } = await imsThat((url) =>
      url.pathname.startsWith('/v1/cloudimages/job/')
        ? { body: { job_id: url.pathname.split('/').at(-1), status: 'INIT' } }
        : NO_API,
    );
    for (const id of ['a', 'b']) expect((await ims.job(id)).kind).toBe('ok');
    expect(paths).toEqual(['/v1/p1/jobs/a', '/v1/cloudimages/job/a', '/v1/cloudimages/job/b']);
  });

  test.each([
    { what: 'unknown', reply: NO_JOB, is: { kind: 'not-found' } },
    {
      what: 'throttled',
      reply: { status: 429, headers: { 'retry-after': '7' } },
      is: { kind: 'failed', throttled: true, retryAfterMs: 7000 },
    },
    { what: 'missing too', reply: NO_API, is: { kind: 'failed', code: 'APIGW.0101' } },
  ])('what the other path says counts: $what', async ({ reply, is }) => {
    const { ims } = await imsThat((url) => (url.pathname === '/v1/p1/jobs/a' ? reply : NO_API), {
      jobApi: 'progress',
    });
    expect(await ims.job('a')).toMatchObject(is);
  });
});

describe('an answer about something other than the request', () => {
  const unreadable = { kind: 'failed', throttled: false, code: 'UNREADABLE' };

  test.each([
    { what: 'another job', body: { job_id: 'b', status: 'FAIL' } },
    { what: 'a job without an id', body: { status: 'FAIL' } },
    { what: 'an image', body: image('a') },
  ])('says nothing about a job: $what', async ({ body }) => {
    const { ims } = await imsThat(() => ({ body }));
    expect(await ims.job('a')).toMatchObject(unreadable);
  });

  test.each([
    { what: 'another image', body: image('b') },
    { what: 'a list', body: { images: [image('a')] } },
  ])('says nothing about an image: $what', async ({ body }) => {
    const { ims } = await imsThat(() => ({ body }));
    expect(await ims.image('a')).toMatchObject(unreadable);
  });

  test('is left out of a list by id or status', async () => {
    const { ims } = await imsThat(() => ({ body: { images: [image('a'), image('b')] } }));
    expect(await ims.images({ id: 'b' })).toMatchObject({ value: [{ id: 'b' }] });
    expect(await ims.images({ status: 'saving' })).toMatchObject({ value: [] });
  });
});

describe('a token that is refused', () => {
  test.each([
    { what: 'APIGW.0307', reply: DEAD },
    { what: 'IMG.0087', reply: { status: 400, body: { error: { code: 'IMG.0087' } } } },
  ])('($what) is renewed once, and once only', async ({ reply }) => {
    const { ims, paths, invalidated } = await imsThat(() => reply);
    expect((await ims.quota()).kind).toBe('failed');
    expect(paths).toHaveLength(2);
    expect(invalidated).toEqual(['t-1']);
  });

  test.each([
    { error: new LoginRefusedError('no'), code: 'LOGIN_REFUSED' },
    { error: new CloudError('IAM', 'away'), code: 'CLOUD' },
    { error: new CloudError('IAM', 'busy', { serviceCode: 'IAM.0012' }), code: 'IAM.0012' },
  ])('a login that fails is an answer: $code', async ({ error, code }) => {
    const sessions: Sessions = {
      get: () => Promise.reject(error),
      invalidate: async () => undefined,
    };
    const ims = createImsClient({ http, sessions, jobApi: 'project' });
    expect(await ims.quota()).toMatchObject({ kind: 'failed', throttled: false, code });
  });
});
