import { expect, test } from 'vitest';
import type { SimulatorSettings } from '../../simulator/start-simulator.ts';
import { accountEnv } from '../support/account.ts';
import { cloud } from '../support/cloud.ts';
import { examine } from '../support/examine.ts';
import type { FerryEnv } from '../support/ferry.ts';
import { useRedis } from '../support/use-redis.ts';

const TEAM = '0f3b1c2d-4e5f-4a6b-8c7d-9e0f1a2b3c4d';
const redis = useRedis({ emptied: true });

async function rehearsed(settings: SimulatorSettings, more: FerryEnv = {}) {
  const simulator = await cloud({ objects: { 'b/x.qcow2': {} }, ...settings });
  const { accessKey, secretKey } = simulator.credentials;
  const keys = { OS_ACCESS_KEY: accessKey, OS_SECRET_KEY: secretKey, OBS_ENDPOINT: simulator.url };
  const env = accountEnv(simulator, redis.url, { ...keys, ...more });
  return { simulator, ...(await examine(env, '--bucket', 'b')) };
}

function linesOf(findings: Awaited<ReturnType<typeof examine>>['findings'], state: string) {
  return findings.filter((one) => one.state === state).map((finding) => finding.said);
}

/** The calls of the simulator that change nothing. */
const READS = [
  ...['login', 'verify', 'catalog', 'projects', 'identity version', 'versions'],
  ...['list', 'image', 'job', 'quota', 'os versions', 'members', 'servers'],
  ...['obs GET', 'obs HEAD', 'obs read'],
];

test('doctor makes every call that changes nothing, and names the rights of the others', async () => {
  const { simulator, findings, failed, code } = await rehearsed({});
  expect({ code, failed }).toEqual({ code: 0, failed: [] });
  const { calls } = simulator.stats;
  const made = ['login', 'list', 'image', 'job', 'quota', 'os versions', 'members', 'servers'];
  expect(Object.keys(calls)).toEqual(expect.arrayContaining([...made, 'obs GET', 'obs HEAD']));
  expect(Object.keys(calls).filter((name) => !READS.includes(name))).toEqual([]);
  expect(linesOf(findings, 'skipped')).toEqual([
    'creates are not tried; they need ims:serverImages:create or ims:dataImages:create, and Tenant Administrator for OBS',
    'changes are not tried; manifests with copies need ims:images:copy; manifests with members need ims:images:get and ims:images:share; submit --update and manifests with copies need ims:images:update; prune and reconcile --clean need ims:images:delete',
  ]);
  expect(findings.filter(({ state }) => state === 'warning').map(({ area }) => area)).toEqual([
    'workers',
  ]);
});

interface Row {
  readonly what: string;
  readonly settings: SimulatorSettings;
  readonly env?: FerryEnv;
  readonly area: string;
  readonly state: 'failed' | 'warning';
  readonly says: RegExp;
  readonly advises: RegExp;
}

