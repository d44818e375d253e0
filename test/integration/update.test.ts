import { expect, test } from 'vitest';
import type { SimulatorSettings } from '../../simulator/settings.ts';
import type { Simulator } from '../../simulator/start-simulator.ts';
import type { Plan } from '../../src/producer/plan/plan.ts';
import { accountEnv } from '../support/account.ts';
import { cloud } from '../support/cloud.ts';
import { type FerryEnv, runFerry, startFerry } from '../support/ferry.ts';
import { textFile } from '../support/manifest-file.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis({ emptied: true });

const OLD = { description: 'old', tags: ['team.a', 'stage.test'], min_ram: 1024 };
const NEW = { description: 'new', tags: ['team.b', 'owner.ops'], max_ram: 8192 };

/** A manifest of these images, with the fields of all or its own. */
function manifest(names: readonly string[], fields: object, own: Record<string, object> = {}) {
  const images = names.map((name) => {
    return { name, image_url: `bucket:ok/${name}.qcow2`, min_disk: 40, ...(own[name] ?? fields) };
  });
  return textFile('kept.json', JSON.stringify({ name: 'kept', images }));
}

async function imported(
  names: readonly string[],
  fields: object,
  settings: SimulatorSettings = {},
) {
  const simulator = await cloud({ duration: 50, ...settings });
  const env = accountEnv(simulator, redis.url);
  const worker = startFerry(['work'], env);
  const { code } = await runFerry(['submit', '--wait', await manifest(names, fields)], env);
  await worker.stop();
  expect(code).toBe(0);
  return { simulator, env };
}

interface UpdateJson {
  readonly updated: readonly { readonly name: string; readonly changes: readonly object[] }[];
  readonly not_updated: readonly { readonly name: string; readonly code: string }[];
  readonly cannot_change: readonly { readonly name: string; readonly fields: readonly string[] }[];
  readonly unchanged: number;
  readonly not_reached: number;
}

async function update(file: string, env: FerryEnv) {
  const { code, stdout, stderr } = await runFerry(['submit', '--update', '--json', file], env);
  const { batches } = JSON.parse(stdout) as {
    readonly batches: readonly [{ readonly update: UpdateJson }];
  };
  return { code, stderr, ...batches[0].update };
}

/** As IMS has it now. */
function imageOf({ state, accepted }: Simulator, name: string) {
  const id = accepted.find((one) => one.name === name)?.image_ids[0] ?? '';
  const found = state.cloud.images.get(id);
  if (!found) throw new TypeError(`no image ${name}`);
  return found;
}

function tagsOf(simulator: Simulator, name: string): readonly string[] {
  return imageOf(simulator, name).tags.map(({ key, value }) => `${key}.${value}`);
}

test('plan shows the differences, submit names the flag, only submit --update changes images, and once', async () => {
  const { simulator, env } = await imported(['a', 'b'], OLD);
  const marker = tagsOf(simulator, 'a').at(-1);
  const file = await manifest(['a', 'b'], NEW, { b: { ...OLD, min_disk: 50 } });

  const planned = await runFerry(['plan', file, '--json'], env);
  const { images } = JSON.parse(planned.stdout) as Plan;
  expect(images.map(({ updates, cannot_change }) => [updates.length, cannot_change])).toEqual([
    [6, []],
    [0, ['min_disk']],
  ]);
  const text = await runFerry(['plan', file], env);
  expect(text.stdout).toContain('description: "old" → "new"');
  for (const tag of ['team: "a" → "b"', 'owner: none → "ops"', 'stage: "test" → none']) {
    expect(text.stdout).toContain(`    tags.${tag}\n`);
  }
  expect(text.stdout).toMatch(
    /^Update +1 image differs from its manifest; submit --update changes it$/m,
  );
  expect(text.stdout).toContain('IMS cannot change min_disk: it needs a new import');

  const plain = await runFerry(['submit', file], env);
  expect(plain.stderr).toContain(
    '1 image differs in what IMS can change; submit --update changes it.',
  );
  expect(simulator.changes).toEqual([]);

  const first = await update(file, env);
  expect(first).toMatchObject({ code: 0, unchanged: 0, not_updated: [] });
  expect(first.updated).toMatchObject([{ name: 'a', changes: expect.any(Array) }]);
  expect(first.cannot_change).toMatchObject([{ name: 'b', fields: ['min_disk'] }]);
  expect(imageOf(simulator, 'a').fields).toMatchObject({
    __description: 'new',
    min_ram: 0,
    max_ram: '8192',
  });
  expect(tagsOf(simulator, 'a')).toEqual([marker, 'team.b', 'owner.ops']);
  expect(simulator.changes.map(({ call, fields }) => [call, fields])).toEqual([
    ['tags', ['tags']],
    ['tags', ['tags']],
    ['patch', ['min_ram', '__description', 'max_ram']],
  ]);

  const again = await update(file, env);
  expect(again).toMatchObject({ code: 0, updated: [], unchanged: 1 });
  expect(simulator.changes).toHaveLength(3);
  const shown = await runFerry(['show', 'kept', 'a'], env);
  expect(shown.stdout).toMatch(/updated: description, /);
  const last = await runFerry(['submit', file], env);
  expect(last.stderr).toContain('b: already imported, differs in min_disk');
  expect(last.stderr).not.toContain('--update');
  expect(simulator.accepted).toHaveLength(2);
});

