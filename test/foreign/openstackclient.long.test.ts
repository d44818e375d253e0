import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { CREATE, openCloud, PROJECT, SYSTEM } from '../simulator/plain-cloud.ts';
import { needing, runWithInterpreterOf } from '../support/programs.ts';

const OPENSTACK = fileURLToPath(new URL('../support/run-openstack.py', import.meta.url));
const OTHER = { id: '2'.repeat(32), name: 'eu-de_other', region: 'eu-de' };
const IMAGES = 30;

interface Output {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

type Fields = Readonly<Record<string, unknown>>;

/** Debian's openstackclient and openstacksdk, which nobody wrote for the simulator. */
describe('openstackclient', needing('openstackclient'), () => {
  const outputs: Record<string, Output> = {};
  const json = (name: string): unknown => JSON.parse(outputs[name]?.out ?? '');
  const rows = (name: string) => json(name) as readonly Fields[];

  beforeAll(async () => {
    const { simulator, post, time } = await openCloud({ projects: [OTHER] });
    for (let at = 0; at < IMAGES; at += 1) await post(CREATE, { ...SYSTEM, name: `image-${at}` });
    time.now += 20_000;
    const id = simulator.accepted[0]?.image_ids[0] ?? '';
    const other = ['--os-project-name', OTHER.name];
    const commands: Readonly<Record<string, readonly string[]>> = {
      token: ['token', 'issue', '-f', 'json'],
      catalog: ['catalog', 'list', '-f', 'json'],
      list: ['image', 'list', '-f', 'json'],
      tagged: ['image', 'list', '--tag', 'k=v', '--limit', '5', '-f', 'json'],
      named: ['image', 'list', '--name', 'image-7', '-f', 'json'],
      pages: ['pages', '7'],
      show: ['image', 'show', 'image-0', '-f', 'json'],
      set: ['image', 'set', '--tag', 'red', '--property', 'shade=dark', id],
      changed: ['image', 'show', id, '-f', 'json'],
      unset: ['image', 'unset', '--tag', 'red', '--property', 'shade', id],
      plain: ['image', 'show', id, '-f', 'json'],
      unknownTag: ['image', 'unset', '--tag', 'blue', id],
      share: ['image', 'add', 'project', id, OTHER.id, '-f', 'json'],
      members: ['image', 'member', 'list', id, '-f', 'json'],
      hidden: [...other, 'image', 'list', '-f', 'json'],
      accept: [...other, 'image', 'set', '--accept', id],
      shared: [...other, 'image', 'list', '-f', 'json'],
      unshare: ['image', 'remove', 'project', id, OTHER.id],
      unshared: ['image', 'member', 'list', id, '-f', 'json'],
      delete: ['image', 'delete', 'image-1', 'image-2'],
      left: ['image', 'list', '-f', 'json'],
      gone: ['image', 'show', 'image-1'],
    };
    const answers = await session(simulator.url, Object.values(commands)).finally(() =>
      simulator.close(),
    );
    for (const [at, name] of Object.keys(commands).entries()) {
      outputs[name] = answers[at] ?? { code: -1, out: '', err: 'no output' };
    }
  });

  test('finds the versions, logs in and reads the catalog', () => {
    expect(json('token')).toMatchObject({ project_id: PROJECT });
    const types = rows('catalog').map((service) => service['Type']);
    expect(types).toEqual(expect.arrayContaining(['identity', 'image', 'object']));
    expect(outputs['token']?.err).toBe('');
  });

  test('lists, filters and pages', () => {
    expect(rows('list')).toHaveLength(IMAGES);
    expect(rows('tagged')).toHaveLength(5);
    expect(rows('named')).toMatchObject([{ Name: 'image-7', Status: 'active' }]);
    const names = json('pages') as readonly string[];
    expect(names).toHaveLength(IMAGES);
    expect(new Set(names).size).toBe(IMAGES);
  });

  test('shows an image by its name, with its tag and its attributes', () => {
    const properties = { __data_origin: 'file,ims-image:centos70.qcow2' };
    expect(json('show')).toMatchObject({ name: 'image-0', tags: ['k=v'], properties });
  });

  test('sets and unsets tags and properties; a tag with a value stays', () => {
    expect(outputs['set']).toMatchObject({ code: 0 });
    const { tags, properties } = json('changed') as { tags: string[]; properties: Fields };
    expect(new Set(tags)).toEqual(new Set(['k=v', 'red']));
    expect(properties).toMatchObject({ shade: 'dark' });
    expect(outputs['unset']).toMatchObject({ code: 0 });
    expect(json('plain')).toMatchObject({ tags: ['k=v'] });
    expect((json('plain') as { properties: Fields }).properties).not.toHaveProperty('shade');
    expect(outputs['unknownTag']?.code).not.toBe(0);
  });

  test('shares an image: pending, then accepted, then no more', () => {
    expect(json('share')).toMatchObject({ member_id: OTHER.id, status: 'pending' });
    expect(rows('members')).toMatchObject([{ 'Member ID': OTHER.id, Status: 'pending' }]);
    expect(rows('hidden')).toEqual([]);
    expect(outputs['accept']).toMatchObject({ code: 0 });
    expect(rows('shared')).toMatchObject([{ Name: 'image-0' }]);
    expect(outputs['unshare']).toMatchObject({ code: 0 });
    expect(rows('unshared')).toEqual([]);
  });

  test('deletes images', () => {
    expect(outputs['delete']).toMatchObject({ code: 0 });
    expect(rows('left')).toHaveLength(IMAGES - 2);
    expect(outputs['gone']?.code).not.toBe(0);
  });
});

async function session(
  url: string,
  commands: readonly (readonly string[])[],
): Promise<readonly Output[]> {
  const env = {
    ...process.env,
    OS_AUTH_URL: `${url}/v3`,
    OS_USERNAME: 'demo',
    OS_PASSWORD: 'demo-password',
    OS_USER_DOMAIN_NAME: 'OTC00000000001000000001',
    OS_PROJECT_DOMAIN_NAME: 'OTC00000000001000000001',
    OS_PROJECT_NAME: 'eu-de_demo',
    OS_REGION_NAME: 'eu-de',
  };
  const input = JSON.stringify(commands);
  const { code, stdout, stderr } = await runWithInterpreterOf('openstackclient', [OPENSTACK], {
    env,
    input,
  });
  if (code !== 0) throw new Error(`openstackclient cannot be run: ${stderr}`);
  return JSON.parse(stdout) as readonly Output[];
}
