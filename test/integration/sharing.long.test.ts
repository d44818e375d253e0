import { describe, expect, test } from 'vitest';
import type { Simulator, SimulatorSettings } from '../../simulator/start-simulator.ts';
import { importKey } from '../../src/shared/image/import-key.ts';
import { ledgerKeys } from '../../src/shared/ledger/ledger-keys.ts';
import { accountEnv } from '../support/account.ts';
import { cloud } from '../support/cloud.ts';
import { type FerryEnv, runFerry, startFerry } from '../support/ferry.ts';
import { textFile } from '../support/manifest-file.ts';
import { A, actsOf, answerAs, B, C, PARTNERS, partnersYaml } from '../support/partners.ts';
import { until } from '../support/until.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis({ emptied: true });
const KEYS = ledgerKeys('default');
/** Of the simulated login. */
const OWN = '0d1e2f3a4b5c6d7e8f90a1b2c3d4e5f6';

interface Shown {
  readonly image_id: string;
  readonly state: string;
  readonly sharing: {
    readonly state: string;
    readonly shared: number;
    readonly text: string;
    readonly members: readonly { readonly status: string; readonly code: string | null }[];
  } | null;
  readonly story: readonly { readonly text: string }[];
}

async function account(settings: SimulatorSettings = {}) {
  const simulator = await cloud({ duration: 100, projects: PARTNERS, ...settings });
  const file = await partnersYaml(simulator);
  const env = accountEnv(simulator, redis.url, { OS_CLIENT_CONFIG_FILE: file });
  return { simulator, env };
}

async function submit(env: FerryEnv, fields: string, wait = true) {
  const image = `{ name: web, image_url: "b-1:web.qcow2", min_disk: 10, ${fields} }`;
  const file = await textFile('shared.yaml', `images: [${image}]\n`);
  const args = wait ? ['submit', '--wait', file] : ['submit', file];
  return runFerry(args, env);
}

async function readImage(env: FerryEnv): Promise<Shown> {
  return JSON.parse((await runFerry(['show', 'shared', 'web', '--json'], env)).stdout);
}

async function settled(env: FerryEnv): Promise<Shown> {
  await until(async () => (await redis.client.zcard(KEYS.sharing)) === 0);
  return readImage(env);
}

async function imageOf(simulator: Simulator): Promise<string> {
  await until(() => simulator.accepted.length > 0);
  return simulator.accepted[0]?.image_ids[0] ?? '';
}

describe('an image', () => {
  test('is shared with each project once, and accepted by those that clouds.yaml has', async () => {
    const { simulator, env } = await account();
    startFerry(['work'], env);
    const members = `members: [${A}, ${B.toUpperCase()}, ${C}], accept_as: [partner-a, partner-c]`;
    const run = await submit(env, members);
    // The batch is done with the image.
    expect(run.code).toBe(0);
    const id = await imageOf(simulator);
    const log = {
      [`${id} a`]: 'added accepted',
      [`${id} b`]: 'added',
      [`${id} c`]: 'added accepted',
    };
    await until(() => Object.keys(actsOf(simulator)).length === 3);
    await until(async () => (await readImage(env)).sharing?.shared === 2);
    expect(actsOf(simulator)).toEqual(log);
    const before = await readImage(env);
    expect(before.sharing?.text).toBe(
      `shared with 2 of 3 projects; waiting for acceptance of ${B}`,
    );
    const status = await runFerry(['status', 'shared'], env);
    expect(status.stdout).toContain('shared: 1 succeeded; 1 being shared');
    expect(await answerAs(simulator, B, { imageId: id, status: 'accepted' })).toBe(200);
    const after = await settled(env);
    expect(after.sharing).toMatchObject({
      state: 'done',
      shared: 3,
      text: 'shared with 3 projects',
    });
    const story = after.story.map(({ text }) => text);
    expect(story).toContain(`shared with project ${A}, which has accepted`);
    expect(story).toContain(`shared with project ${B}, which has to accept`);
    expect((await runFerry(['status', 'shared'], env)).stdout).toContain('1 succeeded; 1 shared');
    const report = await runFerry(['report', 'shared', '--format', 'csv'], env);
    expect(report.stdout).toContain(',done,3,3,shared with 3 projects,');
  });

  test('that is imported already gets more projects by another submit, and loses none', async () => {
    const { simulator, env } = await account();
    startFerry(['work'], env);
    await submit(env, `members: [${A}], accept_as: partner-a`);
    await settled(env);
    const more = await submit(env, `members: [${B}], accept_as: partner-b`);
    expect(more.stderr).not.toContain('differs in');
    expect(more.stderr).toContain('1 image imported before is being shared with other projects');
    expect(more.stderr).toContain(`web: stays shared with project ${A}`);
    const { sharing, image_id } = await settled(env);
    expect(sharing).toMatchObject({ state: 'done', shared: 2 });
    expect(actsOf(simulator)).toEqual({
      [`${image_id} a`]: 'added accepted',
      [`${image_id} b`]: 'added accepted',
    });
    expect(simulator.accepted).toHaveLength(1);
    // Nothing is left to do: nothing is called again.
    const { calls } = simulator.stats;
    const looks = calls['members'];
    const same = await submit(env, `members: [${A}, ${B}], accept_as: partner-b`);
    expect(same.stderr).not.toContain('being shared');
    expect(calls['members']).toBe(looks);
  });

  test('that an older version imported is shared when its manifest is submitted again', async () => {
    const { simulator, env } = await account();
    startFerry(['work'], env);
    await submit(env, 'description: x');
    await submit(env, `description: x, members: [${A}], accept_as: partner-a`);
    await settled(env);
    const key = importKey({ kind: 'system', name: 'web', image_url: 'b-1:web.qcow2', copy: 1 });
    // As a version without this would have left it.
    await redis.client.hdel(KEYS.import(key), 'sharing', 'marks');
    expect((await readImage(env)).sharing?.text).toBe('not shared yet: submit the manifest again');
    await submit(env, `description: x, members: [${A}], accept_as: partner-a`);
    expect((await settled(env)).sharing?.state).toBe('done');
    expect(Object.values(actsOf(simulator))).toEqual(['added accepted']);
  });

  test('is not archived before it is shared', async () => {
    const { simulator, env } = await account();
    startFerry(['work'], env);
    await submit(env, `members: [${A}]`);
    await until(() => Object.values(actsOf(simulator)).includes('added'));
    const early = await runFerry(['archive', 'shared'], {
      ...env,
      IMS_FERRY_ARCHIVE_DIR: (await textFile('x', '')).replace(/x$/, ''),
    });
    expect(`${early.stdout}${early.stderr}`).toContain('waits: web is still being shared');
    const imageId = await imageOf(simulator);
    await answerAs(simulator, A, { imageId, status: 'accepted' });
    await settled(env);
  });
});

