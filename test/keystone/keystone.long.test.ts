import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createHttp } from '../../src/shared/cloud/http/http.ts';
import { login } from '../../src/shared/cloud/iam/login.ts';
import type { CloudConfig } from '../../src/shared/config/cloud/cloud-config.ts';
import { LoginRefusedError } from '../../src/shared/errors/errors.ts';
import { systemClock } from '../../src/shared/runtime/clock.ts';
import { accountEnv, doubles } from '../support/account.ts';
import { cloud } from '../support/cloud.ts';
import { passwordCloud } from '../support/cloud-config.ts';
import { runFerry, startFerry } from '../support/ferry.ts';
import { gatewayBefore } from '../support/gateway.ts';
import { type Keystone, startKeystone } from '../support/keystone.ts';
import { manifestFile } from '../support/manifest-file.ts';
import { needing } from '../support/programs.ts';
import { until } from '../support/until.ts';
import { useRedis } from '../support/use-redis.ts';

const ME = { username: 'migrator', password: 'canary of migrator', domain: 'Default' };
const PROJECT = 'eu-de_demo';
const DOMAIN = 'default';
const IMS = 'http://127.0.0.1:9';
const WORKERS = 8;
const IMAGES = 16;

interface Named {
  readonly id: string;
}

describe('a real Keystone', needing('keystone'), () => {
  const redis = useRedis({ emptied: true });
  const http = createHttp({ clock: systemClock, allowHttp: false });
  let keystone: Keystone;
  let projectId: string;
  let userId: string;
  let endpointId: string;

  beforeAll(async () => {
    keystone = await startKeystone();
    const project = { project: { name: PROJECT, domain_id: DOMAIN } };
    const made = await keystone.admin<{ project: Named }>('POST', '/projects', project);
    projectId = made.project.id;
    userId = await addUser(ME.username, {});
    const service = { service: { type: 'image', name: 'glance' } };
    const image = await keystone.admin<{ service: Named }>('POST', '/services', service);
    const endpoint = {
      service_id: image.service.id,
      interface: 'public',
      region: 'eu-de',
      url: IMS,
    };
    const added = await keystone.admin<{ endpoint: Named }>('POST', '/endpoints', { endpoint });
    endpointId = added.endpoint.id;
  });
  afterAll(async () => {
    await http.close();
    // Away when it could not be started.
    await (keystone as Keystone | undefined)?.stop();
  });

  async function addUser(name: string, options: object): Promise<string> {
    const user = { name, password: ME.password, domain_id: DOMAIN, options };
    const { user: added } = await keystone.admin<{ user: Named }>('POST', '/users', { user });
    const { roles } = await keystone.admin<{ roles: Named[] }>('GET', '/roles?name=member');
    const role = `/projects/${projectId}/users/${added.id}/roles/${roles[0]?.id}`;
    await keystone.admin('PUT', role);
    return added.id;
  }

  function logIn(more: Partial<CloudConfig> = {}, who: Partial<typeof ME> = {}) {
    const domain = { name: ME.domain };
    const project = { name: PROJECT, domain };
    const base = { authUrl: keystone.url, region: keystone.region, project };
    const config = { ...passwordCloud({ ...ME, ...who }, base), ...more };
    return login({ http, cloud: config, now: systemClock.now });
  }

  test('gives the token, the project and the endpoint of its catalog', async () => {
    expect(await logIn()).toMatchObject({ projectId, imsEndpoint: IMS, lifeMs: 3_600_000 });
  });

  test('takes the ids of user, domain and project as well', async () => {
    const byId = { method: 'password', user: { id: userId }, password: ME.password } as const;
    const found = await logIn({ credential: byId, project: { id: projectId } });
    expect(found.projectId).toBe(projectId);
    const user = { name: ME.username, domain: { id: DOMAIN } };
    const byDomain = { method: 'password', user, password: ME.password } as const;
    expect((await logIn({ credential: byDomain })).projectId).toBe(projectId);
  });

  test('takes a given token as it is, and knows a revoked one no more', async () => {
    const { token = '' } = await logIn();
    const given = { credential: { method: 'token', token } } as const;
    expect((await logIn(given)).token).toBe(token);
    await keystone.revoke(token);
    await expect(logIn(given)).rejects.toThrow('has expired');
  });

  test.each([
    { what: 'a wrong password', more: {}, who: { password: 'wrong' } },
    { what: 'a project that is not there', more: { project: { id: 'f'.repeat(32) } }, who: {} },
    { what: 'an unknown user', more: {}, who: { username: 'nobody' } },
  ])('refuses $what', async ({ more, who }) => {
    const refused = await logIn(more, who).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(LoginRefusedError);
  });

  test('asks for a second factor, which is reported as such', async () => {
    const options = {
      multi_factor_auth_enabled: true,
      multi_factor_auth_rules: [['password', 'totp']],
    };
    await addUser('with-mfa', options);
    const refused = await logIn({}, { username: 'with-mfa' }).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(LoginRefusedError);
    expect((refused as LoginRefusedError).advice).toContain('second factor (MFA)');
  });

  test('serves a whole import: one login for eight cold workers, one more when it revokes the token', async () => {
    const simulator = await cloud({ projectId, duration: 2500 });
    const gateway = await gatewayBefore(simulator, keystone, projectId);
    const endpoint = { endpoint: { url: gateway.url } };
    await keystone.admin('PATCH', `/endpoints/${endpointId}`, endpoint);
    const before = keystone.logins();
    const env = accountEnv(simulator, redis.url, {
      OS_AUTH_URL: keystone.url,
      OS_USERNAME: ME.username,
      OS_PASSWORD: ME.password,
      OS_USER_DOMAIN_NAME: ME.domain,
      OS_PROJECT_NAME: PROJECT,
      IMS_FERRY_MAX_IN_FLIGHT: '8',
      IMS_FERRY_POLL_MIN_MS: '300',
      LOG_LEVEL: 'info',
    });
    const workers = Array.from({ length: WORKERS }, () => startFerry(['work'], env));
    await Promise.all(workers.map((worker) => worker.says('worker started')));
    expect(keystone.logins() - before).toBe(1);
    const file = await manifestFile('keystone', IMAGES);
    const waiting = startFerry(['submit', '--wait', file], env);
    await until(() => simulator.accepted.length >= IMAGES / 2);
    const [token = ''] = gateway.tokens;
    await keystone.revoke(token);
    expect(await waiting.exited).toBe(0);
    expect(waiting.stderr()).toContain(`${IMAGES}/${IMAGES} done (${IMAGES} succeeded)`);
    expect(simulator.accepted).toHaveLength(IMAGES);
    expect(doubles(simulator)).toEqual([]);
    expect(gateway.refused()).toBeGreaterThan(0);
    expect(gateway.tokens.size).toBe(2);
    expect(keystone.logins() - before).toBe(2);
    const { code } = await runFerry(['status', 'keystone', '--json'], env);
    expect(code).toBe(0);
  });
});