test.each<Row>([
  {
    what: 'the right to list',
    settings: { missingRights: ['ims:images:list'] },
    area: 'IMS',
    state: 'failed',
    says: /IMG\.0026/,
    advises: /ims:images:list; the role IMS ReadOnlyAccess/,
  },
  {
    what: 'the right to read images, which imports can do without',
    settings: { missingRights: ['ims:images:get'] },
    area: 'IMS',
    state: 'warning',
    says: /may not read an image by its id .*work without it/,
    advises: /ims:images:get; the role IMS ReadOnlyAccess/,
  },
  {
    what: 'the Glance call',
    settings: { answers: { image: 'APIGW.0101' } },
    area: 'IMS',
    state: 'warning',
    says: /APIGW\.0101/,
    advises: /Imports use the image list/,
  },
  {
    what: 'the right to read jobs',
    settings: { answers: { job: 'IMG.0026' } },
    area: 'IMS',
    state: 'failed',
    says: /may not read jobs .*IMG\.0026/,
    advises: /the role IMS FullAccess/,
  },
  {
    what: 'a known answer about a job that does not exist',
    settings: { answers: { job: 'IMG.0027' } },
    area: 'IMS',
    state: 'warning',
    says: /cannot read jobs .*IMG\.0027/,
    advises: /IMS_FERRY_JOB_API/,
  },
  {
    what: 'the right to read the quota',
    settings: { missingRights: ['ims:quotas:get'] },
    area: 'quota',
    state: 'warning',
    says: /IMG\.0026/,
    advises: /ims:quotas:get/,
  },
  {
    what: 'the list of operating systems',
    settings: { answers: { 'os versions': 'IMG.0026' } },
    area: 'IMS',
    state: 'warning',
    says: /operating systems .*work without it/,
    advises: /ims:images:list/,
  },
  {
    what: 'the right to read with whom images are shared',
    settings: { missingRights: ['ims:images:share'] },
    area: 'IMS',
    state: 'warning',
    says: /may not list the projects of an image .*IMG\.0026.*without it; prune and manifests with members need it/,
    advises: /needs ims:images:get and ims:images:share; the role IMS FullAccess/,
  },
  {
    what: 'the right to list servers',
    settings: { missingRights: ['ecs:cloudServers:list'] },
    area: 'ECS',
    state: 'warning',
    says: /list of servers cannot be read, so prune deletes no image: HTTP_403: Policy doesn.t allow/,
    advises: /needs ecs:cloudServers:list; the role ECS ReadOnlyAccess/,
  },
  {
    what: 'an answer of ECS',
    settings: { answers: { servers: { code: '503' } } },
    area: 'ECS',
    state: 'warning',
    says: /so prune deletes no image: .*503/,
    advises: /^$/,
  },
  {
    what: 'an answer of the catalog',
    settings: { answers: { catalog: '503' } },
    area: 'ECS',
    state: 'warning',
    says: /The catalog cannot be read: HTTP_503: .*, so prune deletes no image/,
    advises: /Set ECS_ENDPOINT/,
  },
  {
    what: 'the call that reads jobs',
    settings: { answers: { job: 'APIGW.0101' } },
    area: 'IMS',
    state: 'failed',
    says: /may not read jobs .*APIGW\.0101/,
    advises: /does not know this call: .*IMS_FERRY_JOB_API/,
  },
  {
    what: 'an enterprise project in the settings',
    settings: { onlyEnterpriseProject: TEAM, enterpriseProjects: [TEAM] },
    area: 'IMS',
    state: 'failed',
    says: /IMG\.0026/,
    advises: /IMS_FERRY_ENTERPRISE_PROJECT_ID/,
  },
  {
    what: 'the right to list the bucket',
    settings: { answers: { 'obs GET': 'AccessDenied' } },
    area: 'OBS',
    state: 'failed',
    says: /may not list bucket b/,
    advises: /obs:bucket:ListBucket; the role Tenant Administrator/,
  },
  {
    what: 'the right to look at objects',
    settings: { answers: { 'obs HEAD': 'AccessDenied' } },
    area: 'OBS',
    state: 'failed',
    says: /may not read objects of bucket b/,
    advises: /obs:object:GetObject/,
  },
])('where $what is missing, doctor names the right and the role', async (row) => {
  const { area, state, says, advises, settings } = row;
  const { findings, failed, code } = await rehearsed(settings);
  const found = findings.filter((one) => one.area === area && one.state === state);
  expect(found.map((finding) => finding.said).join('\n')).toMatch(says);
  expect(found.map(({ advice }) => advice).join('\n')).toMatch(advises);
  expect(failed).toHaveLength(state === 'failed' ? 1 : 0);
  expect(code).toBe(state === 'failed' ? 3 : 0);
});

test('a right to list that is missing hides no other one', async () => {
  const settings: SimulatorSettings = {
    missingRights: ['ims:images:list', 'ims:images:get', 'ims:quotas:get'],
    answers: { job: 'IMG.0026' },
  };
  const { findings } = await rehearsed(settings);
  const advice = findings.map((finding) => finding.advice).join('\n');
  for (const right of ['ims:images:list', 'ims:images:get', 'ims:quotas:get', 'IMS FullAccess']) {
    expect(advice).toContain(right);
  }
});

test('a catalog with a service without type and an endpoint without URL breaks nothing, and is reported', async () => {
  const { failed, code, findings } = await rehearsed({ catalog: 'odd' });
  expect({ failed, code }).toEqual({ failed: [], code: 0 });
  const found = findings.find(({ area }) => area === 'catalog');
  expect(found?.said).toContain('2 entries of it cannot be read');
});

test('a catalog without ECS is no fault: only prune needs it', async () => {
  const simulator = await cloud({ catalog: 'none' });
  const env = accountEnv(simulator, redis.url, { IMS_ENDPOINT: simulator.url });
  const { code, findings } = await examine(env);
  expect(code).toBe(0);
  expect(findings.filter(({ area }) => area === 'ECS')).toEqual([
    {
      area: 'ECS',
      state: 'skipped',
      said: 'The catalog has no compute service, so prune deletes no image. Set ECS_ENDPOINT to the URL of ECS.',
    },
  ]);
});

test('with the enterprise project in the settings all that imports need is there', async () => {
  const settings = { onlyEnterpriseProject: TEAM, enterpriseProjects: [TEAM] };
  const env = { IMS_FERRY_ENTERPRISE_PROJECT_ID: TEAM };
  const { failed, code } = await rehearsed(settings, env);
  expect({ failed, code }).toEqual({ failed: [], code: 0 });
});
