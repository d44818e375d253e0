import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import {
  type Simulator,
  type SimulatorSettings,
  startSimulator,
} from '../../simulator/start-simulator.ts';
import { createHttp } from '../../src/shared/cloud/http/http.ts';
import { login } from '../../src/shared/cloud/iam/login.ts';
import type { Login } from '../../src/shared/cloud/iam/login-answer.ts';
import type { CloudConfig, Credential } from '../../src/shared/config/cloud/cloud-config.ts';
import { LoginRefusedError } from '../../src/shared/errors/errors.ts';
import { systemClock } from '../../src/shared/runtime/clock.ts';
import { cloudOf } from '../support/cloud-config.ts';

const http = createHttp({ clock: systemClock, allowHttp: false });
afterAll(() => http.close());
const { now } = systemClock;

async function simulated(settings: SimulatorSettings = {}): Promise<Simulator> {
  const simulator = await startSimulator(settings);
  onTestFinished(() => simulator.close());
  return simulator;
}

type More = Partial<CloudConfig>;

function logIn(simulator: Simulator, more: More = {}): Promise<Login> {
  return login({ http, now, cloud: { ...cloudOf(simulator), ...more } });
}

async function refusalOf(attempt: Promise<unknown>): Promise<LoginRefusedError> {
  const error = await attempt.catch((reason: unknown) => reason);
  if (error instanceof LoginRefusedError) return error;
  throw new TypeError('not refused', { cause: error });
}

function keysOf({ credentials }: Simulator): Extract<Credential, { method: 'keys' }> {
  const { accessKey, secretKey } = credentials;
  return { method: 'keys', accessKey, secretKey };
}

function temporaryOf({ credentials }: Simulator): Credential {
  return { method: 'keys', ...credentials.temporaryKeys };
}

const project = { name: 'eu-de_demo' };

describe('AK/SK', () => {
  test('finds the project by its name and IMS in the catalog, without a token', async () => {
    const simulator = await simulated();
    const found = await logIn(simulator, { credential: keysOf(simulator), project });
    expect(found).toEqual({
      projectId: simulator.state.options.projectId,
      imsEndpoint: simulator.url,
      lifeMs: 86_400_000,
    });
    expect(simulator.stats.logins).toBe(0);
  });

  test('asks for no project whose id is known', async () => {
    const simulator = await simulated();
    const { projectId: id } = simulator.state.options;
    await logIn(simulator, { credential: keysOf(simulator), project: { id } });
    expect(simulator.stats.calls['projects']).toBeUndefined();
  });

  test('that is temporary is good with its token, and refused without', async () => {
    const simulator = await simulated();
    const credential = temporaryOf(simulator);
    expect(await logIn(simulator, { credential, project })).toHaveProperty('projectId');
    const { securityToken: _, ...bare } = credential as Extract<Credential, { method: 'keys' }>;
    const refused = await refusalOf(logIn(simulator, { credential: bare, project }));
    expect(refused.message).toContain('X-Security-Token');
    expect(refused.advice).toContain('OS_SECURITY_TOKEN');
  });

  test.each([
    { what: 'an unknown key', change: { accessKey: 'CANARYACCESSKEY' }, says: 'not exist' },
    { what: 'a wrong secret', change: { secretKey: 'canary-secret' }, says: 'verify aksk' },
  ])('$what is refused, and neither key nor secret is shown', async ({ change, says }) => {
    const simulator = await simulated();
    const credential = { ...keysOf(simulator), ...change };
    const { message, advice } = await refusalOf(logIn(simulator, { credential, project }));
    expect(message).toContain(says);
    expect(`${message} ${advice}`).not.toMatch(/CANARYACCESSKEY|canary-secret/);
  });

  test('a clock that is an hour off is named as what to check', async () => {
    const simulator = await simulated();
    const cloud = { ...cloudOf(simulator), credential: keysOf(simulator), project };
    const late = { http, cloud, now: () => now() - 3_600_000 };
    const { message, advice } = await refusalOf(login(late));
    expect(message).toContain('x-sdk-date');
    expect(advice).toContain('the clock of this machine');
  });

  test('a project that is not there is named', async () => {
    const simulator = await simulated();
    const wrong = { credential: keysOf(simulator), project: { name: 'eu-de_x' } };
    await expect(logIn(simulator, wrong)).rejects.toThrow('These keys have no project eu-de_x');
  });
});

