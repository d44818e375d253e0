import { describe, expect, test } from 'vitest';
import { CREATE, cloud, PROJECT, SYSTEM } from './plain-cloud.ts';
import { type SignedCall, signedCall } from './signed-call.ts';

const LIST = '/v2/cloudimages?name=my%20img&limit=1';
const OLD = '20260101///sdk_request';
const OTHER = { id: '2'.repeat(32), name: 'eu-de_other', region: 'eu-de' };
const body = JSON.stringify({ ...SYSTEM, name: 'Grüße' });
const POST = { method: 'POST', path: CREATE, body, headers: { 'x-project-id': PROJECT } };

describe('a request with a good signature', () => {
  test.each<{ what: string; call: SignedCall }>([
    { what: 'of a list', call: { path: LIST } },
    { what: 'in the older dialect', call: { path: LIST, scope: OLD } },
    { what: 'for a region and a service', call: { path: LIST, scope: '20260101/r/s/sdk_request' } },
    { what: 'of the catalog', call: { path: '/v3/auth/catalog' } },
    { what: 'of the projects', call: { path: '/v3/projects?name=eu-de_demo' } },
    { what: 'of the projects of the user', call: { path: '/v3/auth/projects' } },
    { what: 'of a create', call: POST },
    { what: 'of a create in the older dialect', call: { ...POST, scope: OLD } },
    {
      what: 'with an unsigned project',
      call: { path: LIST, unsigned: { 'x-project-id': PROJECT } },
    },
    { what: 'of the date alone', call: { path: LIST, names: ['x-sdk-date'] } },
    {
      what: 'of a body that is not signed',
      call: {
        ...POST,
        sentBody: JSON.stringify(SYSTEM),
        headers: { 'x-sdk-content-sha256': 'UNSIGNED-PAYLOAD' },
      },
    },
  ])('is as good as one with a token: $what', async ({ call }) => {
    const parts = await cloud();
    expect((await signedCall(parts, call)).status).toBe(200);
    expect(parts.simulator.stats).toMatchObject({ signed: 1, failedSignatures: 0, logins: 1 });
  });

  test('has the project of X-Project-Id, or the only one of the user', async () => {
    const parts = await cloud({ projects: [OTHER] });
    const post = (id?: string) =>
      signedCall(parts, { ...POST, headers: id === undefined ? {} : { 'x-project-id': id } });
    expect((await post(OTHER.id)).status).toBe(200);
    expect(parts.simulator.accepted).toMatchObject([{ projectId: OTHER.id }]);
    expect(await post()).toMatchObject({ status: 403, body: { error_code: 'APIGW.0302' } });
    expect(await post('x')).toMatchObject({ status: 403, body: { error_code: 'APIGW.0310' } });
    expect((await signedCall(parts, { path: '/v3/projects' })).body['projects']).toHaveLength(3);
  });

  test.each(['headers', 'unsigned'])('with temporary keys, their token among %s', async (where) => {
    const parts = await cloud();
    const keys = parts.simulator.credentials.temporaryKeys;
    const send = (token: string) =>
      signedCall(parts, { path: LIST, keys, [where]: { 'x-security-token': token } });
    expect((await send(keys.securityToken)).status).toBe(200);
    expect((await send('another')).body['error_msg']).toMatch(/X-Security-Token is invalid$/);
    const bare = await signedCall(parts, { path: LIST, keys });
    expect(bare.body['error_msg']).toMatch(/X-Security-Token is missing$/);
  });
});

test('a space of the query may be sent as a plus', async () => {
  const sentPath = LIST.replace('%20', '+');
  expect((await signedCall(await cloud(), { path: LIST, sentPath })).status).toBe(200);
});

describe('a signature is refused', () => {
  const keys = { accessKey: 'DEMOACCESSKEY0000001', secretKey: 'no' };

  test.each<{ what: string; call: Partial<SignedCall>; says: RegExp }>([
    { what: 'with a wrong key', call: { keys }, says: /verify aksk signature fail$/ },
    {
      what: 'with an unknown key',
      call: { keys: { ...keys, accessKey: 'NOBODY' } },
      says: /Get secretKey failed,ak:NOBODY,err:ak not exist$/,
    },
    { what: 'without its date', call: { names: ['host'] }, says: /x-sdk-date must be signed$/ },
    {
      what: 'with a date of another form',
      call: { headers: { 'x-sdk-date': '2026-01-01T00:00:00Z' } },
      says: /format of x-sdk-date/,
    },
    {
      what: 'when it is too old',
      call: { headers: { 'x-sdk-date': '20251231T234459Z' } },
      says: /x-sdk-date is more than 15 minutes off/,
    },
    {
      what: 'when it is of the future',
      call: { headers: { 'x-sdk-date': '20260101T001501Z' } },
      says: /x-sdk-date is more than 15 minutes off/,
    },
    {
      what: 'with the scope of another day',
      call: { scope: '20260102///sdk_request' },
      says: /aksk/,
    },
    { what: 'with a scope of another end', call: { scope: '20260101///x' }, says: /aksk/ },
    {
      what: 'of a header that was not sent',
      call: { names: ['host', 'x-nothing', 'x-sdk-date'] },
      says: /aksk/,
    },
    {
      what: 'of another body',
      call: { ...POST, sentBody: body.replace('40', '41') },
      says: /aksk/,
    },
    {
      what: 'with the digest of another body',
      call: { ...POST, headers: { 'x-sdk-content-sha256': 'ab'.repeat(32) } },
      says: /aksk/,
    },
  ])('$what', async ({ call, says }) => {
    const parts = await cloud();
    const answer = await signedCall(parts, { path: LIST, ...call });
    expect(answer).toMatchObject({ status: 401, body: { error_code: 'APIGW.0301' } });
    expect(answer.body['error_msg']).toMatch(says);
    expect(parts.simulator.stats).toMatchObject({ signed: 0, failedSignatures: 1, posts: 0 });
  });

  test('at exactly fifteen minutes not yet', async () => {
    const call = { path: LIST, headers: { 'x-sdk-date': '20251231T234500Z' } };
    expect((await signedCall(await cloud(), call)).status).toBe(200);
  });

  test('never for how its path and query are written', async () => {
    const parts = await cloud();
    const get = (path: string) => signedCall(parts, { path });
    expect((await get('/v2/images/a%2Fb')).status).toBe(404);
    expect((await get('/v2/cloudimages?tag=k%3Dv&tag=a&__os_type=Linux')).status).toBe(200);
  });

  test('with more than 12 MB', async () => {
    const answer = await signedCall(await cloud(), { ...POST, body: ' '.repeat(12_000_001) });
    expect(answer).toMatchObject({ status: 401, body: { error_code: 'APIGW.0301' } });
  });

  test('five times, and then for five minutes also when it is good', async () => {
    const parts = await cloud();
    const wrong = () => signedCall(parts, { path: LIST, keys });
    for (let count = 0; count < 5; count += 1) {
      expect((await wrong()).body['error_msg']).toMatch(/verify aksk/);
    }
    const good = () => signedCall(parts, { path: LIST });
    expect((await good()).body['error_msg']).toMatch(
      /AK access failed to reach the limit,forbidden\.$/,
    );
    parts.time.now += 300_000;
    expect((await good()).status).toBe(200);
  });
});
