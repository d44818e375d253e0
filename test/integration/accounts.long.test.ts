import { describe, expect, test } from 'vitest';
import { accountEnv, doubles } from '../support/account.ts';
import { cloud } from '../support/cloud.ts';
import { type FerryEnv, runFerry, startFerry } from '../support/ferry.ts';
import { manifestFile, textFile } from '../support/manifest-file.ts';
import { PATIENT, submitAll } from '../support/one-run.ts';
import { until } from '../support/until.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis({ emptied: true });
const PROJECT = '12345678-90ab-4cde-8f01-234567890abc';

async function importTwo(
  options: Parameters<typeof cloud>[0],
  env: FerryEnv = {},
): Promise<Awaited<ReturnType<typeof cloud>>> {
  const simulator = await cloud({ duration: 200, ...options });
  const at = accountEnv(simulator, redis.url, { ...PATIENT, ...env });
  startFerry(['work'], at);
  const run = await submitAll('two', 2, at);
  expect(run.stderr).toContain('2 succeeded');
  expect(simulator.accepted).toHaveLength(2);
  expect(doubles(simulator)).toEqual([]);
  return simulator;
}

describe('an import settles in an account', () => {
  test('without ims:images:get, which is never needed', async () => {
    const { stats } = await importTwo({ missingRights: ['ims:images:get'] });
    expect(stats.calls['image'] ?? 0).toBe(0);
  });

  test.each(['APIGW.0101', 'IMG.0144', 'IMG.0026'])(
    'whose image call answers %s',
    async (answer) => {
      await importTwo({ answers: { image: answer } });
    },
  );

  test('that calls images in creation "importing" and "uploading"', async () => {
    await importTwo({ statusWords: { queued: 'uploading', saving: 'importing' } });
  });

  test.each([PROJECT, 'all_granted_eps'])('with an enterprise project only: %s', async (id) => {
    const options = { enterpriseProjects: [PROJECT], onlyEnterpriseProject: PROJECT };
    if (id === PROJECT) await importTwo(options, { IMS_FERRY_ENTERPRISE_PROJECT_ID: id });
    else {
      const simulator = await cloud({ duration: 200, ...options });
      const env = { ...PATIENT, IMS_FERRY_ENTERPRISE_PROJECT_ID: id };
      const at = accountEnv(simulator, redis.url, env);
      startFerry(['work'], at);
      const image = `{name: a, image_url: "b-1:a.qcow2", min_disk: 10, enterprise_project_id: "${PROJECT}"}`;
      const file = await textFile('own.yaml', `images: [${image}]\n`);
      expect((await runFerry(['submit', '--wait', file], at)).code).toBe(0);
    }
  });
});

test('an image of an enterprise project that the login may not list is held alone, the others continue', async () => {
  const options = { enterpriseProjects: [PROJECT], onlyEnterpriseProject: PROJECT };
  const simulator = await cloud({ duration: 200, ...options });
  const env = { ...PATIENT, IMS_FERRY_ENTERPRISE_PROJECT_ID: PROJECT };
  const at = accountEnv(simulator, redis.url, env);
  const worker = startFerry(['work'], at);
  const own = 'b-1:a.qcow2", min_disk: 10, enterprise_project_id: "0"';
  const images = [`a, image_url: "${own}`, ...['b', 'c'].map((name) => usual(name))];
  const lines = images.map((image) => `{name: ${image}}`).join(', ');
  const file = await textFile('beside.yaml', `images: [${lines}]\n`);
  const run = await runFerry(['submit', '--wait', file], at);
  expect(run.stderr).toContain('2 succeeded, 1 unknown (1 held)');
  const { stdout } = await runFerry(['status', 'beside'], at);
  expect(stdout).toMatch(/unknown \(held\) +a +LOOK_UP_REFUSED: .*IMG\.0026/);
  expect(worker.stderr()).not.toContain('project stopped');
});

function usual(name: string): string {
  return `${name}, image_url: "b-1:${name}.qcow2", min_disk: 10`;
}