describe('a token that was fetched already', () => {
  async function fetched(simulator: Simulator): Promise<string> {
    return (await logIn(simulator)).token ?? '';
  }

  test('is used as it is where it has the project', async () => {
    const simulator = await simulated();
    const token = await fetched(simulator);
    const found = await logIn(simulator, { credential: { method: 'token', token } });
    expect(found.token).toBe(token);
    expect(found.lifeMs).toBeGreaterThan(86_000_000);
    expect(simulator.stats.logins).toBe(1);
  });

  test('of the account gets the scope of the project', async () => {
    const simulator = await simulated();
    const own = await fetch(`${simulator.url}/v3/auth/tokens`, {
      method: 'POST',
      body: JSON.stringify(domainLogin(simulator)),
    });
    const token = own.headers.get('x-subject-token') ?? '';
    const found = await logIn(simulator, { credential: { method: 'token', token } });
    expect(found.token).not.toBe(token);
    expect(simulator.stats.loginsBy).toEqual({ password: 1, token: 1 });
  });

  test('that has expired is refused with what to do', async () => {
    const simulator = await simulated();
    const token = await fetched(simulator);
    simulator.revokeTokens();
    const refused = await refusalOf(logIn(simulator, { credential: { method: 'token', token } }));
    expect(refused.message).toContain('has expired');
    expect(refused.advice).toContain('OS_TOKEN');
    expect(`${refused.message}${refused.advice}`).not.toContain(token.slice(0, 30));
  });
});

function domainLogin({ credentials }: Simulator): unknown {
  const { username: name, password, userDomainName } = credentials;
  const domain = { name: userDomainName };
  const user = { name, password, domain };
  return { auth: { identity: { methods: ['password'], password: { user } }, scope: { domain } } };
}

describe('an agency', () => {
  const agency = { name: 'demo-agency', domain: { name: 'OTC00000000001000000002' } };
  const theirs = { name: 'eu-de_agency', domain: agency.domain };

  test.each(['xrole_name', 'agency_name', 'both'] as const)(
    'is assumed where the cloud calls it %s',
    async (agencySpelling) => {
      const simulator = await simulated({ agencySpelling });
      const found = await logIn(simulator, { agency, project: theirs });
      expect(found.projectId).toBe(simulator.state.options.agency.projects[0]?.id);
      expect(simulator.stats.loginsBy).toEqual({ password: 1, assume_role: 1 });
    },
  );

  test('is assumed with AK/SK, by one signed call', async () => {
    const simulator = await simulated({ agencySpelling: 'agency_name' });
    const credential = keysOf(simulator);
    const found = await logIn(simulator, { agency, project: theirs, credential });
    expect(found.token).toMatch(/^MII/);
    expect(simulator.stats.loginsBy).toEqual({ assume_role: 1 });
  });

  test('that is not there is refused once, with what to check', async () => {
    const simulator = await simulated({});
    const nowhere = { ...agency, name: 'nowhere' };
    const { advice } = await refusalOf(logIn(simulator, { agency: nowhere, project: theirs }));
    expect(advice).toContain('Check the names of account (domain), project and agency.');
    expect(simulator.stats.loginsBy).toEqual({ password: 1 });
  });

  test('that does not trust us is refused once', async () => {
    const simulator = await simulated({ agentOperator: false });
    const { message } = await refusalOf(logIn(simulator, { agency, project: theirs }));
    expect(message).toContain('as agency demo-agency');
    expect(simulator.stats.loginsBy).toEqual({ password: 1 });
  });
});

describe('another region of the account', () => {
  const projects = [{ id: 'b'.repeat(32), name: 'eu-nl_demo', region: 'eu-nl' }];

  test('has its own project and its own endpoint in the catalog', async () => {
    const simulator = await simulated({ projects });
    const nl = { project: { name: 'eu-nl_demo' }, region: 'eu-nl' };
    const byPassword = await logIn(simulator, nl);
    const byKeys = await logIn(simulator, { ...nl, credential: keysOf(simulator) });
    for (const found of [byPassword, byKeys]) {
      expect(found.projectId).toBe('b'.repeat(32));
      expect(found.imsEndpoint).toBe(`${simulator.url}/_region/eu-nl`);
    }
  });
});

describe('a second factor', () => {
  test('is refused with a clear word, whatever IAM calls it', async () => {
    const simulator = await simulated({ mfa: true });
    const { advice } = await refusalOf(logIn(simulator));
    expect(advice).toContain('second factor (MFA), which a program cannot give');
  });
});

describe('where the catalog names no IMS', () => {
  test.each(['noImage', 'none'] as const)(
    '%s: an error says so, with what to do',
    async (catalog) => {
      const simulator = await simulated({ catalog });
      await expect(logIn(simulator)).rejects.toThrow('The catalog has no image service');
    },
  );

  test('the operator may say where it is', async () => {
    const simulator = await simulated({ catalog: 'none' });
    const found = await logIn(simulator, { imsEndpoint: 'https://ims.test' });
    expect(found.imsEndpoint).toBe('https://ims.test');
  });
});
