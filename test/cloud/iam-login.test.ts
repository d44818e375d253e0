import { afterAll, describe, expect, test } from 'vitest';
import { createHttp } from '../../src/shared/cloud/http/http.ts';
import { loginAdvice } from '../../src/shared/cloud/iam/iam-call.ts';
import { login, passwordBody, projectScope } from '../../src/shared/cloud/iam/login.ts';
import type { Login } from '../../src/shared/cloud/iam/login-answer.ts';
import type { CloudConfig } from '../../src/shared/config/cloud/cloud-config.ts';
import { CloudError, LoginRefusedError } from '../../src/shared/errors/errors.ts';
import { systemClock } from '../../src/shared/runtime/clock.ts';
import { passwordCloud } from '../support/cloud-config.ts';
import { FOREIGN_PAGES } from '../support/foreign-pages.ts';
import { rawServer } from '../support/raw-server.ts';

const http = createHttp({ clock: systemClock, allowHttp: false });
afterAll(() => http.close());

const CLOUD = passwordCloud(
  { username: 'me', password: 'canary-password', domain: 'acct' },
  { authUrl: 'https://iam.test/v3' },
);
const { now } = systemClock;

function bodyOf({ credential, project }: CloudConfig): unknown {
  if (credential.method !== 'password') throw new TypeError('no password');
  return passwordBody(credential, project && projectScope({ project }));
}

const endpoint = (region: string, url: string, face = 'public') => ({
  interface: face,
  region,
  region_id: region,
  url,
});
const CATALOG = [
  { type: 'identity', endpoints: [endpoint('*', 'https://iam.test')] },
  {
    type: 'image',
    endpoints: [
      endpoint('eu-de', 'https://internal.test', 'internal'),
      endpoint('eu-de', 'https://ims.eu-de.test/'),
      endpoint('eu-de', 'https://second.test'),
      endpoint('eu-nl', 'https://ims.eu-nl.test/v2'),
    ],
  },
];
const TOKEN = {
  issued_at: '2026-01-01T00:00:00.000000Z',
  expires_at: '2026-01-02T00:00:00.000000Z',
  project: { id: 'p1', name: 'eu-de_team' },
  catalog: CATALOG,
};

interface Reply {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
}

async function loginAt(reply: Reply, cloud: Partial<CloudConfig> = {}): Promise<Login> {
  const { status = 201, headers = { 'x-subject-token': 'MII' }, body } = reply;
  const server = await rawServer((_, response) => {
    response.writeHead(status, headers).end(JSON.stringify(body ?? { token: TOKEN }));
  });
  return login({ http, now, cloud: { ...CLOUD, ...cloud, authUrl: `${server.url}/v3` } });
}

async function failureOf(attempt: Promise<unknown>): Promise<CloudError | LoginRefusedError> {
  const error = await attempt.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof CloudError || error instanceof LoginRefusedError) return error;
  throw new TypeError('no failure of a login', { cause: error });
}

describe('the request', () => {
  test('scopes by the name of the project and its domain', () => {
    expect(bodyOf(CLOUD)).toEqual({
      auth: {
        identity: {
          methods: ['password'],
          password: {
            user: { name: 'me', password: 'canary-password', domain: { name: 'acct' } },
          },
        },
        scope: { project: { name: 'eu-de_team', domain: { name: 'acct' } } },
      },
    });
  });

  test('scopes by the id of the project alone where it is known', () => {
    const user = { name: 'me', domain: { id: 'd1' } };
    const credential = { method: 'password', user, password: 'p' } as const;
    const body = bodyOf({ ...CLOUD, credential, project: { id: 'p1', name: 'eu-de_team' } });
    expect(body).toMatchObject({
      auth: {
        identity: { password: { user: { domain: { id: 'd1' } } } },
        scope: { project: { id: 'p1' } },
      },
    });
    expect(JSON.stringify(body)).not.toContain('eu-de_team');
  });
});

describe('the answer', () => {
  test('has token, project and lifetime, whatever the local clock says', async () => {
    expect(await loginAt({})).toMatchObject({ token: 'MII', projectId: 'p1', lifeMs: 86_400_000 });
  });

  test.each([
    { what: 'the first public one', cloud: {}, url: 'https://ims.eu-de.test' },
    { what: 'that of the region', cloud: { region: 'eu-nl' }, url: 'https://ims.eu-nl.test' },
    { what: 'an override', cloud: { imsEndpoint: 'https://o.test' }, url: 'https://o.test' },
  ])('the endpoint is $what', async ({ cloud, url }) => {
    expect((await loginAt({}, cloud)).imsEndpoint).toBe(url);
  });

  test.each([
    { what: 'no catalog', token: { ...TOKEN, catalog: null }, says: 'no image service' },
    { what: 'no project', token: { ...TOKEN, project: null }, says: 'without a project' },
    {
      what: 'a path for a project',
      token: { ...TOKEN, project: { id: '../x' } },
      says: 'did not send a token',
    },
    {
      what: 'no life left',
      token: { ...TOKEN, expires_at: TOKEN.issued_at },
      says: 'expired already',
    },
    { what: 'no times', token: { project: TOKEN.project }, says: 'did not send a token' },
  ])('$what is an error in words', async ({ token, says }) => {
    const error = await failureOf(loginAt({ body: { token } }));
    expect(error).toBeInstanceOf(CloudError);
    expect(error.message).toContain(says);
  });

  test('a region without IMS is named', async () => {
    const error = await failureOf(loginAt({}, { region: 'eu-xx' }));
    expect(error.message).toContain('in region eu-xx');
  });

  test('a token that is only in the body is none', async () => {
    expect(await failureOf(loginAt({ headers: {} }))).toBeInstanceOf(CloudError);
  });
});