test('an image with 15 tags of 60 characters settles on Huawei Cloud, found by its marker', async () => {
  const simulator = await cloud({ duration: 200, dialect: 'huawei' });
  const env = accountEnv(simulator, redis.url, { ...PATIENT, IMS_FERRY_DIALECT: 'huawei' });
  startFerry(['work'], env);
  const tags = Array.from(
    { length: 15 },
    (_, at) => `"${'k'.repeat(58)}${10 + at}.${'v'.repeat(60)}"`,
  );
  const image = `{name: a, image_url: "b-1:a.qcow2", min_disk: 40, tags: [${tags.join(', ')}]}`;
  const file = await textFile('tagged.yaml', `images: [${image}]\n`);
  const run = await runFerry(['submit', '--wait', file], env);
  expect(run.stderr).toContain('only Huawei Cloud takes');
  expect(run.code).toBe(0);
  expect(simulator.accepted[0]?.marker).toBeDefined();
});

test('images in creation with another word are adopted after Redis was emptied', async () => {
  const simulator = await cloud({ duration: 3_600_000, statusWords: { saving: 'importing' } });
  const env = accountEnv(simulator, redis.url, PATIENT);
  const file = await manifestFile('lost', 2);
  const first = startFerry(['work'], env);
  await runFerry(['submit', file], env);
  await until(async () => simulator.accepted.length === 2);
  await first.stop();
  await redis.client.flushall();
  startFerry(['work'], env);
  await runFerry(['submit', file], env);
  const counts = async () =>
    JSON.parse((await runFerry(['status', 'lost', '--json'], env)).stdout).counts;
  await until(async () => (await counts()).creating === 2);
  expect(simulator.accepted).toHaveLength(2);
});

test.each([
  {
    what: 'the right to list',
    options: { missingRights: ['ims:images:list'] } as const,
    says: ['IMG.0026', 'ims:images:list', 'IMS_FERRY_ENTERPRISE_PROJECT_ID', 'ims-ferry resume'],
  },
  {
    what: 'the enterprise project, which the login does not name',
    options: { enterpriseProjects: [PROJECT], onlyEnterpriseProject: PROJECT },
    says: ['ims:images:list', 'IMS_FERRY_ENTERPRISE_PROJECT_ID'],
  },
  {
    what: 'the call that lists',
    options: { answers: { list: 'APIGW.0101' } } as const,
    says: ['APIGW.0101', 'GET /v2/cloudimages'],
  },
])(
  'where $what is missing, the project stops with that reason and creates nothing',
  async (row) => {
    const simulator = await cloud(row.options);
    const env = accountEnv(simulator, redis.url, PATIENT);
    const worker = startFerry(['work'], env);
    const run = await submitAll('refused', 2, env);
    expect(run.code).toBe(1);
    for (const text of row.says) expect(run.stderr).toContain(text);
    expect(worker.stderr().match(/project stopped/g)).toHaveLength(1);
    const status = await runFerry(['status', 'refused'], env);
    expect(status.stderr).toContain('Stopped: ');
    for (const text of row.says) expect(status.stderr).toContain(text);
    expect(simulator.accepted).toHaveLength(0);
  },
);

test('a right that is taken away while images are in creation stops all reads until resume', async () => {
  const simulator = await cloud({ duration: 400 });
  const env = accountEnv(simulator, redis.url, { ...PATIENT, IMS_FERRY_POLL_MAX_MS: '500' });
  const worker = startFerry(['work'], env);
  await worker.says('worker started');
  await runFerry(['submit', await manifestFile('taken', 3)], env);
  await until(async () => simulator.accepted.length === 3);
  simulator.set({ missingRights: ['ims:images:list', 'ims:images:get'] });
  await worker.says('project stopped');
  // What was under way when the third refusal came may still be answered.
  const status = async () =>
    JSON.parse((await runFerry(['status', 'taken', '--json'], env)).stdout);
  expect((await status()).stopped.code).toBe('IMG.0026');
  expect((await status()).counts.creating).toBe(3);
  simulator.set({ missingRights: [] });
  await runFerry(['resume'], env);
  await until(async () => (await status()).counts.succeeded === 3);
  expect(simulator.accepted).toHaveLength(3);
});
