import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { SimulatorSettings } from '../../simulator/settings.ts';
import { CREATE, cloud, LOGIN, openCloud, PROJECT, SYSTEM } from './plain-cloud.ts';

const OTHER = { id: '2'.repeat(32), name: 'eu-de_other', region: 'eu-de' };

async function withImage(settings: SimulatorSettings = {}) {
  const made = await cloud({ duration: 0, projects: [OTHER], ...settings });
  await made.post(CREATE, SYSTEM);
  const id = made.simulator.accepted[0]?.image_ids[0] ?? '';
  const patch = (operations: unknown, token = made.token) =>
    made.call('PATCH', `/v2/cloudimages/${id}`, { body: operations, token });
  return { ...made, id, patch };
}

const op = (name: string, path: string, value?: unknown) => ({ op: name, path, value });

test('a patch of IMS changes what IMS can change, and the log has what is other than before', async () => {
  const { patch, simulator, get, id } = await withImage();
  const changes = [
    op('replace', '/name', 'new'),
    op('add', '/__description', 'd'),
    op('replace', '/max_ram', 8),
  ];
  expect((await patch(changes)).status).toBe(200);
  expect((await patch(changes.slice(0, 1))).status).toBe(200);
  expect((await get(`/v2/images/${id}`)).body).toMatchObject({
    name: 'new',
    __description: 'd',
    max_ram: '8',
  });
  expect(
    simulator.changes.map(({ call, image_id, fields }) => [call, image_id === id, fields]),
  ).toEqual([
    ['patch', true, ['name', '__description', 'max_ram']],
    ['patch', true, []],
  ]);
});

test.each([
  ['min_disk', [op('replace', '/min_disk', 50)], 403],
  ['the operating system', [op('replace', '/__os_version', 'x')], 403],
  ['the origin', [op('replace', '/__data_origin', 'x')], 403],
  ['tags', [op('replace', '/tags', [])], 403],
  ['the format of the disk', [op('replace', '/disk_format', 'raw')], 403],
  ['what the image does not have', [op('replace', '/hw_firmware_type', 'uefi')], 409],
  ['what is no list', {}, 400],
  ['an attribute of the user', [op('add', '/colour', 'red')], 200],
  ['the same', [op('add', '/hw_firmware_type', 'uefi')], 200],
])('a patch of %s', async (_, operations, status) => {
  const { patch, simulator } = await withImage();
  expect((await patch(operations)).status).toBe(status);
  expect(simulator.changes).toHaveLength(status === 200 ? 1 : 0);
});

test('one refused operation changes nothing', async () => {
  const { patch, simulator, get, id } = await withImage();
  expect((await patch([op('replace', '/name', 'new'), op('replace', '/min_disk', 1)])).status).toBe(
    403,
  );
  expect((await get(`/v2/images/${id}`)).body['name']).toBe(SYSTEM.name);
  expect(simulator.changes).toEqual([]);
});

test('only the owner changes an image, and a name that must be unique is not taken twice', async () => {
  const { patch, post, call, id, simulator } = await withImage({ namesUnique: true });
  await post(CREATE, { ...SYSTEM, name: 'taken' });
  expect((await patch([op('replace', '/name', 'taken')])).body).toMatchObject({
    error: { code: 'IMG.0009' },
  });
  expect((await patch([op('replace', '/name', SYSTEM.name)])).status).toBe(200);
  await post(`/v2/images/${id}/members`, { member: OTHER.id });
  const { auth } = LOGIN('demo-password');
  const login = await call('POST', '/v3/auth/tokens', {
    body: { auth: { ...auth, scope: { project: { id: OTHER.id } } } },
  });
  const token = login.headers.get('x-subject-token') ?? '';
  expect((await patch([op('replace', '/name', 'x')], token)).body).toMatchObject({
    error: { code: 'IMG.0047' },
  });
  const tags = { action: 'create', tags: [{ key: 'a', value: 'b' }] };
  const path = `/v2/${OTHER.id}/images/${id}/tags/action`;
  expect((await call('POST', path, { body: tags, token })).body).toMatchObject({
    error: { code: 'IMG.0047' },
  });
  expect(simulator.changes.filter(({ fields }) => fields.length > 0)).toEqual([]);
});

test('the log of changes survives a restart', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'ims-ferry-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const stateFile = join(folder, 'cloud.json');
  const first = await openCloud({ stateFile, duration: 0 });
  await first.post(CREATE, SYSTEM);
  const id = first.simulator.accepted[0]?.image_ids[0] ?? '';
  const path = `/v2/${PROJECT}/images/${id}/tags/action`;
  await first.post(path, { action: 'create', tags: [{ key: 'a', value: 'b' }] });
  await first.post(path, { action: 'delete', tags: [{ key: 'none', value: '' }] });
  const before = first.simulator.changes;
  expect(before).toMatchObject([{ call: 'tags', fields: ['tags'] }]);
  await first.simulator.close();
  const next = await cloud({ stateFile });
  expect(next.simulator.changes).toEqual(before);
  expect((await next.get('/_control/changes')).body['text']).toBe(JSON.stringify(before));
});