describe('a refusal', () => {
  test.each([400, 401, 403])('HTTP %i is not tried again', async (status) => {
    const body = { error: { code: status, message: 'words of IAM', title: 'Title' } };
    const error = await failureOf(loginAt({ status, body }));
    expect(error).toBeInstanceOf(LoginRefusedError);
    expect(error.message).toContain('words of IAM');
    expect(JSON.stringify([error.message, error.advice])).not.toContain('canary');
  });

  test.each([
    { status: 400, code: 'IAM.0011' },
    { status: 401, code: 'IAM.0061' },
    { status: 401, code: 'APIGW.0301' },
    { status: 403, code: 'IAM.0080' },
    { status: 404, code: 'IAM.0004' },
  ])('$code with HTTP $status is not tried again', async ({ status, code }) => {
    const body = { error_code: code, error_msg: 'words of IAM' };
    expect(await failureOf(loginAt({ status, body }))).toBeInstanceOf(LoginRefusedError);
  });

  test.each([
    { status: 401, code: 'IAM.0012' },
    { status: 400, code: 'IAM.0006' },
    { status: 403, code: 'APIGW.0302' },
    { status: 404, code: 'APIGW.0101' },
  ])('$code with HTTP $status may be tried again', async ({ status, code }) => {
    const body = { error_code: code, error_msg: 'words' };
    expect(await failureOf(loginAt({ status, body }))).toBeInstanceOf(CloudError);
  });

  test.each(FOREIGN_PAGES)('is not what $what ($status) says', async ({ status, page, json }) => {
    const server = await rawServer((_, response) => {
      response.writeHead(status).end(page ?? JSON.stringify(json));
    });
    const authUrl = `${server.url}/v3`;
    const keys = { method: 'keys', accessKey: 'AK', secretKey: 'SK' } as const;
    const given = { method: 'token', token: 'canary-token' } as const;
    for (const one of [
      {},
      { credential: keys },
      { credential: keys, project: { id: 'p1' } },
      { credential: given },
    ]) {
      const error = await failureOf(login({ http, now, cloud: { ...CLOUD, ...one, authUrl } }));
      expect(error).toBeInstanceOf(CloudError);
      expect(['NO_ENDPOINT', 'NO_PROJECT']).not.toContain((error as CloudError).serviceCode);
      expect(error.message).not.toContain('canary');
    }
  });

  test.each([408, 410, 429, 500, 503])('HTTP %i may be tried again', async (status) => {
    const body = { error_code: 'IAM.0012', error_msg: 'busy' };
    const error = await failureOf(loginAt({ status, body }));
    expect(error).toBeInstanceOf(CloudError);
    expect(error).toHaveProperty('serviceCode', 'IAM.0012');
  });

  test('a connection that is cut may be tried again, and the login was sent once', async () => {
    const server = await rawServer((request) => request.socket.destroy());
    const error = await failureOf(
      login({ http, now, cloud: { ...CLOUD, authUrl: `${server.url}/v3` } }),
    );
    expect(error).toBeInstanceOf(CloudError);
    expect(error.message).not.toContain('canary');
    expect(server.seen).toHaveLength(1);
  });

  test.each([
    { code: 'HTTP_401', message: 'MFA is required for this user', says: 'second factor' },
    { code: 'IAM.0001', message: 'please supply a TOTP', says: 'second factor' },
    { code: 'IAM.0061', message: 'x', says: 'locked' },
    { code: 'IAM.0062', message: 'x', says: 'OS_PASSWORD' },
    { code: 'IAM.0080', message: 'x', says: 'disabled' },
    { code: 'IAM.0081', message: 'x', says: 'console only' },
    { code: 'HTTP_403', message: 'The user has been disabled.', says: 'enabled' },
    { code: 'HTTP_401', message: 'The account is locked.', says: 'unlock' },
    { code: 'HTTP_401', message: 'wrong', says: 'OS_USERNAME' },
  ])('$code "$message" is advised: $says', ({ code, message, says }) => {
    expect(loginAdvice({ code, message }, 'password')).toContain(says);
  });
});