test('what people changed in the cloud is taken back: every field that the manifest names, by the id of the image', async () => {
  const all = {
    description: 'd',
    tags: ['team.a'],
    min_ram: 1024,
    max_ram: 4096,
    hw_firmware_type: 'uefi',
  };
  const eps = '11111111-2222-3333-4444-555555555555';
  const { simulator, env } = await imported(
    ['a', 'b'],
    { ...all, enterprise_project_id: eps },
    { enterpriseProjects: [eps] },
  );
  const before = imageOf(simulator, 'a');
  const other = imageOf(simulator, 'b');
  const fields = {
    ...before.fields,
    __description: 'x',
    min_ram: 1,
    max_ram: '2',
    hw_firmware_type: 'bios',
  };
  simulator.state.cloud.images.put({
    ...before,
    name: 'b',
    tags: [{ key: 'Finance', value: '7' }, ...before.tags.filter(({ key }) => key === 'imsferry')],
    fields: { ...fields, enterprise_project_id: '0' },
  });
  const result = await update(
    await manifest(['a', 'b'], { ...all, enterprise_project_id: eps }),
    env,
  );
  expect(result).toMatchObject({ code: 0, unchanged: 1 });
  expect(result.updated).toMatchObject([{ name: 'a', other_tags: ['Finance=7'] }]);
  const now = imageOf(simulator, 'a');
  expect(now).toMatchObject({ name: 'a', fields: before.fields });
  expect(tagsOf(simulator, 'a')).toEqual([
    'Finance.7',
    expect.stringMatching(/^imsferry\./),
    'team.a',
  ]);
  expect(imageOf(simulator, 'b')).toEqual(other);
});

test('a right that is missing ends it at the first image, with its name', async () => {
  const { simulator, env } = await imported(['a', 'b', 'c'], {});
  simulator.set({ missingRights: ['ims:images:update'] });
  const result = await update(await manifest(['a', 'b', 'c'], { description: 'd' }), env);
  expect(result).toMatchObject({ code: 1, updated: [], not_reached: 2 });
  expect(result.not_updated).toMatchObject([{ name: 'a', code: 'IMG.0026' }]);
  expect(result.stderr).toContain('The login needs ims:images:update');
  expect(result.stderr).toContain('2 images were not reached');
  expect(simulator.stats.calls).toMatchObject({ patch: 1 });
});

test('what IMS refuses for one image stops no other, and each is named with the reason', async () => {
  const { simulator, env } = await imported(['a', 'full', 'gone', 'sleeps'], {});
  const [full, gone, sleeps] = ['full', 'gone', 'sleeps'].map((name) => imageOf(simulator, name));
  const nine = Array.from({ length: 9 }, (_, at) => ({ key: `k${at}`, value: '' }));
  const { images } = simulator.state.cloud;
  if (full) images.put({ ...full, tags: [...full.tags, ...nine] });
  if (gone) images.put({ ...gone, deletedAt: 1 });
  if (sleeps) images.put({ ...sleeps, fields: { ...sleeps.fields, status: 'deactivated' } });
  const file = await manifest(['a', 'full', 'gone', 'sleeps'], { tags: ['team.b'] });
  const result = await update(file, env);
  expect(result).toMatchObject({ code: 1, updated: [{ name: 'a' }], not_reached: 0 });
  expect(new Map(result.not_updated.map(({ name, code }) => [name, code]))).toEqual(
    new Map([
      ['full', 'IMG.0116'],
      ['gone', 'IMAGE_GONE'],
      ['sleeps', 'NOT_ACTIVE'],
    ]),
  );
  expect(result.stderr).toMatch(/^3 images not updated:$/m);
  // What was not done is still a difference.
  const { stderr } = await runFerry(['submit', file], env);
  expect(stderr).toContain('3 images differ in what IMS can change');
});
