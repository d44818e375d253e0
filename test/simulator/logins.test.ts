import { describe, expect, test } from 'vitest';
import { USER_ID } from '../../simulator/iam/directory.ts';
import type { SimulatorSettings } from '../../simulator/start-simulator.ts';
import { type Answer, cloud, LOGIN, PROJECT } from './plain-cloud.ts';
import { signedCall } from './signed-call.ts';

const TOKENS = '/v3/auth/tokens';
const AGENCY = 'OTC00000000001000000002';
const AGENCY_SCOPE = { project: { name: 'eu-de_agency' } };
const tokenOf = ({ headers }: Answer) => headers.get('x-subject-token') ?? '';

/** A cloud, and a login with any methods. */
async function iam(settings: SimulatorSettings = {}) {
  const parts = await cloud(settings);
  const login = (identity: object, scope?: object, token?: string) =>
    parts.call('POST', TOKENS, {
      body: { auth: { identity, ...(scope ? { scope } : {}) } },
      ...(token === undefined ? {} : { token }),
    });
  const assume = (names: object, scope: object = AGENCY_SCOPE, token = parts.token) =>
    login({ methods: ['assume_role'], assume_role: names }, scope, token);
  return { ...parts, login, assume };
}

describe('a login with MFA', () => {
  const { password } = LOGIN('demo-password').auth.identity;
  const totp = (passcode: string, id = USER_ID) => ({
    methods: ['password', 'totp'],
    password,
    totp: { user: { id, passcode } },
  });

  test('wants a passcode beside the password', async () => {
    const { login, simulator } = await iam({ mfa: true });
    const without = await login({ methods: ['password'], password });
    expect(without).toMatchObject({ status: 401, body: { error: { code: 401 } } });
    expect(JSON.stringify(without.body)).toMatch(/MFA/);
    expect(without.headers.has('openstack-auth-receipt')).toBe(false);
    const right = await login(totp('123456'), { project: { id: PROJECT } });
    expect(right.status).toBe(201);
    expect(right.body['token']).toMatchObject({
      methods: ['password', 'totp'],
      mfa_authn_at: expect.stringMatching(/\.\d{6}Z$/),
    });
    expect(simulator.stats.loginsBy).toEqual({ 'password+totp': 1 });
  });

  test('is answered with a receipt, where the cloud gives receipts', async () => {
    const { login } = await iam({ mfa: true, mfaReceipt: true });
    const { body, headers } = await login({ methods: ['password'], password });
    expect(headers.get('openstack-auth-receipt')).toMatch(/^receipt-/);
    expect(body).toMatchObject({
      error: { code: 401 },
      receipt: { methods: ['password'], user: { id: USER_ID } },
      required_auth_methods: [['password', 'totp']],
    });
  });

  test.each([
    { what: 'a wrong passcode', identity: totp('0'), status: 401 },
    { what: 'the passcode of another user', identity: totp('123456', 'x'), status: 401 },
    {
      what: 'a passcode without its user',
      identity: { methods: ['password', 'totp'], password },
      status: 400,
    },
  ])('is refused with $what', async ({ identity, status }) => {
    const { login } = await iam();
    expect((await login(identity)).status).toBe(status);
  });

  test('locks the account after wrong passcodes', async () => {
    const { login } = await iam({ lockAfter: 2 });
    await login(totp('0'));
    await login(totp('1'));
    expect((await login(totp('123456'))).body).toMatchObject({ error_code: 'IAM.0061' });
  });
});

describe('a login with a token', () => {
  const given = (id: string) => ({ methods: ['token'], token: { id } });

  test('has another scope and the same end', async () => {
    const { login, time, simulator, token } = await iam();
    const unscoped = await login(given(token));
    time.now += 60_000;
    const scoped = await login(given(tokenOf(unscoped)), { project: { id: PROJECT } });
    expect(scoped.body['token']).toMatchObject({
      methods: ['token'],
      issued_at: '2026-01-01T00:01:00.000000Z',
      expires_at: '2026-01-02T00:00:00.000000Z',
      project: { id: PROJECT },
    });
    expect(simulator.stats).toMatchObject({ logins: 3, loginsBy: { password: 1, token: 2 } });
  });

  test('is refused with an expired one, and locks no account', async () => {
    const { login, call } = await iam({ lockAfter: 1 });
    expect((await login(given('x'))).status).toBe(401);
    expect((await call('POST', TOKENS, { body: LOGIN('demo-password') })).status).toBe(201);
  });
});

