import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createHttp } from '../../src/shared/cloud/http/http.ts';
import { login } from '../../src/shared/cloud/iam/login.ts';
import { createImsClient } from '../../src/shared/cloud/ims/ims-client.ts';
import { systemClock } from '../../src/shared/runtime/clock.ts';
import { PACE } from '../support/account.ts';
import { passwordCloud } from '../support/cloud-config.ts';
import { runFerry, startFerry } from '../support/ferry.ts';
import { type Glance, startGlance } from '../support/glance.ts';
import { jobFront, type Loss } from '../support/job-front.ts';
import { type Keystone, startKeystone } from '../support/keystone.ts';
import { manifestFile } from '../support/manifest-file.ts';
import { needing } from '../support/programs.ts';
import { useRedis } from '../support/use-redis.ts';

const ME = { username: 'migrator', password: 'secret of migrator', domain: 'Default' };
const PROJECT = 'eu-de_glance';
const DOMAIN = 'default';
const OLD = 1200;
const IMPORTS = 30;
const LOSSES: readonly Loss[] = ['cut', 'gateway', 'half'];

interface Named {
  readonly id: string;
}

interface Image extends Named {
  readonly name: string;
  readonly status: string;
  readonly tags: readonly string[];
}

/** Image records, states, filters and pages are Glance's own here: none of them is ours. */
describe('a real Glance', needing('keystone', 'glance'), () => {
  const redis = useRedis({ emptied: true });
  const http = createHttp({ clock: systemClock, allowHttp: false });
  let keystone: Keystone;
  let glance: Glance;
  let projectId: string;
  let endpointId: string;

  beforeAll(async () => {
    keystone = await startKeystone();
    const project = { project: { name: PROJECT, domain_id: DOMAIN } };
    projectId = await made('/projects', project);
    const user = { name: ME.username, password: ME.password, domain_id: DOMAIN };
    const userId = await made('/users', { user });
    const { roles } = await keystone.admin<{ roles: Named[] }>('GET', '/roles?name=member');
    const role = `/projects/${projectId}/users/${userId}/roles/${roles[0]?.id}`;
    await keystone.admin('PUT', role);
    const serviceId = await made('/services', { service: { type: 'image', name: 'glance' } });
    glance = await startGlance({ keystone, owner: projectId, images: OLD });
    const endpoint = { service_id: serviceId, interface: 'public', region: keystone.region };
    endpointId = await made('/endpoints', { endpoint: { ...endpoint, url: glance.url } });
  });
  afterAll(async () => {
    await http.close();
    // Away where they could not be started.
    await (glance as Glance | undefined)?.stop();
    await (keystone as Keystone | undefined)?.stop();
  });

  /** Makes something in Keystone; its id. */
  async function made(path: string, body: Readonly<Record<string, object>>): Promise<string> {
    const answer = await keystone.admin<Readonly<Record<string, Named>>>('POST', path, body);
    return answer[Object.keys(body)[0] ?? '']?.id ?? '';
  }

  async function frontLosing(lossOf: (create: number) => Loss | undefined) {
    const front = await jobFront(glance.url, { lossOf });
    const endpoint = { url: front.url };
    await keystone.admin('PATCH', `/endpoints/${endpointId}`, { endpoint });
    return front;
  }

  async function logIn() {
    const project = { name: PROJECT, domain: { name: ME.domain } };
    const cloud = passwordCloud(ME, { authUrl: keystone.url, region: keystone.region, project });
    return login({ http, cloud, now: systemClock.now });
  }

  test('its list comes in pages, each image once', async () => {
    const front = await frontLosing(() => undefined);
    const { token = '', imsEndpoint } = await logIn();
    const session = {
      authorize: () => ({ 'x-auth-token': token }),
      fingerprint: 'one',
      ...{ projectId, imsEndpoint, expiresAt: Number.POSITIVE_INFINITY },
    };
    const sessions = { get: async () => session, invalidate: async () => undefined };
    const ims = createImsClient({ http, sessions, jobApi: 'project' });
    const listed = await ims.images({});
    const images = listed.kind === 'ok' ? listed.value : [];
    expect(images).toHaveLength(OLD);
    expect(new Set(images.map(({ id }) => id))).toEqual(new Set(glance.ids));
    expect(front.lists.length).toBeGreaterThan(2);
  });

  test('imports whose answers are lost are there once each, and succeed', async () => {
    const front = await frontLosing((create) =>
      create % 3 === 0 ? LOSSES[(create / 3) % LOSSES.length] : undefined,
    );
    const env = {
      ...PACE,
      REDIS_URL: redis.url,
      OS_AUTH_URL: keystone.url,
      OS_USERNAME: ME.username,
      OS_PASSWORD: ME.password,
      OS_USER_DOMAIN_NAME: ME.domain,
      OS_PROJECT_NAME: PROJECT,
      OS_REGION_NAME: keystone.region,
      // Its own server takes one request at a time.
      IMS_FERRY_MAX_IN_FLIGHT: '6',
      IMS_FERRY_POLL_MIN_MS: '500',
      IMS_FERRY_UNKNOWN_WINDOW_MS: '60000',
      LOG_LEVEL: 'info',
    };
    startFerry(['work'], env);
    const file = await manifestFile('glance', IMPORTS);
    const { code, stderr } = await runFerry(['submit', '--wait', file], env);
    expect(code).toBe(0);
    expect(stderr).toContain(`${IMPORTS}/${IMPORTS} done (${IMPORTS} succeeded)`);
    expect(front.lost()).toBe(IMPORTS / 3);
    const { token = '' } = await logIn();
    const answer = await fetch(
      `${glance.url}/v2/images?limit=1000&created_at=gt:2001-01-02T00:00:00Z`,
      {
        headers: { 'x-auth-token': token },
      },
    );
    const { images } = (await answer.json()) as { readonly images: readonly Image[] };
    expect(images).toHaveLength(IMPORTS);
    expect(new Set(images.map(({ id }) => id))).toEqual(new Set(front.made));
    expect(new Set(images.map(({ name }) => name)).size).toBe(IMPORTS);
    expect(new Set(images.map(markerOf)).size).toBe(IMPORTS);
    expect(images.filter(({ status }) => status !== 'active')).toEqual([]);
  });
});

function markerOf({ tags }: Image): string | undefined {
  return tags.find((tag) => tag.startsWith('imsferry='));
}