describe('a project that cannot get the image', () => {
  interface Refused {
    readonly why: string;
    readonly code: string;
    readonly says?: string;
    readonly settings: SimulatorSettings;
    readonly project?: string;
  }
  const FAILURES: readonly Refused[] = [
    {
      why: 'a refusal of IMS',
      code: 'IMG.0088',
      settings: { answers: { 'member add': 'IMG.0088' } },
    },
    {
      why: 'a right that is missing',
      code: 'IMG.0026',
      says: 'The login needs ims:images:get and ims:images:share',
      settings: { missingRights: ['ims:images:share'] },
    },
    { why: 'no room for members', code: 'HTTP_413', settings: { memberLimit: 0 } },
    { why: 'the own project', code: 'OWN_PROJECT', settings: {}, project: OWN },
  ];

  test.each(FAILURES)('is named with the reason: $why', async (row) => {
    const { settings, project = A, code, says = '' } = row;
    const { env } = await account(settings);
    startFerry(['work'], env);
    expect((await submit(env, `members: [${project}]`)).code).toBe(0);
    expect((await settled(env)).sharing).toMatchObject({ state: 'failed', members: [{ code }] });
    const status = await runFerry(['status', 'shared'], env);
    expect(status.stdout).toContain(`not with ${project}: ${code}`);
    expect(status.stdout.replace(/\s+/g, ' ')).toContain(says);
    expect(status.stdout).toContain('1 not shared with all its projects');
  });

  test('and has rejected it, is asked again by another submit that can accept', async () => {
    const { simulator, env } = await account();
    startFerry(['work'], env);
    await submit(env, `members: [${A}]`);
    await until(() => Object.values(actsOf(simulator)).includes('added'));
    await answerAs(simulator, A, { imageId: await imageOf(simulator), status: 'rejected' });
    const { sharing } = await settled(env);
    expect(sharing?.text).toBe(
      `shared with 0 of 1 project; rejected by ${A}; submit the manifest again to try again`,
    );
    await submit(env, `members: [${A}], accept_as: partner-a`);
    expect((await settled(env)).sharing?.state).toBe('done');
  });

  test('because the image is gone', async () => {
    const { simulator, env } = await account();
    await submit(env, `members: [${A}]`, false);
    const worker = startFerry(['work'], env);
    await until(() => Object.values(actsOf(simulator)).includes('added'));
    await worker.stop();
    const images = simulator.state.cloud.images;
    const image = images.get(await imageOf(simulator));
    if (image) images.put({ ...image, deletedAt: 1 });
    startFerry(['work'], env);
    expect((await settled(env)).sharing?.text).toContain('IMAGE_GONE');
  });

  test('because its own login is refused, or logs in elsewhere, says so and is followed', async () => {
    const { simulator, env } = await account();
    const file = await partnersYaml(simulator, 'wrong');
    startFerry(['work'], { ...env, OS_CLIENT_CONFIG_FILE: file });
    await submit(env, `members: [${A}], accept_as: [nobody, partner-a]`);
    await until(
      async () => (await readImage(env)).sharing?.text.includes('LOGIN_REFUSED') ?? false,
    );
    const { sharing } = await readImage(env);
    expect(sharing?.text).toContain(`waiting for acceptance of ${A}; last problem: LOGIN_REFUSED`);
    expect(sharing?.text).toContain('cloud partner-a: ');
    expect(simulator.stats.failedLogins).toBe(1);
  });
});