describe('a login by an agency', () => {
  const names = { domain_name: AGENCY, xrole_name: 'demo-agency' };

  test('works for the other account', async () => {
    const { assume, get, call, simulator } = await iam();
    const answer = await assume(names);
    expect(answer.status).toBe(201);
    expect(answer.body['token']).toMatchObject({
      methods: ['assume_role'],
      user: { name: `${AGENCY}/demo-agency`, domain: { name: AGENCY } },
      project: { name: 'eu-de_agency', domain: { name: AGENCY } },
      assumed_by: { user: { id: USER_ID, name: 'demo' } },
    });
    const token = tokenOf(answer);
    const { body } = await call('GET', '/v3/auth/projects', { token });
    expect(body).toMatchObject({ projects: [{ name: 'eu-de_agency' }, { name: 'eu-de' }] });
    expect((await call('GET', '/v2/cloudimages', { token })).status).toBe(200);
    expect((await get('/v3/auth/projects')).body).toMatchObject({
      projects: [{ id: PROJECT }, { name: 'eu-de' }],
    });
    expect(simulator.stats.loginsBy).toEqual({ password: 1, assume_role: 1 });
  });

  test('needs a token, or a signature', async () => {
    const parts = await iam();
    expect((await parts.assume(names, AGENCY_SCOPE, 'dead')).status).toBe(401);
    const identity = { methods: ['assume_role'], assume_role: names };
    const body = JSON.stringify({ auth: { identity, scope: AGENCY_SCOPE } });
    const signed = await signedCall(parts, { method: 'POST', path: TOKENS, body });
    expect(signed.status).toBe(201);
  });

  test('needs an agent operator that is not an agency itself', async () => {
    const { assume, simulator } = await iam();
    const token = tokenOf(await assume(names));
    expect((await assume(names, AGENCY_SCOPE, token)).status).toBe(403);
    simulator.set({ agentOperator: false });
    expect(await assume(names)).toMatchObject({ status: 403, body: { error_code: 'IAM.0002' } });
  });

  const old = { domain_name: AGENCY, agency_name: 'demo-agency' };

  test.each([
    { spelling: 'both', xrole: 201, agency: 201 },
    { spelling: 'xrole_name', xrole: 201, agency: 400 },
    { spelling: 'agency_name', xrole: 400, agency: 201 },
  ] as const)('spells its name: $spelling', async ({ spelling, xrole, agency }) => {
    const { assume } = await iam({ agencySpelling: spelling });
    expect([(await assume(names)).status, (await assume(old)).status]).toEqual([xrole, agency]);
  });

  test.each([
    { what: 'an unknown agency', change: { xrole_name: 'x' }, status: 404 },
    { what: 'another account', change: { domain_name: 'x' }, status: 404 },
    { what: 'the id of another account', change: { domain_id: 'x' }, status: 404 },
    { what: 'no account', change: { domain_name: undefined }, status: 400 },
    { what: 'a project of the user', change: {}, scope: { project: { id: PROJECT } }, status: 401 },
  ])('is refused for $what', async ({ change, scope, status }) => {
    const { assume } = await iam();
    expect((await assume({ ...names, ...change }, scope)).status).toBe(status);
  });
});

describe('a token', () => {
  test('is verified with its catalog', async () => {
    const { simulator, token, call } = await iam();
    const verify = async (subject: string) => {
      const headers = { 'x-auth-token': token, 'x-subject-token': subject };
      const response = await fetch(`${simulator.url}${TOKENS}`, { headers });
      return { status: response.status, body: (await response.json()) as object };
    };
    expect(await verify(token)).toMatchObject({
      status: 200,
      body: {
        token: {
          methods: ['password'],
          project: { id: PROJECT },
          catalog: [{}, {}, {}, {}, {}, {}],
        },
      },
    });
    expect(await verify('dead')).toMatchObject({ status: 404, body: { error: { code: 404 } } });
    expect((await call('GET', TOKENS, { token: 'dead' })).status).toBe(401);
  });

  test.each([
    { what: 'an account', scope: { domain: { name: 'OTC00000000001000000001' } } },
    { what: 'nothing', scope: undefined },
  ])('for $what is not enough for IMS', async ({ scope }) => {
    const { login, call } = await iam();
    const { password } = LOGIN('demo-password').auth.identity;
    const token = tokenOf(await login({ methods: ['password'], password }, scope));
    const answer = await call('GET', '/v2/cloudimages', { token });
    expect(answer).toMatchObject({ status: 403, body: { error_code: 'APIGW.0302' } });
    expect((await call('GET', '/v3/auth/projects', { token })).status).toBe(200);
  });
});
